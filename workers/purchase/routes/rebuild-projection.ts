import { createRoute, z } from '@hono/zod-openapi';
import { DIRECTORY_SHARDS } from '#objects/order-directory/face.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor } from '#shared/http/cursor.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { rebuildProjection } from '../usecases/rebuild-projection.ts';

const LIMIT = { max: 200, default: 100 } as const;

const bodySchema = z
  .strictObject({
    cursor: z.string().min(1).max(500).optional(),
    limit: z.int().min(1).max(LIMIT.max).default(LIMIT.default),
  })
  .meta({ id: 'RebuildProjection' });
const answerSchema = z
  .strictObject({
    projected: z.int(),
    /** Orders that could not be asked: run it again. */
    failed: z.array(idSchema('order')),
    next: z.string().nullable(),
  })
  .meta({ id: 'ProjectionRebuilt' });
const positionSchema = z.strictObject({
  shard: z
    .int()
    .min(0)
    .max(DIRECTORY_SHARDS - 1),
  after: idSchema('order').nullable(),
});

const route = createRoute({
  method: 'post',
  path: '/v1/orders/projection/rebuild',
  operationId: 'rebuildOrderProjection',
  tags: ['Operations'],
  summary: 'Make lists of orders anew from the orders themselves, a part at a time',
  description:
    'Repeat with `cursor` = `next` until it is null. Safe at any time, twice, and while orders change. `npm run rebuild:orders` does all of it.',
  ...authorised('orders.operate'),
  request: { body: { required: true, content: { 'application/json': { schema: bodySchema } } } },
  responses: {
    200: json('What this part did', answerSchema),
    ...problems(
      'malformed-request',
      'invalid-cursor',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function rebuildProjectionRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { cursor, limit } = c.req.valid('json');
    const from = cursor === undefined ? { shard: 0, after: null } : decodeCursor(positionSchema, cursor);
    const call = { requestId: c.get('requestId') };
    const { next, ...done } = await rebuildProjection(ports(c.env), call, { from, limit });
    return c.json({ ...done, next: next === null ? null : encodeCursor(next) }, 200);
  });
}
