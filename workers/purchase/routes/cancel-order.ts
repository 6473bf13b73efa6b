import { createRoute, z } from '@hono/zod-openapi';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { cancelOrder } from '../usecases/command-order.ts';
import { operatorOf } from './asker.ts';
import { COMMAND_PROBLEMS, commandHeaders, commandOf, toldOrder } from './order-command.ts';

const bodySchema = z
  .strictObject({
    reason: z.string().trim().min(1).max(300).optional().meta({ description: 'The customer reads it too' }),
    keep: z.enum(['nothing', 'delivered']).optional().meta({
      description:
        'For operators: undo everything (the default), or keep what was delivered and end. A customer always keeps it.',
    }),
  })
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
    headers: commandHeaders,
    params: z.object({ id: idSchema('order') }),
    body: { required: false, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: {
    200: json('The order, being undone or cancelled already', orderSchema),
    ...problems(...COMMAND_PROBLEMS),
  },
});

export function cancelOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { reason = null, keep } = c.req.valid('json');
    const actor = c.get('actor');
    const command = commandOf(c.req.valid('param').id, actor, c.req.valid('header'), { text: reason, keep });
    const call = { requestId: c.get('requestId') };
    return toldOrder(c, await cancelOrder(ports(c.env), call, operatorOf(actor), command));
  });
}
