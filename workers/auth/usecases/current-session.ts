import type { Actor } from '#shared/auth/access-token.ts';
import { allows, type Permission } from '#shared/auth/permissions.ts';
import { ACR_VALUES } from '#shared/auth/step-up.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { FRESH_AUTHENTICATION_SECONDS } from '../limits.ts';
import type { AuthPorts } from '../ports.ts';
import type { LiveSession } from '../queries/sessions.ts';
import type { AuthError } from './errors.ts';
import { showsSecondFactor } from './proof.ts';

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
  if (demand.fresh === true && !isFresh(live, now)) {
    const acr = live.account.hasTotp ? { acr: ACR_VALUES[2] } : {};
    return fail({ code: 'step_up_required', ...acr, maxAgeSeconds: FRESH_AUTHENTICATION_SECONDS });
  }
  return ok(live);
}

/** Authenticated a short while ago, with the second factor where the account has one. */
const isFresh = ({ session, account }: LiveSession, now: number): boolean =>
  now - session.authTime <= FRESH_AUTHENTICATION_SECONDS * SECOND_MS &&
  (!account.hasTotp || showsSecondFactor(session.amr));
