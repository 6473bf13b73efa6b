import type { EntitlementCode } from '#shared/contracts/http/entitlements.ts';
import type { InstanceState } from '../../instance-states.ts';
import type { LicenceRow } from '../../queries/entitlements.ts';

/** Why what is in this state may not be used; null: the state is no reason. */
const REFUSED_IN: Record<InstanceState, EntitlementCode | null> = {
  provisioning: 'NOT_STARTED',
  ready: 'NOT_STARTED',
  active: null,
  suspended: 'SUSPENDED',
  failed: 'REVOKED',
  undoing: 'REVOKED',
  undone: 'REVOKED',
};

/** Whether a licence may be used at all at `now`, whoever uses it. Pure. */
export function standingOf(
  licence: Pick<LicenceRow, 'state' | 'startsAt' | 'expiresAt' | 'revokedAt' | 'suspendedAt'>,
  now: number,
): EntitlementCode {
  const { state, startsAt, expiresAt, revokedAt, suspendedAt } = licence;
  if (revokedAt !== null) return 'REVOKED';
  const refused = suspendedAt === null ? REFUSED_IN[state] : (REFUSED_IN[state] ?? 'SUSPENDED');
  if (refused !== null && refused !== 'SUSPENDED') return refused;
  if (expiresAt !== null && now >= expiresAt) return 'EXPIRED';
  if (refused !== null) return refused;
  return startsAt === null || now < startsAt ? 'NOT_STARTED' : 'VALID';
}
