import { createRoute } from '@hono/zod-openapi';
import { tokenAnswerSchema } from '#shared/contracts/http/oauth.ts';
import { open } from '#shared/http/authorised.ts';
import { json } from '#shared/http/responses.ts';
import type { Endpoint } from '../../routes/route.ts';
import { PATHS } from '../endpoints.ts';
import { token } from '../usecases/token.ts';
import { answer, CLIENT_FIELDS, clientRequest, formBody, OAUTH_TAG, oauthRefusals } from './protocol.ts';

const route = createRoute({
  method: 'post',
  path: PATHS.token,
  operationId: 'oauthToken',
  tags: OAUTH_TAG,
  summary: 'Token endpoint (RFC 6749 §3.2)',
  ...open('the client proves who it is'),
  request: formBody(
    'grant_type',
    ...CLIENT_FIELDS,
    'code',
    'redirect_uri',
    'code_verifier',
    'refresh_token',
    'scope',
  ),
  responses: { 200: json('Tokens', tokenAnswerSchema), ...oauthRefusals },
});

export const tokenEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const request = await clientRequest(c);
    return answer(c, ports, request.ok ? await token(ports, caller, request.value) : request);
  });
};
