import { API_KEY_CACHE_SECONDS } from '#shared/auth/api-key.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { exchangeOrganisationKey } from '../../organisations/usecases/api-keys.ts';
import type { AuthPorts } from '../../ports.ts';
import { acrDueOf } from '../../usecases/proof.ts';
import { accessTokenAnswer } from './issue.ts';

/** The access token a key stands for, with its owner's rights as they are now; null: it does not count. */
export async function exchangeApiKey(ports: AuthPorts, key: string): Promise<string | null> {
  const row = await ports.oauth.apiKeys.use(sha256(key), ports.clock.now());
  if (row === null) return exchangeOrganisationKey(ports, key);
  const account = await ports.accounts.byId(row.accountId);
  if (account === null || account.status !== 'active') return null;
  const answer = await accessTokenAnswer(ports, {
    userId: account.id,
    clientId: row.id,
    roles: account.roles,
    scope: row.scopes,
    session: null,
    acrDue: acrDueOf(ports, account),
    jkt: null,
    ttlSeconds: API_KEY_CACHE_SECONDS,
  });
  return answer.access_token;
}
