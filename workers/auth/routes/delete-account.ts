import { createRoute } from '@hono/zod-openapi';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { deleteAccount } from '../usecases/own-data.ts';
import { TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'delete',
  path: '/v1/auth/me',
  operationId: 'deleteAccount',
  tags: TAGS.auth,
  summary: 'Delete one’s account: every way in and all that this service knows of the person',
  ...authorised('account.secure'),
  responses: {
    204: { description: 'Done' },
    ...problems('step-up-required', 'conflict', 'unauthenticated', 'forbidden'),
  },
});

export const deleteAccountEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await deleteAccount(ports, caller, c.get('actor')));
    return c.body(null, 204);
  });
};
