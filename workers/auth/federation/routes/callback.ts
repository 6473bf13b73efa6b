import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { arrivedSchema, callbackInputSchema } from '#shared/contracts/http/federation.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { finishFederation } from '../usecases/finish.ts';
import { identityBody } from './bodies.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/federation/{connection}/callback',
  operationId: 'finishFederation',
  tags: TAGS.federation,
  summary: 'Take what the identity provider sent the browser back with',
  ...authorisedOrGuest('account.self'),
  request: {
    params: z.strictObject({ connection: idSchema('identityProvider') }),
    ...jsonBody(callbackInputSchema),
  },
  responses: {
    200: json('The session’s tokens, the demand of a second factor, or the identity linked', arrivedSchema),
    ...problems(
      'invalid-credentials',
      'sign-in-refused',
      'not-found',
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

export const callbackEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const input = { connectionId: c.req.valid('param').connection, ...c.req.valid('json') };
    const done = valueOrProblem(await finishFederation(ports, caller, c.get('visitor'), input));
    if (done.status === 'signed_in') return c.json(done, 200, NO_STORE);
    const { status, returnTo, linked } = done;
    return c.json({ status, returnTo, identity: identityBody(ports, linked) }, 200, NO_STORE);
  });
};
