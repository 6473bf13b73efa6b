import { createRoute } from '@hono/zod-openapi';
import { emailCodeSignInSchema, signedInSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { signInByEmailCode } from '../usecases/email-code.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/email-code/sign-in',
  operationId: 'signInByEmailCode',
  tags: TAGS.auth,
  summary: 'Sign in by a code that was mailed; it is no factor',
  ...open('it is how a caller comes to a token; guesses are limited'),
  request: jsonBody(emailCodeSignInSchema),
  responses: {
    200: json('The session’s tokens, or the demand of a second factor', signedInSchema),
    ...problems(
      'invalid-credentials',
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const signInByEmailCodeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    return c.json(valueOrProblem(await signInByEmailCode(ports, caller, c.req.valid('json'))), 200, NO_STORE);
  });
};
