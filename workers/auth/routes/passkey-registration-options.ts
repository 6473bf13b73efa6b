import { createRoute } from '@hono/zod-openapi';
import { ceremonySchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { passkeyRegistrationOptions } from '../usecases/passkeys.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/passkeys/registration-options',
  operationId: 'beginPasskeyRegistration',
  tags: TAGS.passkeys,
  summary: 'Begin adding a passkey, in a fresh session',
  ...authorised('account.secure'),
  responses: {
    200: json('Options for the browser', ceremonySchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden'),
  },
});

export const passkeyRegistrationOptionsEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const ceremony = valueOrProblem(await passkeyRegistrationOptions(ports, c.get('actor')));
    return c.json(ceremonySchema.parse(ceremony), 200, NO_STORE);
  });
};
