import { createRoute } from '@hono/zod-openapi';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { removePassword } from '../usecases/remove-password.ts';
import { TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'delete',
  path: '/v1/auth/password',
  operationId: 'removePassword',
  tags: TAGS.auth,
  summary: 'Remove the password, where a passkey remains',
  ...authorised('account.secure'),
  responses: {
    204: { description: 'Done' },
    ...problems('step-up-required', 'not-found', 'conflict', 'unauthenticated', 'forbidden'),
  },
});

export const removePasswordEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await removePassword(ports, caller, c.get('actor')));
    return c.body(null, 204);
  });
};
