import { createRoute } from '@hono/zod-openapi';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { removeTotp } from '../usecases/totp.ts';
import { TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'delete',
  path: '/v1/auth/totp',
  operationId: 'removeTotp',
  tags: TAGS.factors,
  summary: 'Remove the authenticator app, in a session that has just shown its code',
  ...authorised('account.secure'),
  responses: {
    204: { description: 'Done' },
    ...problems('step-up-required', 'not-found', 'conflict', 'unauthenticated', 'forbidden'),
  },
});

export const removeTotpEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await removeTotp(ports, caller, c.get('actor')));
    return c.body(null, 204);
  });
};
