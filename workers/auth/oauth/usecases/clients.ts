import type { Actor } from '#shared/auth/access-token.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import type { ClientInput } from '#shared/contracts/http/oauth.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { clientFault } from '../client-rules.ts';
import { CLIENT_SECRETS_MAX } from '../limits.ts';
import type { ClientRow, ClientSecretRow } from '../queries/clients.ts';
import { serviceUserId } from './service-tokens.ts';

const DEMAND = { permission: 'oauth_clients.manage' } as const;

export interface ClientDetails {
  client: ClientRow;
  secrets: Omit<ClientSecretRow, 'secretHash'>[];
}
/** The one time a secret can be read. */
export interface NewSecret {
  row: ClientSecretRow;
  secret: string;
}

export async function listClients(
  ports: AuthPorts,
  actor: Actor,
  page: { after: string | null; limit: number },
): Promise<Result<ClientRow[], AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  return current.ok ? ok(await ports.oauth.clients.list(page.after, page.limit)) : current;
}

export async function readClient(
  ports: AuthPorts,
  actor: Actor,
  id: string,
): Promise<Result<ClientDetails, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  return current.ok ? details(ports, id) : current;
}

/** Registers a client; one that keeps a secret gets its first. */
export async function registerClient(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: ClientInput,
): Promise<Result<ClientDetails & { secret: string | null }, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  if (!current.ok) return current;
  const fault = clientFault(input);
  if (fault !== null) return fail({ code: 'client_refused', ...fault });
  const now = ports.clock.now();
  const client: ClientRow = {
    id: newId('client'),
    ...values(input),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const first = input.authentication === 'client_secret' ? newSecret(ports, client.id, null) : null;
  await ports.commit([
    ports.oauth.clients.add(client),
    ...(first === null ? [] : [ports.oauth.clients.addSecret(first.row)]),
    managed(ports, caller, actor, 'oauth.client_registered', client),
  ]);
  return ok({ client, secrets: first === null ? [] : [first.row], secret: first?.secret ?? null });
}

/** Replaces what is registered: tokens from before count no more. A client that is disabled loses every session it has. */
export async function replaceClient(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { id: string; version: number | null; client: ClientInput },
): Promise<Result<ClientDetails, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  if (!current.ok) return current;
  const fault = clientFault(input.client);
  if (fault !== null) return fail({ code: 'client_refused', ...fault });
  const known = await ports.oauth.clients.byId(input.id);
  if (known === null) return fail({ code: 'not_found' });
  const client: ClientRow = { ...known, ...values(input.client), updatedAt: ports.clock.now() };
  const writes: Write[] = [
    ports.oauth.clients.expectVersion(input.id, input.version),
    ports.oauth.clients.replace(client),
    ...(client.status === 'disabled'
      ? [
          ports.revocations.close(client.id, client.updatedAt),
          ports.sessions.revokeOfClient(client.id, null, 'application_disabled', client.updatedAt),
        ]
      : tokensEnded(ports, client.id, client.updatedAt)),
    managed(ports, caller, actor, 'oauth.client_changed', client),
  ];
  return (await ports.commit(writes)) ? details(ports, input.id) : fail({ code: 'changed_since_read' });
}

/** A further secret beside those that count: put the new one to use, then remove the old. */
export async function addClientSecret(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { clientId: string; expiresAt: number | null },
): Promise<Result<NewSecret, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  if (!current.ok) return current;
  const client = await ports.oauth.clients.byId(input.clientId);
  if (client === null || client.authentication !== 'client_secret') return fail({ code: 'not_found' });
  const added = newSecret(ports, client.id, input.expiresAt);
  const done = await ports.commit([
    ports.oauth.clients.expectRoomForSecret(client.id, CLIENT_SECRETS_MAX, ports.clock.now()),
    ports.oauth.clients.addSecret(added.row),
    managed(ports, caller, actor, 'oauth.client_secret_added', client, { secretId: added.row.id }),
  ]);
  return done ? ok(added) : fail({ code: 'too_many_secrets' });
}

export async function removeClientSecret(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { clientId: string; secretId: string },
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  if (!current.ok) return current;
  const { clientId, secretId } = input;
  const done = await ports.commit([
    ports.oauth.clients.expectSecret(secretId, clientId),
    ports.oauth.clients.removeSecret(secretId),
    ...tokensEnded(ports, clientId, ports.clock.now()),
    managed(ports, caller, actor, 'oauth.client_secret_removed', { id: clientId }, { secretId }),
  ]);
  return done ? ok(null) : fail({ code: 'not_found' });
}

/** Access tokens from before count no more: its sessions go on with others, as a service it asks for another one. */
const tokensEnded = (ports: AuthPorts, clientId: string, now: number): Write[] => [
  ports.sessions.reissueOfClient(clientId),
  ports.revocations.close(serviceUserId(clientId), now),
];

async function details(ports: AuthPorts, id: string): Promise<Result<ClientDetails, AuthError>> {
  const client = await ports.oauth.clients.byId(id);
  if (client === null) return fail({ code: 'not_found' });
  return ok({ client, secrets: await ports.oauth.clients.secrets(id, ports.clock.now()) });
}

const values = ({ jwks, ...input }: ClientInput) => ({
  ...input,
  jwks: jwks === null ? null : { keys: jwks.keys as Record<string, unknown>[] },
});

function newSecret(ports: AuthPorts, clientId: string, expiresAt: number | null): NewSecret {
  const secret = `tps_${randomSecret()}`;
  return {
    secret,
    row: {
      id: newId('clientSecret'),
      clientId,
      secretHash: sha256(secret),
      createdAt: ports.clock.now(),
      expiresAt,
    },
  };
}

const managed = (
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  action: string,
  client: Pick<ClientRow, 'id'> & Partial<ClientRow>,
  detail: Record<string, unknown> = {},
): Write =>
  audited(ports, caller, {
    action,
    outcome: 'success',
    actorId: actor.userId,
    subject: null,
    factor: 'session',
    detail: { clientId: client.id, scopes: client.scopes, redirectUris: client.redirectUris, ...detail },
  });
