import { createRoute } from '@hono/zod-openapi';
import { open } from '#shared/http/authorised.ts';
import type { Endpoint } from '../../routes/route.ts';
import { PATHS } from '../endpoints.ts';
import { revoke } from '../usecases/inspect-tokens.ts';
import { answer, CLIENT_FIELDS, clientRequest, formBody, OAUTH_TAG, oauthRefusals } from './protocol.ts';

const route = createRoute({
  method: 'post',
  path: PATHS.revoke,
  operationId: 'oauthRevoke',
  tags: OAUTH_TAG,
  summary: 'End the session a token belongs to (RFC 7009)',
  ...open('the client proves who it is'),
  request: formBody('token', 'token_type_hint', ...CLIENT_FIELDS),
  responses: { 200: { description: 'It counts no more' }, ...oauthRefusals },
});

export const revokeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const request = await clientRequest(c);
    return answer(c, ports, request.ok ? await revoke(ports, caller, request.value) : request);
  });
};
