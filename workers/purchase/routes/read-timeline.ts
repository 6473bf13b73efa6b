import { createRoute, z } from '@hono/zod-openapi';
import { timelineSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { readTimeline } from '../usecases/read-order.ts';
import { readerOf } from './asker.ts';

const PAGE_MAX = 500;
const sequenceSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const route = createRoute({
  method: 'get',
  path: '/v1/orders/{id}/timeline',
  operationId: 'getOrderTimeline',
  tags: ['Orders'],
  summary: 'Every step of an order with its time, oldest first',
  ...authorised('orders.read', 'orders.read_all'),
  request: {
    params: z.object({ id: idSchema('order') }),
    query: z.strictObject({
      after: sequenceSchema.default(0).openapi({ description: 'Only entries after this sequence number' }),
      limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_MAX),
    }),
  },
  responses: {
    200: json('The steps', timelineSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function readTimelineRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const call = { requestId: c.get('requestId') };
    const page = { orderId: id, ...c.req.valid('query') };
    const timeline = await readTimeline(ports(c.env), call, readerOf(c.get('actor')), page);
    if (!timeline.ok) throw toProblem(timeline.error);
    return c.json(timeline.value, 200);
  });
}
