import { createRoute } from '@hono/zod-openapi';
import type { Commanded, StockError } from '#objects/stock/face.ts';
import {
  restockSchema,
  type StockLevel,
  stockLevelSchema,
  transferSchema,
} from '#shared/contracts/http/stock.ts';
import type { Result } from '#shared/domain/result.ts';
import type { App, AppEnv } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Context } from 'hono';
import { z } from 'zod';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { stockProblem } from '../stock-problem.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { bodyOf, stockParams, stockTag, tags, WRITE } from './stock-request.ts';

const headers = z.object({ 'idempotency-key': idempotencyKey() });
const ANSWER = 'The new level; `Idempotent-Replayed: true` marks a repeated answer';

const restock = createRoute({
  method: 'post',
  path: '/v1/stock/{sku}/restock',
  operationId: 'restock',
  tags,
  summary: 'Add units that have arrived',
  description:
    'Orders that wait for units on backorder get them first, those who came first before the others.',
  ...authorised('stock.write'),
  request: { params: stockParams, headers, body: bodyOf(restockSchema) },
  responses: {
    200: json(ANSWER, stockLevelSchema),
    ...problems('not-found', 'idempotency-key-reused', ...WRITE),
  },
});

const transfer = createRoute({
  method: 'post',
  path: '/v1/stock/{sku}/transfer',
  operationId: 'transferStock',
  tags,
  summary: 'Move free units from one location to another',
  ...authorised('stock.write'),
  request: { params: stockParams, headers, body: bodyOf(transferSchema) },
  responses: {
    200: json(ANSWER, stockLevelSchema),
    ...problems('not-found', 'out-of-stock', 'idempotency-key-reused', ...WRITE),
  },
});

export function stockMoveRoutes(app: App<Env>): void {
  app.openapi(restock, async (c) => {
    const { sku } = c.req.valid('param');
    const { reason = null, ...wanted } = c.req.valid('json');
    const input = { sku, reason, ...wanted, ...askedBy(c) };
    const done = await ports(c.env).stock(sku, (stock) =>
      stock.restock({ requestId: c.get('requestId') }, input),
    );
    const { level, headers: told } = answered(done);
    return c.json(level, 200, told);
  });
  app.openapi(transfer, async (c) => {
    const { sku } = c.req.valid('param');
    const { reason = null, ...wanted } = c.req.valid('json');
    const input = { sku, reason, ...wanted, ...askedBy(c) };
    const done = await ports(c.env).stock(sku, (stock) =>
      stock.transfer({ requestId: c.get('requestId') }, input),
    );
    const { level, headers: told } = answered(done);
    return c.json(level, 200, told);
  });
}

/** A key is of the one who sends it. */
function askedBy(c: Context<AppEnv<Env>>): { key: string; by: string } {
  const by = c.get('actor').userId;
  return { key: `${by}:${c.req.header('idempotency-key') ?? ''}`, by };
}

function answered(done: Result<Commanded, StockError>): {
  level: StockLevel;
  headers: Record<string, string>;
} {
  if (!done.ok) throw stockProblem(done.error);
  const { level, replayed } = done.value;
  return {
    level,
    headers: { etag: stockTag(level), ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
  };
}
