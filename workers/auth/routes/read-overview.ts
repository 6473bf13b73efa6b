import { createRoute } from '@hono/zod-openapi';
import { overviewSchema } from '#shared/contracts/http/federation.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { identityBody } from '../federation/routes/bodies.ts';
import { valueOrProblem } from '../problem.ts';
import { accountOverview } from '../usecases/overview.ts';
import { meBody } from './get-me.ts';
import { passkeyBody } from './passkey-body.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';
import { sessionBody } from './session-body.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/overview',
  operationId: 'readAccountOverview',
  tags: TAGS.auth,
  summary: 'The signed-in account with its passkeys, sessions and identities, in one answer',
  ...authorised('account.self'),
  responses: { 200: json('The account', overviewSchema), ...problems('unauthenticated', 'forbidden') },
});

export const readOverviewEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const found = valueOrProblem(await accountOverview(ports, c.get('actor')));
    const body = {
      me: meBody(ports, found),
      passkeys: found.passkeys.map(passkeyBody),
      sessions: found.sessions.map((row) => sessionBody(row, row.id === found.session.id)),
      identities: found.identities.map((each) => identityBody(ports, each)),
      linkable: found.linkable,
    };
    return c.json(body, 200, NO_STORE);
  });
};
