import { createRoute } from '@hono/zod-openapi';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { passkeySignInSchema, signedInSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { passkeySignIn } from '../usecases/passkey-sign-in.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/passkeys/sign-in',
  operationId: 'finishPasskeySignIn',
  tags: TAGS.passkeys,
  summary: 'Finish a sign-in by passkey',
  ...open('it is how a caller comes to a token; guesses are limited'),
  request: jsonBody(passkeySignInSchema),
  responses: {
    200: json('The session’s tokens, or the demand of a second factor', signedInSchema),
    ...problems(
      'invalid-credentials',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const passkeySignInEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const { ceremonyId, response } = c.req.valid('json');
    const input = { ceremonyId, response: response as AuthenticationResponseJSON };
    return c.json(valueOrProblem(await passkeySignIn(ports, caller, input)), 200, NO_STORE);
  });
};
