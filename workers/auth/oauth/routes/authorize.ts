import { createRoute } from '@hono/zod-openapi';
import { authorizationInputSchema, authorizationStepSchema } from '#shared/contracts/http/oauth.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { authorize } from '../usecases/authorize.ts';
import { OAUTH_TAG } from './protocol.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/oauth/authorizations',
  operationId: 'authorize',
  tags: OAUTH_TAG,
  summary: 'What to do about an authorization request, for our own pages, as the customer signed in there',
  ...authorisedOrGuest('account.self'),
  request: jsonBody(authorizationInputSchema),
  responses: {
    200: json('The next step', authorizationStepSchema),
    ...problems(
      'unauthenticated',
      'forbidden',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const authorizeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    return c.json(await authorize(ports, caller, c.get('visitor'), c.req.valid('json')), 200, NO_STORE);
  });
};
