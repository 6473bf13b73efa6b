import { createRoute } from '@hono/zod-openapi';
import { refreshTokenSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { signOut } from '../usecases/sign-out.ts';
import { jsonBody, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/sign-out',
  operationId: 'signOut',
  tags: TAGS.auth,
  summary: 'End the session of a refresh token',
  ...open('the refresh token is the right to it'),
  request: jsonBody(refreshTokenSchema),
  responses: {
    204: { description: 'Done' },
    ...problems('malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'),
  },
});

export const signOutEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    await signOut(ports, caller, c.req.valid('json'));
    return c.body(null, 204);
  });
};
