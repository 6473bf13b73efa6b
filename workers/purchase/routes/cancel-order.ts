import { createRoute, z } from '@hono/zod-openapi';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { cancelOrder } from '../usecases/command-order.ts';
import { operatorOf } from './asker.ts';
import { entityTag } from './entity-tag.ts';

const bodySchema = z
  .strictObject({ reason: z.string().trim().min(1).max(300).optional() })
  .meta({ id: 'CancelOrder' });

const route = createRoute({
  method: 'post',
  path: '/v1/orders/{id}/cancel',
  operationId: 'cancelOrder',
  tags: ['Orders'],
  summary: 'Cancel an order; safe to repeat',
  description:
    'A customer can cancel until the payment is being collected. An operator can also undo a completed order: it is taken back and refunded.',
  ...authorised('orders.cancel', 'orders.operate'),
  request: {
    params: z.object({ id: idSchema('order') }),
    body: { required: false, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: {
    200: json('The order, being undone or cancelled already', orderSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function cancelOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const call = { requestId: c.get('requestId') };
    const text = c.req.valid('json').reason ?? null;
    const order = await cancelOrder(ports(c.env), call, operatorOf(c.get('actor')), { orderId: id, text });
    if (!order.ok) throw toProblem(order.error);
    c.header('etag', entityTag(order.value));
    return c.json(order.value, 200);
  });
}
