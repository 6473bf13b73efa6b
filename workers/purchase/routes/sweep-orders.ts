import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { sweepOrders } from '../usecases/sweep-orders.ts';

const answerSchema = z
  .strictObject({
    /** Orders that had not moved for long. */
    nudged: z.int(),
    /** Orders that lists had lost. */
    restored: z.int(),
    /** True: run it again for the rest. */
    more: z.boolean(),
  })
  .meta({ id: 'OrdersSwept' });

const route = createRoute({
  method: 'post',
  path: '/v1/orders/sweep',
  operationId: 'sweepOrders',
  tags: ['Operations'],
  summary: 'Nudge orders that stand still, as the clock does each minute; safe at any time and twice at once',
  ...authorised('orders.operate'),
  responses: {
    200: json('What was found', answerSchema),
    ...problems('unauthenticated', 'forbidden'),
  },
});

export function sweepOrdersRoute(app: App<Env>): void {
  app.openapi(route, async (c) =>
    c.json(await sweepOrders(ports(c.env), c.get('requestId'), systemClock.now()), 200),
  );
}
