import type { AuthPorts, Caller } from '../../ports.ts';
import type { AccountRow } from '../../queries/accounts.ts';
import type { Write } from '../../queries/commit.ts';
import type { SessionRow } from '../../queries/sessions.ts';
import type { RefreshToken } from '../../crypto/refresh-token.ts';
import { commitWithRoles } from '../../usecases/commit-with-roles.ts';
import { acrDueOf } from '../../usecases/proof.ts';
import { newSession } from '../../usecases/open-session.ts';
import { GRANTS } from '../endpoints.ts';
import { ONLINE_SESSION_MS } from '../limits.ts';
import type { AgreedIn } from '../queries/agreed-in.ts';
import type { ClientRow, ProvenClient } from '../queries/clients.ts';
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

/**
 * Commits what opens an application's session, with its user's roles and its own registration as its tokens may tell of them: a
 * change ends the tokens of sessions that are there, so a session that is written after it takes what is new. Null: one of the
 * expectations among `writes` was not met.
 */
export async function commitForClient(
  ports: AuthPorts,
  { client, account }: { client: ProvenClient; account: AccountRow },
  writes: readonly Write[],
): Promise<{ client: ClientRow; account: AccountRow } | null> {
  const { clients } = ports.oauth;
  const holder = await commitWithRoles(ports, account, [...writes, clients.expectSame(client)]);
  if (holder !== null) return { client, account: holder };
  const present = await clients.byId(client.id);
  if (present === null || present.version === client.version) return null;
  const again = await commitWithRoles(ports, account, [
    ...writes,
    clients.expectSame({ ...present, provenBy: client.provenBy }),
  ]);
  return again === null ? null : { client: present, account: again };
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
