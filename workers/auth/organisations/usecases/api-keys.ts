import type { Actor } from '#shared/auth/access-token.ts';
import { API_KEY_CACHE_SECONDS } from '#shared/auth/api-key.ts';
import { ORGANISATION_KEY_ROLE, type Permission } from '#shared/auth/permissions.ts';
import { NO_FACTOR } from '#shared/auth/step-up.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { ID_PREFIXES, newId } from '#shared/ids/ids.ts';
import { keyPrefix } from '../../oauth/usecases/api-keys.ts';
import { accessTokenAnswer } from '../../oauth/usecases/issue.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { owedNotice } from '../../usecases/send-mail.ts';
import { ORGANISATION_KEYS_MAX } from '../limits.ts';
import type { OrganisationKeyRow } from '../queries/api-keys.ts';
import { asActiveMember, asMember, stillActing } from './member.ts';

/** A key that acts for the organisation within its scopes, and stays when whoever made it goes. Told this once. */
export async function createOrganisationKey(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { id: string; name: string; scopes: Permission[]; expiresAt: number | null },
): Promise<Result<{ row: OrganisationKeyRow; key: string }, AuthError>> {
  const { id: organisationId, ...wanted } = input;
  const acting = await asActiveMember(ports, actor, organisationId, 'organisations.keys');
  if (!acting.ok) return acting;
  const createdBy = acting.value.account.id;
  const id = newId('apiKey');
  const key = `${keyPrefix(id)}_${randomSecret()}`;
  const row: OrganisationKeyRow = {
    id,
    organisationId,
    createdBy,
    ...wanted,
    secretHash: sha256(key),
    createdAt: ports.clock.now(),
    lastUsedAt: null,
    revokedAt: null,
  };
  const notice = owedNotice(ports, caller, acting.value.account, 'organisation_key_created');
  const done = await ports.commit([
    ...stillActing(ports, acting.value, 'organisations.keys'),
    ports.organisations.keys.expectRoom(organisationId, ORGANISATION_KEYS_MAX),
    ports.organisations.keys.add(row),
    ...notice.writes,
    audited(ports, caller, {
      action: 'organisation.key_created',
      outcome: 'success',
      actorId: createdBy,
      subject: organisationId,
      factor: 'session',
      detail: { keyId: id, scopes: input.scopes, expiresAt: input.expiresAt },
    }),
  ]);
  if (!done) return fail({ code: 'too_many_keys' });
  notice.send();
  return ok({ row, key });
}

export async function listOrganisationKeys(
  ports: AuthPorts,
  actor: Actor,
  id: string,
): Promise<Result<OrganisationKeyRow[], AuthError>> {
  const acting = await asMember(ports, actor, id, 'organisations.manage');
  return acting.ok ? ok(await ports.organisations.keys.ofOrganisation(id, ORGANISATION_KEYS_MAX)) : acting;
}

/** Counts no more from now on; in an isolate that just used it, ten seconds later at the latest. */
export async function revokeOrganisationKey(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, keyId }: { id: string; keyId: string },
): Promise<Result<null, AuthError>> {
  const acting = await asMember(ports, actor, id, 'organisations.manage');
  if (!acting.ok) return acting;
  const done = await ports.commit([
    ports.organisations.keys.expectOwned(keyId, id),
    ports.organisations.keys.revoke(keyId, ports.clock.now()),
    ports.revocations.close(keyId, ports.clock.now()),
    audited(ports, caller, {
      action: 'organisation.key_revoked',
      outcome: 'success',
      actorId: acting.value.account.id,
      subject: id,
      factor: 'session',
      detail: { keyId },
    }),
  ]);
  return done ? ok(null) : fail({ code: 'not_found' });
}

/** A key's own subject: it has the form of an account's, under which histories are kept, but no account has it. */
const keyUserId = (keyId: string): string => keyId.replace(`${ID_PREFIXES.apiKey}_`, `${ID_PREFIXES.user}_`);

/** The access token an organisation's key stands for; null: it is none, or does not count. */
export async function exchangeOrganisationKey(ports: AuthPorts, key: string): Promise<string | null> {
  const row = await ports.organisations.keys.use(sha256(key), ports.clock.now());
  if (row === null) return null;
  const answer = await accessTokenAnswer(ports, {
    userId: keyUserId(row.id),
    clientId: row.id,
    roles: ['customer'],
    scope: row.scopes,
    organisation: { id: row.organisationId, role: ORGANISATION_KEY_ROLE },
    session: null,
    acrDue: NO_FACTOR,
    jkt: null,
    ttlSeconds: API_KEY_CACHE_SECONDS,
  });
  return answer.access_token;
}
