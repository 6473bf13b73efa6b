import { createRoute, z } from '@hono/zod-openapi';
import { orderEffectsSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { readEffects } from '../usecases/command-order.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/orders/{id}/effects',
  operationId: 'getOrderEffects',
  tags: ['Orders'],
  summary: 'What an order has under way and what it gave up',
  description:
    'Each effect with its attempts, its last error and what it carries; and, when a person is asked, what would not fit for each end the order could be given by hand.',
  ...authorised('orders.operate'),
  request: { params: z.object({ id: idSchema('order') }) },
  responses: {
    200: json('The effects, oldest first', orderEffectsSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function readEffectsRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const effects = await readEffects(ports(c.env), { requestId: c.get('requestId') }, id);
    if (!effects.ok) throw toProblem(effects.error);
    return c.json(effects.value, 200);
  });
}
