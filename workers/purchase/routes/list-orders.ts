import { createRoute } from '@hono/zod-openapi';
import { orderPageSchema, orderStateSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { readerOf } from './asker.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/orders',
  operationId: 'listOrders',
  tags: ['Orders'],
  summary: 'Orders, newest first: one’s own, or every one for staff',
  ...authorised('orders.read', 'orders.read_all'),
  request: {
    query: pageQuerySchema.extend({
      state: orderStateSchema.optional(),
      /** For staff; a customer sees only their own orders. */
      customerId: idSchema('user').optional(),
    }),
  },
  responses: {
    200: json('A page of orders', orderPageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function listOrdersRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { limit, cursor, state, customerId } = c.req.valid('query');
    const asker = readerOf(c.get('actor'));
    if (!asker.seesAll && customerId !== undefined && customerId !== asker.userId) {
      throw new Problem({ slug: 'forbidden', detail: 'Only staff list the orders of others.' });
    }
    const found = await ports(c.env).listOrders({
      customerId: asker.seesAll ? (customerId ?? null) : asker.userId,
      state: state ?? null,
      before: cursor === undefined ? null : decodeCursor(idSchema('order'), cursor),
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = last !== undefined && found.length > limit ? encodeCursor(last.id) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
