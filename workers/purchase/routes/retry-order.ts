import { createRoute, z } from '@hono/zod-openapi';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { retryOrder } from '../usecases/command-order.ts';
import { COMMAND_PROBLEMS, commandHeaders, commandOf, toldOrder } from './order-command.ts';

const bodySchema = z
  .strictObject({
    effect: z.string().min(1).max(300).optional().meta({
      description:
        'Key of one effect that was given up (see `getOrderEffects`); absent: everything outstanding',
    }),
  })
  .meta({ id: 'RetryOrder' });

const route = createRoute({
  method: 'post',
  path: '/v1/orders/{id}/retry',
  operationId: 'retryOrder',
  tags: ['Orders'],
  summary: 'Give an order in `needs_operator` another round',
  ...authorised('orders.operate'),
  request: {
    headers: commandHeaders,
    params: z.object({ id: idSchema('order') }),
    body: { required: false, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: {
    200: json('The order, going on where it stopped', orderSchema),
    ...problems(...COMMAND_PROBLEMS),
  },
});

export function retryOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { effect = null } = c.req.valid('json');
    const command = commandOf(c.req.valid('param').id, c.get('actor'), c.req.valid('header'), { effect });
    return toldOrder(c, await retryOrder(ports(c.env), { requestId: c.get('requestId') }, command));
  });
}
