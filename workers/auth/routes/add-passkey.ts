import { createRoute } from '@hono/zod-openapi';
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { addPasskeySchema, passkeySchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { addPasskey } from '../usecases/passkeys.ts';
import { passkeyBody } from './passkey-body.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/passkeys',
  operationId: 'addPasskey',
  tags: TAGS.passkeys,
  summary: 'Finish adding a passkey',
  ...authorised('account.secure'),
  request: jsonBody(addPasskeySchema),
  responses: {
    201: json('The passkey', passkeySchema),
    ...problems(
      'gone',
      'conflict',
      'step-up-required',
      'unauthenticated',
      'forbidden',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const addPasskeyEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const { ceremonyId, name, response } = c.req.valid('json');
    const input = { ceremonyId, name, response: response as RegistrationResponseJSON };
    return c.json(
      passkeyBody(valueOrProblem(await addPasskey(ports, caller, c.get('actor'), input))),
      201,
      NO_STORE,
    );
  });
};
