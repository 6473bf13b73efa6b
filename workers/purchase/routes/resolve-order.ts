import { createRoute, z } from '@hono/zod-openapi';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { resolveOrder } from '../usecases/command-order.ts';
import { COMMAND_PROBLEMS, commandHeaders, commandOf, toldOrder } from './order-command.ts';

const bodySchema = z
  .strictObject({
    as: z.enum(['completed', 'cancelled', 'refunded']),
    reason: z.string().trim().min(1).max(300).meta({ description: 'The customer reads it too' }),
    confirm: z.string().min(1).max(300).optional().meta({
      description: '`code` of the difference that was seen (see `getOrderEffects`); needed when there is one',
    }),
  })
  .meta({ id: 'ResolveOrder' });

const route = createRoute({
  method: 'post',
  path: '/v1/orders/{id}/resolve',
  operationId: 'resolveOrder',
  tags: ['Orders'],
  summary: 'End an order in `needs_operator` by hand',
  description:
    'For what was put right outside: the order ends as told, with who and why in its timeline, and nothing of it is tried again. When money, deliveries and stock would not fit, the answer is 409 with the difference, until it is confirmed.',
  ...authorised('orders.resolve'),
  request: {
    headers: commandHeaders,
    params: z.object({ id: idSchema('order') }),
    body: { required: true, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: {
    200: json('The order, ended', orderSchema),
    ...problems(...COMMAND_PROBLEMS, 'difference-unconfirmed', 'step-up-required'),
  },
});

export function resolveOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { as, reason, confirm = null } = c.req.valid('json');
    const input = { as, text: reason, confirm };
    const command = commandOf(c.req.valid('param').id, c.get('actor'), c.req.valid('header'), input);
    return toldOrder(c, await resolveOrder(ports(c.env), { requestId: c.get('requestId') }, command));
  });
}
