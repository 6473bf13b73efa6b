import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { choosePassword } from './choose-password.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { provePassword } from './prove-password.ts';
import { owedNotice } from './send-mail.ts';

/**
 * Sets or changes the password of a freshly signed-in account; an existing one must be given, and guesses at it count as
 * everywhere. The other sessions end.
 */
export async function changePassword(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { currentPassword?: string | undefined; newPassword: string },
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { session, account } = current.value;
  const email = openEmail(ports, account);
  if (account.phc !== null) {
    const password = input.currentPassword;
    if (password === undefined) return fail({ code: 'current_password_required' });
    const known = { id: account.id, phc: account.phc, email };
    const proven = await provePassword(ports, caller, known, password, 'password.changed');
    if (!proven.ok) return proven;
  }
  const phc = await choosePassword(
    ports,
    input.newPassword,
    { email, hasTotp: account.hasTotp },
    '/newPassword',
  );
  if (!phc.ok) return phc;
  const now = ports.clock.now();
  const notice = owedNotice(ports, caller, account, 'password_changed');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.accounts.expectPassword(account.id, account.phc),
    ...ports.accounts.setPassword(account.id, phc.value, now),
    ...(phc.value.standsAlone ? [] : [ports.totps.expectConfirmed(account.id)]),
    ...ports.signInChallenges.removeAll(account.id),
    ports.emailTokens.removeAll(account.id),
    ports.emailCodes.removeAll(account.id),
    ports.sessions.revokeAll(account.id, session.id, 'password_changed', now),
    ...notice.writes,
    audited(ports, caller, {
      action: account.phc === null ? 'password.set' : 'password.changed',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: account.phc === null ? 'session' : 'password',
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  notice.send();
  return ok(null);
}
