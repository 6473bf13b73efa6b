import { createRoute } from '@hono/zod-openapi';
import { signInSchema, signedInSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { signIn } from '../usecases/sign-in.ts';
import { challengeHeaders, jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/sign-in',
  operationId: 'signIn',
  tags: TAGS.auth,
  summary: 'Sign in by password',
  ...open('it is how a caller comes to a token; guesses are limited'),
  request: { ...jsonBody(signInSchema), ...challengeHeaders },
  responses: {
    200: json('The session’s tokens, or the demand of a second factor', signedInSchema),
    ...problems(
      'invalid-credentials',
      'challenge-required',
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const signInEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    return c.json(valueOrProblem(await signIn(ports, caller, c.req.valid('json'))), 200, NO_STORE);
  });
};
