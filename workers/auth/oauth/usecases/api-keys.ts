import type { Actor } from '#shared/auth/access-token.ts';
import { allows, STEP_UP, type Permission } from '#shared/auth/permissions.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { owedNotice } from '../../usecases/send-mail.ts';
import { API_KEYS_MAX } from '../limits.ts';
import type { ApiKeyRow } from '../queries/api-keys.ts';

/** What a key begins with, so that its owner knows it again: the last digits of its id. */
export const keyPrefix = (id: string): string => `tpk_${id.slice(-8)}`;

/** A key for an integration, that acts as its owner within its scopes. Told this once; its owner by mail that there is one. */
export async function createApiKey(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { name: string; scopes: Permission[]; expiresAt: number | null },
): Promise<Result<{ row: ApiKeyRow; key: string }, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const beyond = input.scopes.findIndex((scope) => !allows(account.roles, scope));
  if (beyond >= 0) return fail({ code: 'scope_beyond_roles', at: beyond });
  // Nobody stands behind a key who could be asked later.
  for (const permission of input.scopes.filter((scope) => STEP_UP[scope] !== undefined)) {
    const shown = await currentSession(ports, actor, { permission });
    if (!shown.ok) return shown;
  }
  const now = ports.clock.now();
  const id = newId('apiKey');
  const key = `${keyPrefix(id)}_${randomSecret()}`;
  const row: ApiKeyRow = {
    id,
    accountId: account.id,
    ...input,
    secretHash: sha256(key),
    createdAt: now,
    lastUsedAt: null,
    revokedAt: null,
  };
  const notice = owedNotice(ports, caller, account, 'api_key_created');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.oauth.apiKeys.expectRoom(account.id, API_KEYS_MAX),
    ports.oauth.apiKeys.add(row),
    ...notice.writes,
    audited(ports, caller, {
      action: 'api_key.created',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
      detail: { keyId: id, scopes: input.scopes, expiresAt: input.expiresAt },
    }),
  ]);
  if (!done) return fail({ code: 'too_many_keys' });
  notice.send();
  return ok({ row, key });
}

export async function listApiKeys(ports: AuthPorts, actor: Actor): Promise<Result<ApiKeyRow[], AuthError>> {
  const current = await currentSession(ports, actor);
  return current.ok ? ok(await ports.oauth.apiKeys.ofAccount(actor.userId, API_KEYS_MAX)) : current;
}

/** Counts no more from now on; in an isolate that just used it, ten seconds later at the latest. */
export async function revokeApiKey(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  keyId: string,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const done = await ports.commit([
    ports.oauth.apiKeys.expectOwned(keyId, actor.userId),
    ports.oauth.apiKeys.revoke(keyId, ports.clock.now()),
    ports.revocations.close(keyId, ports.clock.now()),
    audited(ports, caller, {
      action: 'api_key.revoked',
      outcome: 'success',
      actorId: actor.userId,
      subject: actor.userId,
      factor: 'session',
      detail: { keyId },
    }),
  ]);
  return done ? ok(null) : fail({ code: 'not_found' });
}
