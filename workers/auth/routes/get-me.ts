import { createRoute } from '@hono/zod-openapi';
import { meSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { AuthPorts } from '../ports.ts';
import { valueOrProblem } from '../problem.ts';
import type { Overview } from '../usecases/overview.ts';
import { toAccount } from '../usecases/accounts.ts';
import { currentSession } from '../usecases/current-session.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/me',
  operationId: 'getMe',
  tags: TAGS.auth,
  summary: 'The signed-in account and its session',
  ...authorised('account.self'),
  responses: { 200: json('The account', meSchema), ...problems('unauthenticated', 'forbidden') },
});

/** The account with the session that asks. */
export const meBody = (ports: AuthPorts, { session, account }: Pick<Overview, 'session' | 'account'>) => {
  const { id, email, roles, hasPassword, passkeyCount, hasTotp, createdAt } = toAccount(ports, account);
  return {
    id,
    email,
    roles,
    hasPassword,
    passkeyCount,
    hasTotp,
    recoveryCodesLeft: account.recoveryCodeCount,
    session: {
      id: session.id,
      authenticatedAt: rfc3339(session.authTime),
      amr: session.amr,
      acr: session.acr,
    },
    createdAt: rfc3339(createdAt),
  };
};

export const getMeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const current = valueOrProblem(await currentSession(ports, c.get('actor')));
    return c.json(meBody(ports, current), 200, NO_STORE);
  });
};
