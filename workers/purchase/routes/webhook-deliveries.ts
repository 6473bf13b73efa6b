import { createRoute, z } from '@hono/zod-openapi';
import {
  deliveryStateSchema,
  redeliverFailedSchema,
  webhookDeliveryDetailSchema,
  webhookDeliveryPageSchema,
  webhookDeliverySchema,
} from '#shared/contracts/http/webhook-endpoints.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { endpointProblem } from '../endpoint-problem.ts';
import { endpointParams, valueOf } from './webhook-endpoints.ts';

const tags = ['Webhooks'];
const path = '/v1/webhook-endpoints/{id}';
const deliveryParams = endpointParams.extend({ deliveryId: idSchema('webhookDelivery') });
const READ = ['unauthenticated', 'forbidden', 'not-found', 'validation-failed'] as const;

const list = createRoute({
  method: 'get',
  path: `${path}/deliveries`,
  operationId: 'listWebhookDeliveries',
  tags,
  summary: 'What was sent to an endpoint or is still to be sent, newest first; kept 30 days',
  ...authorised('webhooks.read'),
  request: {
    params: endpointParams,
    query: pageQuerySchema.extend({ state: deliveryStateSchema.optional() }),
  },
  responses: {
    200: json('A page of deliveries', webhookDeliveryPageSchema),
    ...problems('invalid-cursor', ...READ),
  },
});

const read = createRoute({
  method: 'get',
  path: `${path}/deliveries/{deliveryId}`,
  operationId: 'getWebhookDelivery',
  tags,
  summary: 'One delivery with its attempts: request, answer, status and duration',
  ...authorised('webhooks.read'),
  request: { params: deliveryParams },
  responses: { 200: json('The delivery', webhookDeliveryDetailSchema), ...problems(...READ) },
});

const again = createRoute({
  method: 'post',
  path: `${path}/deliveries/{deliveryId}/redeliver`,
  operationId: 'redeliverWebhook',
  tags,
  summary: 'Send one event again under the same id; one that waits for its next attempt is sent at once',
  ...authorised('webhooks.write'),
  request: { params: deliveryParams },
  responses: { 202: json('The delivery', webhookDeliverySchema), ...problems('conflict', ...READ) },
});

const allAgain = createRoute({
  method: 'post',
  path: `${path}/redeliver`,
  operationId: 'redeliverFailedWebhooks',
  tags,
  summary: 'Send again everything that failed since a time, and at once what waits for its next attempt',
  ...authorised('webhooks.write'),
  request: {
    params: endpointParams,
    body: { required: true, content: { 'application/json': { schema: redeliverFailedSchema } } },
  },
  responses: {
    202: json('How many are sent again', z.strictObject({ count: z.int() }).meta({ id: 'Redelivered' })),
    ...problems('malformed-request', 'conflict', 'body-too-large', 'unsupported-media-type', ...READ),
  },
});

const ping = createRoute({
  method: 'post',
  path: `${path}/ping`,
  operationId: 'pingWebhookEndpoint',
  tags,
  summary: 'Send a `webhook.ping` now, once, and see what the receiver answers',
  ...authorised('webhooks.write'),
  request: { params: endpointParams },
  responses: { 200: json('The delivery', webhookDeliverySchema), ...problems(...READ) },
});

export function webhookDeliveryRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { limit, cursor, state } = c.req.valid('query');
    const input = {
      state: state ?? null,
      before: cursor === undefined ? null : decodeCursor(idSchema('webhookDelivery'), cursor),
      limit: limit + 1,
    };
    const call = { requestId: c.get('requestId') };
    const found = await ports(c.env).endpoint(c.req.valid('param').id, (object) =>
      object.deliveries(call, input),
    );
    if (found === null) throw endpointProblem({ code: 'not_found' });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = last !== undefined && found.length > limit ? encodeCursor(last.id) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(read, async (c) => {
    const { id, deliveryId } = c.req.valid('param');
    const call = { requestId: c.get('requestId') };
    const delivery = await ports(c.env).endpoint(id, (object) => object.delivery(call, deliveryId));
    if (delivery === null) throw endpointProblem({ code: 'delivery_not_found' });
    return c.json(delivery, 200);
  });
  app.openapi(again, async (c) => {
    const { id, deliveryId } = c.req.valid('param');
    const call = { requestId: c.get('requestId') };
    const done = await ports(c.env).endpoint(id, (object) => object.redeliver(call, deliveryId));
    return c.json(valueOf(done), 202);
  });
  app.openapi(allAgain, async (c) => {
    const since = Date.parse(c.req.valid('json').since);
    const call = { requestId: c.get('requestId') };
    const done = await ports(c.env).endpoint(c.req.valid('param').id, (object) =>
      object.redeliverFailed(call, since),
    );
    return c.json({ count: valueOf(done) }, 202);
  });
  app.openapi(ping, async (c) => {
    const call = { requestId: c.get('requestId') };
    const sent = await ports(c.env).endpoint(c.req.valid('param').id, (object) => object.ping(call));
    return c.json(valueOf(sent), 200);
  });
}
