import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { noAccountMail, resetMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { choosePassword } from './choose-password.ts';
import { currentSession } from './current-session.ts';
import { newEmailLink } from './email-links.ts';
import { linkEmail, openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { limit, ownerWasHere } from './limits.ts';
import { owedMail, owedNotice } from './send-mail.ts';

/** Mails a link to choose a new password. Known and unknown addresses get the same work, and one mail each. */
export async function requestPasswordReset(
  ports: AuthPorts,
  caller: Caller,
  { email }: { email: string },
): Promise<Result<null, AuthError>> {
  const emailIndex = ports.emailIndex.current(email);
  const limited = await limit(ports, caller, 'mail', emailIndex, 'password_reset');
  if (!limited.ok) return limited;
  const found = await ports.accounts.byEmail(ports.emailIndex.all(email));
  const account = found?.status === 'active' ? found : null;
  const link = newEmailLink(ports, { purpose: 'reset', email, accountId: account?.id ?? null });
  const mail = owedMail(
    ports,
    caller,
    email,
    account === null ? noAccountMail(ports.origin) : resetMail(ports.origin, link.token),
  );
  await ports.commit([
    link.write,
    mail.write,
    audited(ports, caller, {
      action: 'password.reset_requested',
      outcome: 'success',
      actorId: null,
      subject: account?.id ?? emailIndex,
    }),
  ]);
  mail.send();
  return ok(null);
}

/** Redeems a reset link, which opens no session: the second factor is asked for at the sign-in. Every session ends: whoever held one may be why the password is reset. */
export async function confirmPasswordReset(
  ports: AuthPorts,
  caller: Caller,
  input: { token: string; newPassword: string },
): Promise<Result<null, AuthError>> {
  const now = ports.clock.now();
  const tokenHash = sha256(input.token);
  const link = await ports.emailTokens.peek(tokenHash, 'reset', now);
  if (link === null || link.accountId === null) return fail({ code: 'link_spent' });
  const email = ports.fields.open(link.emailSealed, linkEmail(tokenHash));
  const account = await ports.accounts.byId(link.accountId);
  // Asked for while the address was changed: whoever reads the one before is nobody to this account.
  if (account === null || openEmail(ports, account) !== email) return fail({ code: 'link_spent' });
  const { hasTotp } = account;
  const password = await choosePassword(ports, input.newPassword, { email, hasTotp }, '/newPassword');
  if (!password.ok) return password;
  const notice = owedNotice(ports, caller, account, 'password_changed');
  const done = await ports.commit([
    ports.emailTokens.expectAlive(tokenHash, now),
    ports.accounts.expectActive(link.accountId),
    ports.accounts.expectEmail(link.accountId, account.emailSealed),
    ...ports.accounts.setPassword(link.accountId, password.value, now),
    ...(password.value.standsAlone ? [] : [ports.totps.expectConfirmed(link.accountId)]),
    ...ports.signInChallenges.removeAll(link.accountId),
    ports.revocations.renew(link.accountId, now),
    ports.sessions.revokeAll(link.accountId, null, 'password_changed', now),
    ports.emailTokens.consume(link),
    ports.emailCodes.removeAll(link.accountId),
    ...notice.writes,
    audited(ports, caller, {
      action: 'password.reset',
      outcome: 'success',
      actorId: link.accountId,
      subject: link.accountId,
      factor: 'email',
    }),
  ]);
  if (!done) return fail({ code: 'link_spent' });
  await ownerWasHere(ports, caller, ports.emailIndex.current(email));
  notice.send();
  return ok(null);
}

/** An administrator starts a reset; only the owner of the mailbox can finish it. */
export async function startPasswordReset(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  accountId: string,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'accounts.manage' });
  if (!current.ok) return current;
  const account = await ports.accounts.byId(accountId);
  if (account === null || account.status !== 'active') return fail({ code: 'not_found' });
  const email = openEmail(ports, account);
  const link = newEmailLink(ports, { purpose: 'reset', email, accountId: account.id });
  const mail = owedMail(ports, caller, email, resetMail(ports.origin, link.token));
  await ports.commit([
    link.write,
    mail.write,
    audited(ports, caller, {
      action: 'password.reset_started_by_administrator',
      outcome: 'success',
      actorId: actor.userId,
      subject: account.id,
      factor: 'session',
    }),
  ]);
  mail.send();
  return ok(null);
}
