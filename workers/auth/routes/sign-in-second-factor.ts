import { createRoute } from '@hono/zod-openapi';
import { secondFactorSchema, signedInSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { signInSecondFactor } from '../usecases/second-factor.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/sign-in/second-factor',
  operationId: 'signInSecondFactor',
  tags: TAGS.auth,
  summary: 'Finish a sign-in by the second factor',
  ...open('it is how a caller comes to a token; guesses are limited'),
  request: jsonBody(secondFactorSchema),
  responses: {
    200: json('The session’s tokens', signedInSchema),
    ...problems(
      'invalid-credentials',
      'gone',
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const signInSecondFactorEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const { challengeId, ...shown } = c.req.valid('json');
    return c.json(
      valueOrProblem(await signInSecondFactor(ports, caller, { challengeId, shown })),
      200,
      NO_STORE,
    );
  });
};
