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
export interface Mailer {
  /** Resolves once the provider has taken the mail. Throws when it is worth trying again. */
  send(mail: Mail): Promise<void>;
}

const SEND_TIMEOUT_MS = 10_000;
const refusalSchema = z.object({ message: z.string() });

/**
 * Mailer over an HTTP provider that speaks Resend's API (https://resend.com/docs/api-reference/emails/send-email).
 * A refusal that no repeat can mend (4xx other than 408, 409 and 429) is logged and dropped: it must not hold up what
 * the mail is about.
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
      if (response.ok) return;
      const refusal = refusalSchema.safeParse(await response.json().catch(() => null));
      const reason = refusal.success ? refusal.data.message : 'no reason given';
      if (response.status >= 500 || [408, 409, 429].includes(response.status)) {
        throw new Error(`mail provider answered ${response.status}: ${reason}`);
      }
      log.error('mail refused', { status: response.status, reason, idempotencyKey });
    },
  };
}
