import type { Actor } from '#shared/auth/access-token.ts';
import { allows, type Permission } from '#shared/auth/permissions.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { FRESH_AUTHENTICATION_SECONDS } from '../limits.ts';
import type { AuthPorts } from '../ports.ts';
import type { LiveSession } from '../queries/sessions.ts';
import type { AuthError } from './errors.ts';

export type Demand = { fresh?: boolean; permission?: Permission };

/**
 * The caller's session as the database has it now: within this worker a sign-out, a disabled account and a changed role
 * count at once, not only when the access token runs out. `fresh` demands a recent sign-in (RFC 9470).
 */
export async function currentSession(
  ports: AuthPorts,
  actor: Actor,
  demand: Demand = {},
): Promise<Result<LiveSession, AuthError>> {
  const now = ports.clock.now();
  const live =
    actor.sessionId === null ? null : await ports.sessions.live(actor.sessionId, actor.userId, now);
  if (live === null) return fail({ code: 'session_ended' });
  if (demand.permission !== undefined && !allows(live.account.roles, demand.permission)) {
    return fail({ code: 'forbidden' });
  }
  const ageMs = now - live.session.authTime;
  if (demand.fresh === true && ageMs > FRESH_AUTHENTICATION_SECONDS * SECOND_MS) {
    return fail({ code: 'not_fresh' });
  }
  return ok(live);
}
