import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { choosePassword } from './choose-password.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { limit, passwordWasRight } from './limits.ts';
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
  const current = await currentSession(ports, actor, { fresh: true });
  if (!current.ok) return current;
  const { session, account } = current.value;
  const email = openEmail(ports, account);
  if (account.phc !== null) {
    const proven = await proveCurrent(
      ports,
      caller,
      { id: account.id, phc: account.phc, email },
      input.currentPassword,
    );
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
    ports.accounts.setPassword(account.id, phc.value, now),
    ...(phc.value.standsAlone ? [] : [ports.totps.expectConfirmed(account.id)]),
    ports.signInChallenges.removeAll(account.id),
    ports.sessions.revokeAll(account.id, session.id, 'password_changed', now),
    notice.write,
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

async function proveCurrent(
  ports: AuthPorts,
  caller: Caller,
  account: { id: string; phc: string; email: string },
  password: string | undefined,
): Promise<Result<null, AuthError>> {
  if (password === undefined) return fail({ code: 'current_password_required' });
  const emailIndex = ports.emailIndex.current(account.email);
  const limited = await limit(ports, caller, 'password', emailIndex);
  if (!limited.ok) return limited;
  const { matches } = await ports.hasher.verify(password, account.phc);
  if (matches) {
    await passwordWasRight(ports, caller, emailIndex);
    return ok(null);
  }
  await ports.commit([
    audited(ports, caller, {
      action: 'password.changed',
      outcome: 'failure',
      actorId: account.id,
      subject: account.id,
      factor: 'password',
    }),
  ]);
  return fail({ code: 'current_password_wrong' });
}
