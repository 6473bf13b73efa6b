import { fail, ok, type Result } from '#shared/domain/result.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { resetMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { newEmailLink } from './email-links.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { owedMail } from './send-mail.ts';

/** The owner says that it was somebody else: every session ends, no device is known any more, and a reset begins. */
export async function notMe(
  ports: AuthPorts,
  caller: Caller,
  { token }: { token: string },
): Promise<Result<null, AuthError>> {
  const now = ports.clock.now();
  const tokenHash = sha256(token);
  const link = await ports.ownerLinks.peek(tokenHash, 'not_me', now);
  const account = link === null ? null : await ports.accounts.byId(link.accountId);
  if (account === null) return fail({ code: 'link_spent' });
  const email = openEmail(ports, account);
  const reset = newEmailLink(ports, { purpose: 'reset', email, accountId: account.id });
  const mail = owedMail(ports, caller, email, resetMail(ports.origin, reset.token));
  const done = await ports.commit([
    ports.ownerLinks.expectAlive(tokenHash, now),
    ports.ownerLinks.consume(tokenHash),
    ports.sessions.revokeAll(account.id, null, 'undone', now),
    ports.signInChallenges.removeAll(account.id),
    ports.devices.removeAll(account.id),
    reset.write,
    mail.write,
    audited(ports, caller, {
      action: 'account.disowned_sign_in',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'email',
    }),
  ]);
  if (!done) return fail({ code: 'link_spent' });
  mail.send();
  return ok(null);
}
