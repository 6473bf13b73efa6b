import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { mailTo, type Tokens } from '../../../scripts/lib/accounts.ts';
import { api } from '../../../scripts/lib/api.ts';
import type { World } from '../../../scripts/scenarios/world.ts';

export interface Organisation {
  id: string;
  owner: Tokens;
}

/** An organisation that somebody has acted for, so that closing it does not delete it. */
export async function newOrganisation(world: World, owner: Tokens): Promise<string> {
  const { id } = await api<{ id: string }>(world.origin, 'POST /v1/auth/organisations', {
    token: owner.accessToken,
    body: { name: `Organisation ${crypto.randomUUID().slice(0, 8)}` },
  });
  owner.refreshToken = (await actingFor(world, owner, id)).refreshToken;
  return id;
}

/** The same session, with an access token that acts for the organisation. */
export const actingFor = (world: World, { refreshToken }: Tokens, organisationId: string): Promise<Tokens> =>
  api<Tokens>(world.origin, 'POST /v1/auth/token', { body: { refreshToken, organisationId } });

/** Somebody new who was invited, and came. */
export async function joined(
  world: World,
  { id, owner }: Organisation,
  role: OrganisationRole,
): Promise<Tokens> {
  const guest = await world.newCustomer();
  await api(world.origin, `POST /v1/auth/organisations/${id}/invitations`, {
    token: owner.accessToken,
    body: { email: guest.user.email, role },
  });
  const [, token] = await mailTo(world.sandboxOrigin, guest.user.email, /\/invitation\?token=([\w-]+)/);
  await api(world.origin, 'POST /v1/auth/organisation-invitations/accept', {
    token: guest.accessToken,
    body: { token },
  });
  return guest;
}
