import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { open } from '#shared/http/authorised.ts';
import { json } from '#shared/http/responses.ts';
import type { Endpoint } from '../../routes/route.ts';
import { PATHS } from '../endpoints.ts';
import { startDevice } from '../usecases/device.ts';
import {
  answer,
  CLIENT_FIELDS,
  clientRequest,
  formBody,
  OAUTH_TAG,
  oauthRefusals,
  tooManyRequests,
} from './protocol.ts';

const startedSchema = z
  .strictObject({
    device_code: z.string(),
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string(),
    /** Seconds. */
    expires_in: z.int(),
    /** Seconds between two questions. */
    interval: z.int(),
  })
  .meta({ id: 'DeviceAuthorization' });

const route = createRoute({
  method: 'post',
  path: PATHS.deviceAuthorization,
  operationId: 'oauthDeviceAuthorization',
  tags: OAUTH_TAG,
  summary: 'Begin a sign-in on a device without a keyboard (RFC 8628)',
  ...open('the client proves who it is'),
  request: formBody('scope', ...CLIENT_FIELDS),
  responses: { 200: json('The codes', startedSchema), ...oauthRefusals, ...tooManyRequests },
});

export const deviceAuthorizationEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const request = await clientRequest(c);
    return answer(c, ports, request.ok ? await startDevice(ports, caller, request.value) : request);
  });
};
