import { createRoute } from '@hono/zod-openapi';
import { resetPasswordSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { confirmPasswordReset } from '../usecases/reset-password.ts';
import { jsonBody, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/password-reset/confirm',
  operationId: 'confirmPasswordReset',
  tags: TAGS.auth,
  summary: 'Redeem a reset link: sets the password, ends every session',
  ...open('the link that was mailed is the right to it'),
  request: jsonBody(resetPasswordSchema),
  responses: {
    204: { description: 'Done' },
    ...problems('gone', 'malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'),
  },
});

export const confirmPasswordResetEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await confirmPasswordReset(ports, caller, c.req.valid('json')));
    return c.body(null, 204);
  });
};
