import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SESSIONS_LISTED_MAX } from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { SessionRow } from '../queries/sessions.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import type { AuthError } from './errors.ts';

export async function listSessions(
  ports: AuthPorts,
  actor: Actor,
): Promise<Result<{ row: SessionRow; current: boolean }[], AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const rows = await ports.sessions.listLive(actor.userId, ports.clock.now(), SESSIONS_LISTED_MAX);
  return ok(rows.map((row) => ({ row, current: row.id === current.value.session.id })));
}

/** Ends one of the caller's sessions, this one included, in every worker. Somebody else's is not found. */
export async function revokeSession(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  sessionId: string,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const now = ports.clock.now();
  const done = await ports.commit([
    ports.sessions.expectLive(sessionId, actor.userId, now),
    ports.sessions.revoke(sessionId, 'revoked', now),
    audited(ports, caller, {
      action: 'session.revoked',
      outcome: 'success',
      actorId: actor.userId,
      subject: actor.userId,
      factor: 'session',
      detail: { sessionId },
    }),
  ]);
  return done ? ok(null) : fail({ code: 'not_found' });
}

/** Signs the caller out everywhere, here too. */
export async function revokeAllSessions(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  await ports.commit([
    ports.revocations.renew(actor.userId, ports.clock.now()),
    ports.sessions.revokeAll(actor.userId, null, 'revoked', ports.clock.now()),
    audited(ports, caller, {
      action: 'session.revoked_all',
      outcome: 'success',
      actorId: actor.userId,
      subject: actor.userId,
      factor: 'session',
    }),
  ]);
  return ok(null);
}
