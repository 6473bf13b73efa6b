import { createRoute, z } from '@hono/zod-openapi';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { readOrder } from '../usecases/read-order.ts';
import { readerOf } from './asker.ts';
import { entityTag, matches } from '#shared/http/entity-tag.ts';
import { shownTo } from './shown-order.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/orders/{id}',
  operationId: 'getOrder',
  tags: ['Orders'],
  summary: 'One order, as it is now',
  ...authorised('orders.read', 'orders.read_all'),
  request: {
    params: z.object({ id: idSchema('order') }),
    headers: z.object({ 'if-none-match': z.string().max(1000).optional() }),
  },
  responses: {
    200: json('The order; `ETag` is its version', orderSchema),
    304: { description: 'It has not changed' },
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function readOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const call = { requestId: c.get('requestId') };
    const order = await readOrder(ports(c.env), call, readerOf(c.get('actor')), id);
    if (!order.ok) throw toProblem(order.error);
    const tag = entityTag(order.value);
    c.header('etag', tag);
    c.header('cache-control', 'private, no-cache');
    if (matches(c.req.valid('header')['if-none-match'], tag)) return c.body(null, 304);
    return c.json(shownTo(c.get('actor'), order.value), 200);
  });
}
