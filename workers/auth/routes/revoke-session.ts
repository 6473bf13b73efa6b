import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../problem.ts';
import { revokeSession } from '../usecases/sessions.ts';
import { TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'delete',
  path: '/v1/auth/sessions/{id}',
  operationId: 'revokeSession',
  tags: TAGS.auth,
  summary: 'End one of one’s sessions',
  ...authorised('account.self'),
  request: { params: z.strictObject({ id: idSchema('session') }) },
  responses: {
    204: { description: 'Done' },
    ...problems('not-found', 'validation-failed', 'unauthenticated', 'forbidden'),
  },
});

export const revokeSessionEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await revokeSession(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.body(null, 204);
  });
};
