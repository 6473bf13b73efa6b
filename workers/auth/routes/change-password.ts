import { createRoute } from '@hono/zod-openapi';
import { changePasswordSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { changePassword } from '../usecases/change-password.ts';
import { jsonBody, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/password',
  operationId: 'changePassword',
  tags: TAGS.auth,
  summary: 'Set or change one’s password, in a fresh session',
  ...authorised('account.secure'),
  request: jsonBody(changePasswordSchema),
  responses: {
    204: { description: 'Done' },
    ...problems(
      'invalid-credentials',
      'step-up-required',
      'conflict',
      'rate-limited',
      'unauthenticated',
      'forbidden',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const changePasswordEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await changePassword(ports, caller, c.get('actor'), c.req.valid('json')));
    return c.body(null, 204);
  });
};
