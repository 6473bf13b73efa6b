import { DAY_MS } from '#shared/time/time.ts';

/** Every number of organisations, in one place. How often one may be made or invited to: #objects/login-guard/policies.ts. */

export const MEMBERS_MAX = 500;
/** Organisations one person is in. */
export const MEMBERSHIPS_MAX = 50;
export const INVITATION_TTL_MS = 7 * DAY_MS;
export const INVITATIONS_OPEN_MAX = 200;
export const ORGANISATION_KEYS_MAX = 20;
