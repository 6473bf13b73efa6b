import { createRoute } from '@hono/zod-openapi';
import { sessionListSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { listSessions } from '../usecases/sessions.ts';
import { sessionBody } from './session-body.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/sessions',
  operationId: 'listSessions',
  tags: TAGS.auth,
  summary: 'One’s sessions that are alive, oldest first, at most 100',
  ...authorised('account.self'),
  responses: { 200: json('Sessions', sessionListSchema), ...problems('unauthenticated', 'forbidden') },
});

export const listSessionsEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const sessions = valueOrProblem(await listSessions(ports, c.get('actor')));
    const items = sessions.map(({ row, current }) => sessionBody(row, current));
    return c.json({ items }, 200, NO_STORE);
  });
};
