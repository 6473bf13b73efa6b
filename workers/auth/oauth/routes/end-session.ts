import { createRoute } from '@hono/zod-openapi';
import { logoutInputSchema, logoutSchema } from '#shared/contracts/http/oauth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { checkLogout, endClientSession } from '../usecases/end-session.ts';
import { OAUTH_TAG } from './protocol.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/oauth/logouts',
  operationId: 'checkLogout',
  tags: OAUTH_TAG,
  summary: 'What to do about an application’s wish to sign its user out, for our own pages',
  ...open('it only reads an application’s signed wish'),
  request: jsonBody(logoutInputSchema),
  responses: {
    200: json('Whom it means and where to go afterwards', logoutSchema),
    ...problems('malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'),
  },
});

export const endSessionEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const { end, ...request } = c.req.valid('json');
    if (end && request.idTokenHint !== undefined) await endClientSession(ports, caller, request.idTokenHint);
    return c.json(await checkLogout(ports, request), 200, NO_STORE);
  });
};
