import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { open } from '#shared/http/authorised.ts';
import { json } from '#shared/http/responses.ts';
import type { Endpoint } from '../../routes/route.ts';
import { PATHS } from '../endpoints.ts';
import { introspect } from '../usecases/inspect-tokens.ts';
import { answer, CLIENT_FIELDS, clientRequest, formBody, OAUTH_TAG, oauthRefusals } from './protocol.ts';

const route = createRoute({
  method: 'post',
  path: PATHS.introspect,
  operationId: 'oauthIntrospect',
  tags: OAUTH_TAG,
  summary: 'Whether a token counts now (RFC 7662)',
  ...open('the client proves who it is'),
  request: formBody('token', 'token_type_hint', ...CLIENT_FIELDS),
  responses: { 200: json('Its state', z.looseObject({ active: z.boolean() })), ...oauthRefusals },
});

export const introspectEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const request = await clientRequest(c);
    return answer(c, ports, request.ok ? await introspect(ports, request.value) : request);
  });
};
