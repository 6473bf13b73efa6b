import { createRoute } from '@hono/zod-openapi';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { revokeAllSessions } from '../usecases/sessions.ts';
import { TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'delete',
  path: '/v1/auth/sessions',
  operationId: 'revokeAllSessions',
  tags: TAGS.auth,
  summary: 'Sign out everywhere',
  ...authorised('account.self'),
  responses: {
    204: { description: 'Done' },
    ...problems('unauthenticated', 'forbidden'),
  },
});

export const revokeAllSessionsEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await revokeAllSessions(ports, caller, c.get('actor')));
    return c.body(null, 204);
  });
};
