import { createRoute } from '@hono/zod-openapi';
import { exchangeTokenSchema, tokensSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { refresh } from '../usecases/refresh.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/token',
  operationId: 'refreshTokens',
  tags: TAGS.auth,
  summary: 'Exchange a refresh token; the old one is used up',
  ...open('the refresh token is the right to it'),
  description:
    'With `organisationId` the access token acts for that organisation, which the person must be in now: lists show what is the organisation’s, and what is ordered becomes its own. Name it at each exchange; without it the token is the person’s.',
  request: jsonBody(exchangeTokenSchema),
  responses: {
    200: json('The session’s tokens', tokensSchema),
    ...problems(
      'invalid-credentials',
      'not-found',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const refreshEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const { refreshToken, organisationId = null } = c.req.valid('json');
    const refreshed = await refresh(ports, caller, { refreshToken, organisationId });
    return c.json(valueOrProblem(refreshed), 200, NO_STORE);
  });
};
