import { createRoute } from '@hono/zod-openapi';
import { shardName } from '#objects/stock/name.ts';
import {
  STOCK_SHARDS_MAX,
  stockMovementPageSchema,
  stockPageSchema,
  stockSkuSchema,
} from '#shared/contracts/http/stock.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { z } from 'zod';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { stockProblem } from '../stock-problem.ts';
import { READ, stockParams, tags } from './stock-request.ts';

const list = createRoute({
  method: 'get',
  path: '/v1/stock',
  operationId: 'listStock',
  tags,
  summary: 'Stock of all SKUs by SKU, or only what is low, on backorder or out; moments old',
  ...authorised('stock.read'),
  request: { query: pageQuerySchema.extend({ low: z.enum(['true', 'false']).optional() }) },
  responses: { 200: json('A page of SKUs', stockPageSchema), ...problems('invalid-cursor', ...READ) },
});

const movements = createRoute({
  method: 'get',
  path: '/v1/stock/{sku}/movements',
  operationId: 'listStockMovements',
  tags,
  summary: 'The ledger of a SKU, newest first: what moved where, for which order, by whom and why',
  description:
    'A shard has a ledger of its own, named by `shard`; units lent to it and returned by it are in both. Kept for 400 days and 50,000 entries.',
  ...authorised('stock.read'),
  request: {
    params: stockParams,
    query: pageQuerySchema.extend({
      shard: z.coerce
        .number()
        .int()
        .min(0)
        .max(STOCK_SHARDS_MAX - 1)
        .optional(),
    }),
  },
  responses: {
    200: json('A page of movements', stockMovementPageSchema),
    ...problems('invalid-cursor', 'not-found', ...READ),
  },
});

export function listStockRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { limit, cursor, low } = c.req.valid('query');
    const found = await c.env.CATALOGUE.listStock(
      { requestId: c.get('requestId') },
      {
        scarceOnly: low === 'true',
        after: cursor === undefined ? '' : decodeCursor(stockSkuSchema, cursor),
        limit: limit + 1,
      },
    );
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = last !== undefined && found.length > limit ? encodeCursor(last.sku) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(movements, async (c) => {
    const { sku } = c.req.valid('param');
    const { limit, cursor, shard } = c.req.valid('query');
    const before = cursor === undefined ? null : decodeCursor(z.int().min(1), cursor);
    const object = shard === undefined ? sku : shardName(sku, shard);
    const found = await ports(c.env).stock(object, (stock) =>
      stock.movements({ requestId: c.get('requestId') }, { before, limit: limit + 1 }),
    );
    if (found === null) throw stockProblem({ code: 'not_found' });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = last !== undefined && found.length > limit ? encodeCursor(last.sequence) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
