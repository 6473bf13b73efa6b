import { createRoute, z } from '@hono/zod-openapi';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { retryOrder } from '../usecases/command-order.ts';
import { entityTag } from './entity-tag.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/orders/{id}/retry',
  operationId: 'retryOrder',
  tags: ['Orders'],
  summary: 'Give an order in `needs_operator` another round',
  ...authorised('orders.operate'),
  request: { params: z.object({ id: idSchema('order') }) },
  responses: {
    200: json('The order, going on where it stopped', orderSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'validation-failed'),
  },
});

export function retryOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const order = await retryOrder(ports(c.env), { requestId: c.get('requestId') }, id);
    if (!order.ok) throw toProblem(order.error);
    c.header('etag', entityTag(order.value));
    return c.json(order.value, 200);
  });
}
