import { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import { outsideFetch } from '#shared/observability/work.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Same key, at most one mail: the provider drops repeats (Resend keeps keys for 24 hours). */
  idempotencyKey: string;
}
/** `refused`: the provider will never take this mail, its address for instance; repeating it mends nothing. */
export type MailOutcome = { state: 'taken' } | { state: 'refused'; reason: string };
export interface Mailer {
  /** Resolves once the provider has taken or refused the mail. Throws when it is worth trying again. */
  send(mail: Mail): Promise<MailOutcome>;
}

const TAKEN: MailOutcome = { state: 'taken' };
const SEND_TIMEOUT_MS = 10_000;
const takenSchema = z.object({ id: z.string().min(1) });
const refusalSchema = z.object({ message: z.string(), name: z.string().optional() });

/**
 * Mailer over an HTTP provider that speaks Resend's API (https://resend.com/docs/api-reference/emails/send-email). What is
 * wrong with the mail (400, 404, 413, 422) is a refusal; what is wrong with the provider, the moment or our own key is
 * worth trying again. A key that was used for another content was used for this event: the customer has been told.
 */
export function httpMailer(options: { apiBase: string; apiKey: string; from: string }): Mailer {
  return {
    async send(mail) {
      const { idempotencyKey, ...content } = mail;
      const response = await outsideFetch(`${options.apiBase}/emails`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${options.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
        },
        body: JSON.stringify({ from: options.from, ...content }),
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
        redirect: 'manual',
      });
      if (response.ok) {
        // Whatever stands between may say “200” as well: what was taken has an id.
        if (takenSchema.safeParse(await response.json().catch(() => null)).success) return TAKEN;
        throw new Error('the answer of the mail provider cannot be read');
      }
      const refusal = refusalSchema.safeParse(await response.json().catch(() => null));
      const reason = refusal.success ? refusal.data.message : 'no reason given';
      if (response.status === 409 && refusal.data?.name === 'invalid_idempotent_request') return TAKEN;
      if (REFUSED.has(response.status)) return refused(reason, idempotencyKey);
      throw new Error(`mail provider answered ${response.status}: ${reason}`);
    },
  };
}
const REFUSED: ReadonlySet<number> = new Set([400, 404, 413, 422]);

/** What Cloudflare's binding says of a mail that no repeat can mend (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/). */
const REFUSED_CODES = [
  'E_VALIDATION_ERROR',
  'E_FIELD_MISSING',
  'E_TOO_MANY_RECIPIENTS',
  'E_CONTENT_TOO_LARGE',
  'E_RECIPIENT_NOT_ALLOWED',
  'E_RECIPIENT_SUPPRESSED',
] as const;
const failureSchema = z.object({ code: z.string().optional(), message: z.string() });

/**
 * Mailer over Cloudflare's own e-mail binding (`[[send_email]]`). The binding knows no idempotency key: a repeat after a
 * lost reply is a second mail, with a `Message-ID` of its own. The key goes along as `X-Entity-Ref-ID`, by which people can tell.
 */
export function bindingMailer(options: { binding: SendEmail; from: string }): Mailer {
  return {
    async send({ to, subject, text, html, idempotencyKey }) {
      try {
        await options.binding.send({
          from: addressOf(options.from),
          to,
          subject,
          text,
          html,
          headers: { 'X-Entity-Ref-ID': idempotencyKey },
        });
        return TAKEN;
      } catch (error) {
        const { code, message } = failureSchema.catch({ message: String(error) }).parse(error);
        if (REFUSED_CODES.some((refusal) => refusal === code)) return refused(message, idempotencyKey);
        throw error;
      }
    },
  };
}

export interface MailSettings {
  /** `http` or `cloudflare`. */
  MAIL_PROVIDER: string;
  MAIL_API_BASE: string;
  MAIL_API_KEY: string;
  MAIL_FROM: string;
  /** Bound where `MAIL_PROVIDER` is `cloudflare`. */
  EMAIL?: SendEmail;
}

/** The provider that the configuration names. Throws when it is incomplete: mails must not vanish. */
export function mailerOf(env: MailSettings): Mailer {
  if (env.MAIL_PROVIDER === 'cloudflare') {
    if (env.EMAIL === undefined) throw new Error('MAIL_PROVIDER is cloudflare, but no EMAIL is bound');
    return bindingMailer({ binding: env.EMAIL, from: env.MAIL_FROM });
  }
  if (env.MAIL_PROVIDER !== 'http') throw new Error(`MAIL_PROVIDER is neither http nor cloudflare`);
  return httpMailer({ apiBase: env.MAIL_API_BASE, apiKey: env.MAIL_API_KEY, from: env.MAIL_FROM });
}

/** `Shop <no-reply@shop.example>` or a bare address, as the binding wants it. */
function addressOf(from: string): { email: string; name: string } | string {
  const [, name, email] = /^\s*(.*?)\s*<([^<>]+)>\s*$/.exec(from) ?? [];
  return name === undefined || email === undefined ? from : { name, email };
}

function refused(reason: string, idempotencyKey: string): MailOutcome {
  log.error('mail refused', { reason, idempotencyKey });
  return { state: 'refused', reason };
}
