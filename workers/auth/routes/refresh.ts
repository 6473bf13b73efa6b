import { createRoute } from '@hono/zod-openapi';
import { refreshTokenSchema, tokensSchema } from '#shared/contracts/http/auth.ts';
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
  request: jsonBody(refreshTokenSchema),
  responses: {
    200: json('The session’s tokens', tokensSchema),
    ...problems(
      'invalid-credentials',
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
    return c.json(valueOrProblem(await refresh(ports, caller, c.req.valid('json'))), 200, NO_STORE);
  });
};
