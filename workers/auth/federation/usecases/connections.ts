import type { Actor } from '#shared/auth/access-token.ts';
import type { ConnectionInput } from '#shared/contracts/http/federation.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { connectionSecret } from '../addresses.ts';
import { connectionFault } from '../connection-rules.ts';
import type { ConnectionRow } from '../queries/connections.ts';

/**
 * Who manages connections: the shop’s administrators all of them, or, where `organisationId` is not null, somebody who
 * was found to be that organisation’s administrator, its own.
 */
export interface Manager {
  actor: Actor;
  organisationId: string | null;
}

/** The shop's administrators need the permission, an organisation's a sign-in as for changing their own account. */
export const entitled = (ports: AuthPorts, { actor, organisationId }: Manager) =>
  currentSession(ports, actor, {
    permission: organisationId === null ? 'identity_providers.manage' : 'account.secure',
  });

export async function listConnections(
  ports: AuthPorts,
  manager: Manager,
  page: { after: string | null; limit: number },
): Promise<Result<ConnectionRow[], AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const owner = manager.organisationId ?? undefined;
  return ok(await ports.federation.connections.list(owner, page.after, page.limit));
}

export async function readConnection(
  ports: AuthPorts,
  manager: Manager,
  id: string,
): Promise<Result<ConnectionRow, AuthError>> {
  const current = await entitled(ports, manager);
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
  const fault = faultOf(ports, manager, input, null);
  if (fault !== null) return fail({ code: 'connection_refused', ...fault });
  const now = ports.clock.now();
  const id = newId('identityProvider');
  const row: ConnectionRow = {
    id,
    organisationId: manager.organisationId,
    ...values(ports, id, input, null),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const { domains } = row;
  const { connections } = ports.federation;
  const done = await ports.commit([
    connections.expectDomainsFree(id, domains),
    connections.add(row),
    ...connections.setDomains(id, domains),
    managed(ports, caller, manager, 'connection.added', row),
  ]);
  return done ? ok(row) : domainsTaken(ports, id, domains);
}

/** Replaces what is known of a connection. One that is disabled signs nobody in; its identities stay. */
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
  const fault = faultOf(ports, manager, input.connection, known.value);
  if (fault !== null) return fail({ code: 'connection_refused', ...fault });
  const row: ConnectionRow = {
    ...known.value,
    ...values(ports, id, input.connection, known.value),
    updatedAt: ports.clock.now(),
  };
  const { connections } = ports.federation;
  const taken = await connections.takenDomains(id, row.domains);
  if (taken.length > 0) return domainsTaken(ports, id, row.domains);
  const done = await ports.commit([
    connections.expectVersion(id, input.version),
    connections.expectDomainsFree(id, row.domains),
    connections.replace(row),
    ...connections.setDomains(id, row.domains),
    managed(ports, caller, manager, 'connection.changed', row),
  ]);
  return done ? owned(ports, manager, id) : fail({ code: 'changed_since_read' });
}

/** Removes a connection with the identities it proved: who has no other way in comes back by mail. */
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
  await ports.commit([
    ...ports.federation.connections.remove(id),
    managed(ports, caller, manager, 'connection.removed', known.value),
  ]);
  return ok(null);
}

/** The connection, if this manager has to do with it. */
export async function owned(
  ports: AuthPorts,
  { organisationId }: Manager,
  id: string,
): Promise<Result<ConnectionRow, AuthError>> {
  const row = await ports.federation.connections.byId(id);
  const isTheirs = organisationId === null || row?.organisationId === organisationId;
  return row !== null && isTheirs ? ok(row) : fail({ code: 'not_found' });
}

/**
 * An organisation cannot say by itself which domains are its own, nor that its word about an address counts: only the
 * shop's administrators do, who looked at its proof. What they said stays as they said it.
 */
function faultOf(
  ports: AuthPorts,
  { organisationId }: Manager,
  input: ConnectionInput,
  known: ConnectionRow | null,
): { field: string; detail: string } | null {
  if (known !== null && known.kind !== input.kind) return { field: '/kind', detail: 'cannot be changed' };
  if (organisationId !== null) {
    const before = known?.domains ?? [];
    const isAdded = input.domains.some((domain) => !before.includes(domain));
    if (isAdded) return { field: '/domains', detail: 'are added by the shop’s administrators' };
    if (input.listed) return { field: '/listed', detail: 'is for the shop’s own connections' };
    const { emails } = input.settings;
    if (emails !== 'never' && emails !== 'of_domains') {
      return { field: '/settings/emails', detail: 'must be of_domains or never' };
    }
  }
  return connectionFault(input, ports.federation.policy);
}

function values(ports: AuthPorts, id: string, input: ConnectionInput, known: ConnectionRow | null) {
  const { kind, name, status, listed, domains, settings } = input;
  return { kind, name, status, listed, domains, settings, secretSealed: secretOf(ports, id, input, known) };
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

async function domainsTaken(ports: AuthPorts, id: string, domains: readonly string[]) {
  const taken = await ports.federation.connections.takenDomains(id, domains);
  const at = domains.findIndex((domain) => taken.includes(domain));
  return fail({
    code: 'connection_refused',
    field: `/domains/${Math.max(at, 0)}`,
    detail: 'is another connection’s',
  } as const);
}

const managed = (
  ports: AuthPorts,
  caller: Caller,
  { actor, organisationId }: Manager,
  action: string,
  { id, kind, status, domains }: ConnectionRow,
): Write =>
  audited(ports, caller, {
    action,
    outcome: 'success',
    actorId: actor.userId,
    subject: null,
    factor: 'session',
    detail: { connectionId: id, kind, status, domains, organisationId },
  });
