import { createRoute } from '@hono/zod-openapi';
import { deviceDecisionSchema, deviceRequestSchema, userCodeSchema } from '#shared/contracts/http/oauth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { decideDevice, readDevice } from '../usecases/device.ts';
import { OAUTH_TAG } from './protocol.ts';

const refusals = problems(
  'unauthenticated',
  'forbidden',
  'not-found',
  'rate-limited',
  'malformed-request',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
);
const read = createRoute({
  method: 'post',
  path: '/v1/oauth/devices',
  operationId: 'readDeviceRequest',
  tags: OAUTH_TAG,
  summary: 'What the device asks for that shows this code',
  ...authorised('account.self'),
  request: jsonBody(userCodeSchema),
  responses: { 200: json('The request', deviceRequestSchema), ...refusals },
});
const decide = createRoute({
  method: 'post',
  path: '/v1/oauth/devices/decision',
  operationId: 'decideDeviceRequest',
  tags: OAUTH_TAG,
  summary: 'Let the device in, or not',
  ...authorised('account.self'),
  request: jsonBody(deviceDecisionSchema),
  responses: { 204: { description: 'Done' }, ...refusals },
});

export const deviceDecisionEndpoints: Endpoint = (app, wired) => {
  app.openapi(read, async (c) => {
    const { ports, caller } = wired(c);
    const { userCode } = c.req.valid('json');
    return c.json(valueOrProblem(await readDevice(ports, caller, c.get('actor'), userCode)), 200, NO_STORE);
  });
  app.openapi(decide, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await decideDevice(ports, caller, c.get('actor'), c.req.valid('json')));
    return c.body(null, 204);
  });
};
