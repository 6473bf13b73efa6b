import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { ceremonySchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { passkeySignInOptions } from '../usecases/passkey-sign-in.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/passkeys/sign-in-options',
  operationId: 'beginPasskeySignIn',
  tags: TAGS.passkeys,
  summary: 'Begin a sign-in by passkey; serves autofill (conditional UI) as well',
  ...open('it is how a caller comes to a token; guesses are limited'),
  request: jsonBody(z.strictObject({})),
  responses: {
    200: json('Options for the browser', ceremonySchema),
    ...problems(
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const passkeySignInOptionsEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const ceremony = valueOrProblem(await passkeySignInOptions(ports, caller));
    return c.json(ceremonySchema.parse(ceremony), 200, NO_STORE);
  });
};
