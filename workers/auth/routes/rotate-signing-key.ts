import { createRoute } from '@hono/zod-openapi';
import { rotationSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { orderRotation } from '../usecases/administration.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/signing-keys/rotate',
  operationId: 'rotateSigningKey',
  tags: TAGS.accounts,
  summary: 'Publish the next signing key now; it signs an hour later',
  ...authorised('keys.manage'),
  responses: {
    200: json('`not_due` while a published key waits for its first use', rotationSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden'),
  },
});

export const rotateSigningKeyEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const status = valueOrProblem(await orderRotation(ports, caller, c.get('actor')));
    return c.json({ status }, 200, NO_STORE);
  });
};
