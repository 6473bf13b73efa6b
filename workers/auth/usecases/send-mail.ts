import { log } from '#shared/observability/log.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { asHtml, asText, noticeMail, type MailText, type Notice } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { openEmail } from './emails.ts';

const ATTEMPTS = 3;
const RETRY_MS = SECOND_MS / 2;

/** Sends behind the answer's back, so that the answer takes the same time whether and to whom a mail goes. */
export function sendMail(ports: AuthPorts, caller: Caller, to: string, mail: MailText): void {
  const idempotencyKey = sha256(`${caller.requestId} ${to} ${asText(mail)}`);
  const message = { to, subject: mail.subject, text: asText(mail), html: asHtml(mail), idempotencyKey };
  ports.background(
    attemptTo(() => ports.mailer.send(message)).catch((error: unknown) =>
      log.error('mail lost', { requestId: caller.requestId, idempotencyKey, error }),
    ),
  );
}

/** Tells the owner of a change to their account. */
export function notify(
  ports: AuthPorts,
  caller: Caller,
  account: { id: string; emailSealed: string },
  notice: Notice,
): void {
  sendMail(ports, caller, openEmail(ports, account), noticeMail(ports.origin, notice));
}

async function attemptTo(send: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    try {
      await send();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, attempt * RETRY_MS));
    }
  }
  await send();
}
