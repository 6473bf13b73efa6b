import type { Actor } from '#shared/auth/access-token.ts';
import type { ConnectionInput, OidcSettings } from '#shared/contracts/http/federation.ts';
import { hostOf } from '#shared/domain/web-target.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { limitKey } from '../../usecases/limits.ts';
import { asActiveMember, stillActing } from '../../organisations/usecases/member.ts';
import { connectionSecret } from '../addresses.ts';
import { connectionFault, ownerFault, type Fault } from '../connection-rules.ts';
import { ORGANISATION_CONNECTIONS_MAX, ORGANISATION_DOMAINS_MAX } from '../limits.ts';
import { oidcProfile } from '../oidc/profile.ts';
import type { ConnectionRow } from '../queries/connections.ts';

/**
 * Who manages connections: the shop’s administrators all of them, or, where `organisationId` is not null, that
 * organisation’s administrators its own.
 */
export interface Manager {
  actor: Actor;
  organisationId: string | null;
}

/**
 * Whether they may, as the database has it now; what is given back is to be committed with what they do. Of an organisation,
 * changes ask for a sign-in of a moment ago, and what we look up elsewhere for it is counted.
 */
export async function entitled(
  ports: AuthPorts,
  { actor, organisationId }: Manager,
  use: 'read' | 'change' = 'change',
): Promise<Result<Write[], AuthError>> {
  if (organisationId === null) {
    const current = await currentSession(ports, actor, { permission: 'identity_providers.manage' });
    return current.ok ? ok([]) : current;
  }
  const permission = use === 'read' ? 'organisations.manage' : 'organisations.identity';
  const acting = await asActiveMember(ports, actor, organisationId, permission);
  if (!acting.ok) return acting;
  if (use === 'read') return ok([]);
  const counted = await limitKey(ports, `identity:${organisationId}`, 'identity.organisation', '');
  return counted.ok ? ok(stillActing(ports, acting.value, permission)) : counted;
}

export async function listConnections(
  ports: AuthPorts,
  manager: Manager,
  page: { after: string | null; limit: number },
): Promise<Result<ConnectionRow[], AuthError>> {
  const current = await entitled(ports, manager, 'read');
  if (!current.ok) return current;
  const owner = manager.organisationId ?? undefined;
  return ok(await ports.federation.connections.list(owner, page, ports.clock.now()));
}

export async function readConnection(
  ports: AuthPorts,
  manager: Manager,
  id: string,
): Promise<Result<ConnectionRow, AuthError>> {
  const current = await entitled(ports, manager, 'read');
  return current.ok ? owned(ports, manager, id) : current;
}

export async function addConnection(
  ports: AuthPorts,
  caller: Caller,
  manager: Manager,
  input: ConnectionInput,
): Promise<Result<ConnectionRow, AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const { organisationId } = manager;
  const refusal = await refusalOf(ports, organisationId, input, null);
  if (refusal !== null) return fail(refusal);
  const now = ports.clock.now();
  const id = newId('identityProvider');
  const row: ConnectionRow = {
    id,
    organisationId,
    ...values(ports, id, input, null),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const { domains } = row;
  const { connections } = ports.federation;
  const done = await ports.commit([
    ...current.value,
    ...ofOrganisation(ports, row),
    ...(organisationId === null
      ? []
      : [connections.expectRoom(organisationId, ORGANISATION_CONNECTIONS_MAX)]),
    connections.expectDomainsFree(id, domains),
    connections.add(row),
    ...connections.setDomains(id, domains),
    managed(ports, caller, manager, 'connection.added', row),
  ]);
  return done ? ok(row) : fail(await whyNot(ports, row));
}

/** Replaces what is known of a connection. One that is disabled signs nobody in and ends what it opened; its identities stay. */
export async function replaceConnection(
  ports: AuthPorts,
  caller: Caller,
  manager: Manager,
  input: { id: string; version: number | null; connection: ConnectionInput },
): Promise<Result<ConnectionRow, AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const known = await owned(ports, manager, input.id);
  if (!known.ok) return known;
  const { id } = input;
  const { organisationId } = known.value;
  const refusal = await refusalOf(ports, organisationId, input.connection, known.value);
  if (refusal !== null) return fail(refusal);
  const row: ConnectionRow = {
    ...known.value,
    ...values(ports, id, input.connection, known.value),
    updatedAt: ports.clock.now(),
  };
  const { connections } = ports.federation;
  const taken = await connections.takenDomains(id, row.domains);
  if (taken.length > 0) return fail(domainsTaken(row.domains, taken));
  const done = await ports.commit([
    ...current.value,
    ...ofOrganisation(ports, row),
    connections.expectVersion(id, input.version),
    connections.expectDomainsFree(id, row.domains),
    connections.replace(row),
    ...connections.setDomains(id, row.domains),
    ...(row.status === 'disabled' ? [ports.sessions.revokeByConnection(id, row.updatedAt)] : []),
    managed(ports, caller, manager, 'connection.changed', row),
  ]);
  return done ? owned(ports, manager, id) : fail({ code: 'changed_since_read' });
}

/** Removes a connection with the identities it proved and the sessions it opened: who has no other way in comes back by mail. */
export async function removeConnection(
  ports: AuthPorts,
  caller: Caller,
  manager: Manager,
  id: string,
): Promise<Result<null, AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const known = await owned(ports, manager, id);
  if (!known.ok) return known;
  const done = await ports.commit([
    ...current.value,
    ...ports.federation.connections.remove(id, ports.clock.now()),
    ports.sessions.revokeByConnection(id, ports.clock.now()),
    managed(ports, caller, manager, 'connection.removed', known.value),
  ]);
  return done ? ok(null) : fail({ code: 'changed_meanwhile' });
}

