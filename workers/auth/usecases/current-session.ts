import type { Actor } from '#shared/auth/access-token.ts';
import { allows, STEP_UP, stepUpFor, type Permission } from '#shared/auth/permissions.ts';
import { TWO_FACTORS, type StepUp } from '#shared/auth/step-up.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts } from '../ports.ts';
import type { LiveSession } from '../queries/sessions.ts';
import type { AuthError } from './errors.ts';
import { acrDueOf, showsSecondFactor } from './proof.ts';

export type Demand = { permission?: Permission };

/**
 * The caller's session as the database has it now: within this worker a sign-out, a disabled account, a changed role and a
 * new second factor count at once, not only when the access token runs out. So does what `STEP_UP` asks for the permission.
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
  const { permission } = demand;
  if (permission === undefined) return ok(live);
  if (!allows(live.account.roles, permission)) return fail({ code: 'forbidden' });
  const asked = provedTooLittle(ports, live, permission, now);
  return asked === null ? ok(live) : fail({ code: 'step_up_required', asked });
}

/**
 * A change of credentials asks for the second factor too, where there is one: an app, or a passkey of staff who must show two
 * factors. Whoever only reads their mailbox would else add a passkey of their own.
 */
function provedTooLittle(
  ports: AuthPorts,
  { session, account }: LiveSession,
  permission: Permission,
  now: number,
): StepUp | null {
  const acrDue = acrDueOf(ports, account);
  const hasTwo = account.hasTotp || (account.passkeyCount > 0 && acrDue === TWO_FACTORS);
  if (permission === 'account.secure' && hasTwo && !showsSecondFactor(session.amr)) {
    return { ...STEP_UP[permission], acr: TWO_FACTORS };
  }
  const authTime = Math.floor(session.authTime / SECOND_MS);
  const shown = { acr: session.acr, acrDue, authTime };
  return stepUpFor(shown, permission, Math.floor(now / SECOND_MS));
}
