import { ok, type Result } from '#shared/domain/result.ts';
import { accountExistsMail, verifyMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { newEmailLink } from './email-links.ts';
import type { AuthError } from './errors.ts';
import { limit } from './limits.ts';
import { owedMail } from './send-mail.ts';

/**
 * Sends a link that proves the address; account and password come with its redemption, so nobody can prepare an account
 * for a stranger's address. Known and unknown addresses get one look-up, one batch and one mail alike.
 */
export async function signUp(
  ports: AuthPorts,
  caller: Caller,
  { email }: { email: string },
): Promise<Result<null, AuthError>> {
  const emailIndex = ports.emailIndex.current(email);
  const limited = await limit(ports, caller, 'mail', emailIndex, 'sign_up');
  if (!limited.ok) return limited;
  const account = await ports.accounts.byEmail(ports.emailIndex.all(email));
  const link = newEmailLink(ports, { purpose: 'verify', email, accountId: account?.id ?? null });
  const mail = owedMail(
    ports,
    caller,
    email,
    account === null ? verifyMail(ports.origin, link.token) : accountExistsMail(ports.origin),
  );
  await ports.commit([
    link.write,
    mail.write,
    audited(ports, caller, {
      action: 'sign_up.requested',
      outcome: 'success',
      actorId: null,
      subject: account?.id ?? emailIndex,
    }),
  ]);
  mail.send();
  return ok(null);
}
