import type { Language } from '#shared/domain/locale.ts';
import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import type { Wording } from './mails.ts';

/** The merchant's own words for a mail; null when there are none. */
export async function mailWording(
  database: D1Database,
  kind: MailKind,
  language: Language,
): Promise<Partial<Wording> | null> {
  const row = await database
    .prepare('SELECT subject, lead FROM mail_templates WHERE kind = ? AND language = ?')
    .bind(kind, language)
    .first<{ subject: string | null; lead: string | null }>();
  if (row === null) return null;
  return {
    ...(row.subject === null ? {} : { subject: row.subject }),
    ...(row.lead === null ? {} : { lead: row.lead }),
  };
}
