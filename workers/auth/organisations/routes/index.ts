import type { Endpoint } from '../../routes/route.ts';
import { organisationKeyEndpoints } from './api-keys.ts';
import { invitationEndpoints } from './invitations.ts';
import { memberEndpoints } from './members.ts';
import { organisationEndpoints } from './organisations.ts';

/** Endpoints of organisations. */
export const ORGANISATION_ENDPOINTS: readonly Endpoint[] = [
  organisationEndpoints,
  memberEndpoints,
  invitationEndpoints,
  organisationKeyEndpoints,
];
