import type { AuthPorts, Caller } from '../../ports.ts';
import type { AccountRow } from '../../queries/accounts.ts';
import type { SessionRow } from '../../queries/sessions.ts';
import type { RefreshToken } from '../../crypto/refresh-token.ts';
import { acrDueOf } from '../../usecases/proof.ts';
import { newSession } from '../../usecases/open-session.ts';
import { GRANTS } from '../endpoints.ts';
import { ONLINE_SESSION_MS } from '../limits.ts';
import type { AgreedIn } from '../queries/agreed-in.ts';
import type { ClientRow } from '../queries/clients.ts';
import { accessTokenAnswer, idToken, type TokenAnswer } from './issue.ts';

/** How and when the user signed in, in our own pages. */
export interface SignedIn extends AgreedIn {
  accountId: string;
  scope: string;
  amr: string[];
  acr: string;
  authTime: number;
}

/**
 * The session an application gets for its user: without `offline_access` no longer than its one access token, and by an
 * organisation's provider no longer than the session they agreed in.
 */
export function clientSession(
  ports: AuthPorts,
  caller: Caller,
  client: ClientRow,
  by: SignedIn,
  jkt: string | null,
): { row: SessionRow; token: RefreshToken } {
  const { amr, acr, connectionId, connectionUntil } = by;
  const { row, token } = newSession(ports, caller, by.accountId, { amr, acr, connectionId });
  const until = Math.min(row.absoluteUntil, connectionUntil ?? row.absoluteUntil);
  const end = mayRefresh(client, by.scope) ? until : Math.min(until, row.createdAt + ONLINE_SESSION_MS);
  return {
    token,
    row: {
      ...row,
      authTime: by.authTime,
      idleUntil: Math.min(row.idleUntil, end),
      absoluteUntil: end,
      clientId: client.id,
      scope: by.scope,
      // A client with a secret is held to that instead, and may change its key (RFC 9449 §5).
      dpopJkt: client.authentication === 'none' ? jkt : null,
    },
  };
}

export const mayRefresh = (client: ClientRow, scope: string): boolean =>
  client.grants.includes(GRANTS.refresh) &&
  client.scopes.includes('offline_access') &&
  scope.split(' ').includes('offline_access');

/**
 * Tokens of a session an application has. `scope` narrows the access token, not the session; what the application is not
 * registered for any more it gets no more.
 */
export async function clientTokens(
  ports: AuthPorts,
  input: {
    client: ClientRow;
    session: SessionRow;
    account: Pick<AccountRow, 'roles' | 'hasTotp' | 'passkeyCount'>;
    scope: readonly string[];
    jkt: string | null;
    nonce: string | null;
    refreshToken: string;
  },
): Promise<TokenAnswer> {
  const { client, session, account, jkt, nonce } = input;
  const scope = input.scope.filter((each) => client.scopes.includes(each));
  const userId = session.accountId;
  const answer = await accessTokenAnswer(ports, {
    userId,
    clientId: client.id,
    roles: account.roles,
    acrDue: acrDueOf(ports, account),
    scope,
    session,
    jkt,
  });
  return {
    ...answer,
    ...(mayRefresh(client, session.scope ?? '') ? { refresh_token: input.refreshToken } : {}),
    ...(scope.includes('openid')
      ? { id_token: await idToken(ports, { userId, clientId: client.id, nonce, session }) }
      : {}),
  };
}
