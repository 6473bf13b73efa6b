import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import type { AuthError } from './errors.ts';
import { owedNotice } from './send-mail.ts';

/** Leaves passkeys and linked identities alone as the way in; never the last one is taken away. The other sessions end. */
export async function removePassword(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  if (account.phc === null) return fail({ code: 'not_found' });
  const now = ports.clock.now();
  const notice = owedNotice(ports, caller, account, 'password_removed');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.passkeys.expectWayBesidePassword(account.id),
    ...ports.accounts.removePassword(account.id, now),
    ...ports.signInChallenges.removeAll(account.id),
    ports.emailTokens.removeAll(account.id),
    ports.emailCodes.removeAll(account.id),
    ports.sessions.revokeAll(account.id, session.id, 'password_changed', now),
    ...notice.writes,
    audited(ports, caller, {
      action: 'password.removed',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
    }),
  ]);
  if (!done) return fail({ code: 'last_way_in' });
  notice.send();
  return ok(null);
}
