import { createRoute } from '@hono/zod-openapi';
import { countStockSchema, stockLevelSchema, stockSettingsSchema } from '#shared/contracts/http/stock.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { z } from 'zod';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { stockProblem } from '../stock-problem.ts';
import { ifMatchHeader, matches, versionToMatch } from '#shared/http/entity-tag.ts';
import { bodyOf, READ, stockParams, stockTag, tags, WRITE } from './stock-request.ts';

const path = '/v1/stock/{sku}';

const read = createRoute({
  method: 'get',
  path,
  operationId: 'getStock',
  tags,
  summary: 'Stock of one SKU: over all locations and shards',
  ...authorised('stock.read'),
  request: { params: stockParams },
  responses: {
    200: json('The level', stockLevelSchema),
    304: { description: 'Not changed since the ETag in `If-None-Match`' },
    ...problems('not-found', ...READ),
  },
});

const write = createRoute({
  method: 'put',
  path,
  operationId: 'setStock',
  tags,
  summary: 'Set how many units are on hand, after a count for instance',
  description:
    'Units held for orders are part of the count. Safe to repeat. A SKU nobody has declared comes to be by it.',
  ...authorised('stock.write'),
  request: { params: stockParams, body: bodyOf(countStockSchema) },
  responses: { 200: json('The new level', stockLevelSchema), ...problems(...WRITE) },
});

const change = createRoute({
  method: 'patch',
  path,
  operationId: 'changeStockSettings',
  tags,
  summary: 'Change shards, threshold, backorder or locations, if they are still as the caller read them',
  description:
    'Only what is sent changes; `locations` names all of them. More shards serve more buyers at once: each sells units lent to it by itself.',
  ...authorised('stock.configure'),
  request: {
    params: stockParams,
    headers: z.object(ifMatchHeader('the stock')),
    body: bodyOf(stockSettingsSchema),
  },
  responses: {
    200: json('The level with its new settings', stockLevelSchema),
    ...problems('not-found', 'conflict', 'precondition-failed', 'precondition-required', ...WRITE),
  },
});

export function stockRoutes(app: App<Env>): void {
  app.openapi(read, async (c) => {
    const { sku } = c.req.valid('param');
    const level = await ports(c.env).stock(sku, (stock) => stock.level({ requestId: c.get('requestId') }));
    if (level === null) throw stockProblem({ code: 'not_found' });
    const tag = stockTag(level);
    c.header('etag', tag);
    if (matches(c.req.header('if-none-match'), tag)) return c.body(null, 304);
    return c.json(level, 200);
  });
  app.openapi(write, async (c) => {
    const { sku } = c.req.valid('param');
    const { reason = null, ...counted } = c.req.valid('json');
    const input = { sku, ...counted, reason, by: c.get('actor').userId };
    const level = await ports(c.env).stock(sku, (stock) =>
      stock.setOnHand({ requestId: c.get('requestId') }, input),
    );
    if (!level.ok) throw stockProblem(level.error);
    c.header('etag', stockTag(level.value));
    return c.json(level.value, 200);
  });
  app.openapi(change, async (c) => {
    const { sku } = c.req.valid('param');
    const version = versionToMatch(c.req.valid('header')['if-match'], 'the stock');
    const input = { sku, version, settings: c.req.valid('json'), by: c.get('actor').userId };
    const level = await ports(c.env).stock(sku, (stock) =>
      stock.changeSettings({ requestId: c.get('requestId') }, input),
    );
    if (!level.ok) throw stockProblem(level.error);
    c.header('etag', stockTag(level.value));
    return c.json(level.value, 200);
  });
}
