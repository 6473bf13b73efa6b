import type { Actor } from '#shared/auth/access-token.ts';
import {
  may,
  ORGANISATION_ROLES,
  organisationAllows,
  type OrganisationRole,
  type Permission,
} from '#shared/auth/permissions.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import type { LiveSession } from '../../queries/sessions.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import type { Membership } from '../queries/organisations.ts';

/** Somebody in their session, as a member of an organisation. */
export interface Acting extends LiveSession, Membership {}

/**
 * The caller as a member of this organisation, by the database as it is now: a removal or another role counts here at once,
 * whatever the access token still says. A token that acts for one organisation is good for no other.
 */
export async function asMember(
  ports: AuthPorts,
  actor: Actor,
  organisationId: string,
  permission: Permission,
): Promise<Result<Acting, AuthError>> {
  const current = await currentSession(ports, actor, { permission });
  if (!current.ok) return current;
  const isOfAnother = actor.organisation !== null && actor.organisation.id !== organisationId;
  const membership = isOfAnother ? null : await ports.organisations.membership(organisationId, actor.userId);
  if (membership === null) return fail({ code: 'not_found' });
  const organisation = { id: organisationId, role: membership.role };
  const rights = { roles: current.value.account.roles, scope: actor.scope, organisation };
  return may(rights, permission)
    ? ok({ ...current.value, ...membership })
    : fail({ code: 'beyond_organisation_role' });
}

/** The same, of an organisation that is in use. */
export async function asActiveMember(
  ports: AuthPorts,
  actor: Actor,
  organisationId: string,
  permission: Permission,
): Promise<Result<Acting, AuthError>> {
  const acting = await asMember(ports, actor, organisationId, permission);
  return acting.ok && acting.value.organisation.status !== 'active'
    ? fail({ code: 'organisation_closed' })
    : acting;
}

const ALL = Object.keys(ORGANISATION_ROLES) as OrganisationRole[];
const rolesWith = (permission: Permission): OrganisationRole[] =>
  ALL.filter((role) => organisationAllows(role, permission));

/** What it takes to give somebody this role, or to change or remove somebody who has it: owners are made by owners. */
export const permissionOver = (...roles: OrganisationRole[]): Permission =>
  roles.includes('owner') ? 'organisations.own' : 'organisations.manage';
export const rolesOver = (role: OrganisationRole): OrganisationRole[] => rolesWith(permissionOver(role));

/** To be committed with what the member does: all that `asActiveMember` saw still holds. */
export const stillActing = (
  ports: AuthPorts,
  { session, account, organisation }: Acting,
  permission: Permission,
): Write[] => [
  ports.sessions.expectLive(session.id, account.id, ports.clock.now()),
  ports.organisations.expectActive(organisation.id),
  ports.organisations.members.expect(organisation.id, account.id, rolesWith(permission)),
];
