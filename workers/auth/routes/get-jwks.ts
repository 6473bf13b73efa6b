import { createRoute } from '@hono/zod-openapi';
import { jwksSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json } from '#shared/http/responses.ts';
import { JWKS_MAX_AGE_SECONDS } from '../limits.ts';
import { jwks } from '../usecases/signing-keys.ts';
import { TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  operationId: 'getJwks',
  tags: TAGS.auth,
  summary: 'Public keys of access tokens (RFC 7517)',
  ...open('public keys are for whoever verifies a token'),
  responses: { 200: json('Key set, newest first', jwksSchema) },
});

export const getJwksEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const headers = { 'cache-control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` };
    return c.json(await jwks(ports), 200, headers);
  });
};