/** The connection, if this manager has to do with it. */
export async function owned(
  ports: AuthPorts,
  { organisationId }: Manager,
  id: string,
): Promise<Result<ConnectionRow, AuthError>> {
  const row = await ports.federation.connections.byId(id, ports.clock.now());
  const isTheirs = organisationId === null || row?.organisationId === organisationId;
  return row !== null && isTheirs ? ok(row) : fail({ code: 'not_found' });
}

async function refusalOf(
  ports: AuthPorts,
  organisationId: string | null,
  input: ConnectionInput,
  known: ConnectionRow | null,
): Promise<AuthError | null> {
  const fault = faultOf(ports, organisationId, input, known) ?? secretFault(input, known);
  if (fault !== null) return { code: 'connection_refused', ...fault };
  const hostFault = await issuerHostFault(ports, input);
  if (hostFault !== null) {
    return { code: 'connection_refused', field: '/settings/issuer', detail: hostFault };
  }
  if (organisationId === null) return null;
  const held = await ports.federation.domains.ofOrganisation(organisationId, ORGANISATION_DOMAINS_MAX);
  const now = ports.clock.now();
  const unproven = input.domains.findIndex(
    (domain) => !held.some((each) => each.domain === domain && (each.verifiedUntil ?? 0) > now),
  );
  return unproven === -1
    ? null
    : { code: 'connection_refused', field: `/domains/${unproven}`, detail: 'is not proven to be yours' };
}

/** Whoever may change a connection need not know its secret, and must not have us send it to an issuer of their own. */
const secretFault = (input: ConnectionInput, known: ConnectionRow | null): Fault | null =>
  input.kind === 'oidc' &&
  input.secret === undefined &&
  known !== null &&
  known.secretSealed !== null &&
  oidcProfile(input.settings).issuer !== oidcProfile(known.settings as OidcSettings).issuer
    ? { field: '/secret', detail: 'must be given again with another issuer' }
    : null;

/** Where we shall fetch from; to a SAML provider only browsers go. */
async function issuerHostFault(ports: AuthPorts, input: ConnectionInput): Promise<string | null> {
  const { policy, hosts } = ports.federation;
  const issuer = input.kind === 'oidc' ? input.settings.issuer : undefined;
  return issuer === undefined || policy === 'any' ? null : hosts(hostOf(new URL(issuer)));
}

const faultOf = (
  ports: AuthPorts,
  organisationId: string | null,
  input: ConnectionInput,
  known: ConnectionRow | null,
): Fault | null =>
  known !== null && known.kind !== input.kind
    ? { field: '/kind', detail: 'cannot be changed' }
    : (ownerFault(input, organisationId) ?? connectionFault(input, ports.federation.policy));

/** What an organisation's connection holds to in the transaction that writes it. */
function ofOrganisation(ports: AuthPorts, row: ConnectionRow): Write[] {
  const { id, organisationId, domains, settings } = row;
  if (organisationId === null) return [];
  const now = ports.clock.now();
  const isEnforced = settings.enforced && row.status === 'active';
  return [
    ports.federation.domains.expectHeld(organisationId, domains, now),
    ...(isEnforced ? [ports.sessions.revokeOfMembersNotBy(organisationId, id, now)] : []),
  ];
}

async function whyNot(ports: AuthPorts, { id, organisationId, domains }: ConnectionRow): Promise<AuthError> {
  const taken = await ports.federation.connections.takenDomains(id, domains);
  if (taken.length > 0 || organisationId === null) return domainsTaken(domains, taken);
  const page = { after: null, limit: ORGANISATION_CONNECTIONS_MAX };
  const present = await ports.federation.connections.list(organisationId, page, ports.clock.now());
  return {
    code: present.length >= ORGANISATION_CONNECTIONS_MAX ? 'too_many_connections' : 'changed_meanwhile',
  };
}

function values(ports: AuthPorts, id: string, input: ConnectionInput, known: ConnectionRow | null) {
  const { kind, name, status, listed, domains, settings } = input;
  return {
    kind,
    name,
    status,
    listed,
    domains,
    inForce: domains,
    settings,
    secretSealed: secretOf(ports, id, input, known),
  };
}

function secretOf(
  ports: AuthPorts,
  id: string,
  input: ConnectionInput,
  known: ConnectionRow | null,
): string | null {
  if (input.kind === 'saml') return null;
  if (input.secret === undefined) return known?.secretSealed ?? null;
  return input.secret === null ? null : ports.fields.seal(input.secret, connectionSecret(id));
}

const domainsTaken = (domains: readonly string[], taken: readonly string[]): AuthError => ({
  code: 'connection_refused',
  field: `/domains/${Math.max(
    domains.findIndex((domain) => taken.includes(domain)),
    0,
  )}`,
  detail: 'is another connection’s',
});

const managed = (
  ports: AuthPorts,
  caller: Caller,
  { actor }: Manager,
  action: string,
  { id, kind, status, domains, organisationId, settings }: ConnectionRow,
): Write =>
  audited(ports, caller, {
    action,
    outcome: 'success',
    actorId: actor.userId,
    subject: organisationId,
    factor: 'session',
    detail: { connectionId: id, kind, status, domains, organisationId, enforced: settings.enforced },
  });
