import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { open } from '#shared/http/authorised.ts';
import { json } from '#shared/http/responses.ts';
import type { Endpoint } from '../../routes/route.ts';
import { PATHS } from '../endpoints.ts';
import { pushRequest } from '../usecases/push-request.ts';
import {
  answer,
  CLIENT_FIELDS,
  clientRequest,
  formBody,
  OAUTH_TAG,
  oauthRefusals,
  tooManyRequests,
} from './protocol.ts';

const route = createRoute({
  method: 'post',
  path: PATHS.push,
  operationId: 'oauthPushRequest',
  tags: OAUTH_TAG,
  summary: 'Push an authorization request (RFC 9126)',
  ...open('the client proves who it is'),
  request: formBody(...CLIENT_FIELDS, 'response_type', 'redirect_uri', 'scope', 'code_challenge'),
  responses: {
    201: json('Its reference', z.strictObject({ request_uri: z.string(), expires_in: z.int() })),
    ...oauthRefusals,
    ...tooManyRequests,
  },
});

export const pushRequestEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const request = await clientRequest(c);
    return answer(c, ports, request.ok ? await pushRequest(ports, caller, request.value) : request, 201);
  });
};
