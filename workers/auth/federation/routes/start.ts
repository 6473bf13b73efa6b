import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { startedSchema, startInputSchema } from '#shared/contracts/http/federation.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { startFederation } from '../usecases/start.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/federation/{connection}/start',
  operationId: 'startFederation',
  tags: TAGS.federation,
  summary: 'Begin a sign-in at an identity provider, or the linking of an identity there to one’s account',
  ...authorisedOrGuest('account.self'),
  request: {
    params: z.strictObject({ connection: idSchema('identityProvider') }),
    ...jsonBody(startInputSchema),
  },
  responses: {
    200: json('Where the browser has to go', startedSchema),
    ...problems(
      'not-found',
      'rate-limited',
      'upstream-failed',
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

export const startEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const input = { connectionId: c.req.valid('param').connection, ...c.req.valid('json') };
    return c.json(
      valueOrProblem(await startFederation(ports, caller, c.get('visitor'), input)),
      200,
      NO_STORE,
    );
  });
};
