import { z } from 'zod';
import { newId } from '#shared/ids/ids.ts';
import { log } from '#shared/observability/log.ts';
import {
  EMAIL_LINK_TTL_MS,
  MAIL_FIRST_PAUSES_MS,
  MAIL_FIRST_TURN_MS,
  MAIL_PAUSE_MAX_MS,
  MAIL_PAUSE_MS,
  MAILS_SENT_MAX,
  NOTICE_TTL_MS,
  OWNER_LINK_TTL_MS,
} from '../limits.ts';
import {
  asHtml,
  asText,
  noticeMail,
  staffNoticeMail,
  type MailText,
  type Notice,
  type StaffNotice,
} from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { Write } from '../queries/commit.ts';
import type { OwedMail } from '../queries/mail-outbox.ts';
import { openEmail } from './emails.ts';
import { newOwnerLink } from './owner-links.ts';

/** A mail that is owed as soon as `write` is committed, with the change it tells of. */
export interface Owed {
  write: Write;
  /** Tries at once, behind the answer's back, so that the answer takes the same time whether and to whom a mail goes. */
  send(): void;
}

/**
 * A mail with a link: of use until the link ends. Written down sealed, since whoever reads the link may use it; its id is
 * the provider's idempotency key, the same for every try.
 */
export const owedMail = (ports: AuthPorts, caller: Caller, to: string, mail: MailText): Owed =>
  owed(ports, caller, to, mail, EMAIL_LINK_TTL_MS);

/** What is owed to an owner with a change to their account. */
export interface OwedNotice {
  writes: Write[];
  send(): void;
}

/** Tells the owner of a change to their account, with a link by which they say that it was somebody else. */
export function owedNotice(
  ports: AuthPorts,
  caller: Caller,
  account: { id: string; emailSealed: string },
  notice: Notice,
): OwedNotice {
  const email = openEmail(ports, account);
  const link = newOwnerLink(ports, {
    purpose: 'not_me',
    accountId: account.id,
    email,
    ttlMs: OWNER_LINK_TTL_MS,
  });
  const mail = owed(ports, caller, email, noticeMail(ports.origin, notice, link.token), OWNER_LINK_TTL_MS);
  return {
    writes: [ports.ownerLinks.add(link.row), mail.write],
    send: () => {
      mail.send();
    },
  };
}

/** Tells the owner what an administrator did. */
export const owedStaffNotice = (
  ports: AuthPorts,
  caller: Caller,
  account: { id: string; emailSealed: string },
  notice: StaffNotice,
): Owed => owed(ports, caller, openEmail(ports, account), staffNoticeMail(notice), NOTICE_TTL_MS);

/** A mail that is of use for `ttlMs`. */
export const owedFor = (ports: AuthPorts, caller: Caller, to: string, mail: MailText, ttlMs: number): Owed =>
  owed(ports, caller, to, mail, ttlMs);

/** The row of a mail that only the cron sends, at its next turn: whether it is written is decided by the database. */
export const mailRow = (
  ports: AuthPorts,
  caller: Caller,
  to: string,
  mail: MailText,
  ttlMs = NOTICE_TTL_MS,
): OwedMail => ({
  ...newRow(ports, caller, to, mail, ttlMs),
  nextAt: ports.clock.now(),
});

const contentSchema = z.object({ to: z.string(), subject: z.string(), text: z.string(), html: z.string() });
const placeOf = (id: string): string => `mail_outbox/${id}/content`;

function newRow(ports: AuthPorts, caller: Caller, to: string, mail: MailText, ttlMs: number): OwedMail {
  const id = newId('mail');
  const content = { to, subject: mail.subject, text: asText(mail), html: asHtml(mail) };
  const now = ports.clock.now();
  return {
    id,
    requestId: caller.requestId,
    contentSealed: ports.fields.seal(JSON.stringify(content), placeOf(id)),
    attempts: 0,
    nextAt: now + MAIL_FIRST_TURN_MS,
    expiresAt: now + ttlMs,
  };
}

function owed(ports: AuthPorts, caller: Caller, to: string, mail: MailText, ttlMs: number): Owed {
  const row = newRow(ports, caller, to, mail, ttlMs);
  return {
    write: ports.mailOutbox.add(row),
    send: () =>
      ports.background(() =>
        deliver(ports, [row], MAIL_FIRST_PAUSES_MS).catch((error: unknown) =>
          log.error('mail left to the cron', { requestId: caller.requestId, mailId: row.id, error }),
        ),
      ),
  };
}

/** Tries again what is owed and due; safe to run at any time and by several at once. */
export async function sendOwedMails(ports: AuthPorts): Promise<void> {
  const now = ports.clock.now();
  for (const { id, requestId } of await ports.mailOutbox.takeExpired(now, MAILS_SENT_MAX)) {
    log.error('mail lost', { requestId, mailId: id });
  }
  const due = await ports.mailOutbox.takeDue({
    now,
    pauseMs: MAIL_PAUSE_MS,
    pauseMaxMs: MAIL_PAUSE_MAX_MS,
    limit: MAILS_SENT_MAX,
  });
  await deliver(ports, due, []);
}

/** One that fails keeps nobody else's waiting and stays owed. */
async function deliver(
  ports: AuthPorts,
  rows: readonly OwedMail[],
  pausesMs: readonly number[],
): Promise<void> {
  const settled = await Promise.all(rows.map((row) => isSettled(ports, row, pausesMs)));
  const ids = rows.filter((_, index) => settled[index] === true).map(({ id }) => id);
  if (ids.length > 0) await ports.mailOutbox.remove(ids);
}

/** Taken, or refused for good. */
async function isSettled(
  ports: AuthPorts,
  row: OwedMail,
  [pauseMs, ...further]: readonly number[],
): Promise<boolean> {
  const { id, requestId, contentSealed } = row;
  try {
    const content = contentSchema.parse(JSON.parse(ports.fields.open(contentSealed, placeOf(id))));
    await ports.mailer.send({ ...content, idempotencyKey: id });
    return true;
  } catch (error) {
    log.warn('mail not sent yet', { requestId, mailId: id, error });
    if (pauseMs === undefined) return false;
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs);
    });
    return isSettled(ports, row, further);
  }
}
