import { createRoute, z } from '@hono/zod-openapi';
import { stockLevelSchema } from '#shared/contracts/http/stock.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';

const params = z.object({ sku: z.string().min(1).max(100) });

const read = createRoute({
  method: 'get',
  path: '/v1/stock/{sku}',
  operationId: 'getStock',
  tags: ['Stock'],
  summary: 'Stock of one SKU, as it is now',
  ...authorised('stock.read'),
  request: { params },
  responses: {
    200: json('The level', stockLevelSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

const write = createRoute({
  method: 'put',
  path: '/v1/stock/{sku}',
  operationId: 'setStock',
  tags: ['Stock'],
  summary: 'Set how many units are on hand, after a count for instance',
  ...authorised('stock.write'),
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({ onHand: z.int().min(0).max(1_000_000_000) }).meta({ id: 'SetStock' }),
        },
      },
    },
  },
  responses: {
    200: json('The new level', stockLevelSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function stockRoutes(app: App<Env>): void {
  app.openapi(read, async (c) => {
    const { sku } = c.req.valid('param');
    const level = await ports(c.env).stock(sku, (stock) => stock.level({ requestId: c.get('requestId') }));
    if (level === null)
      throw new Problem({ slug: 'not-found', detail: 'No stock was ever declared for it.' });
    return c.json(level, 200);
  });
  app.openapi(write, async (c) => {
    const { sku } = c.req.valid('param');
    const { onHand } = c.req.valid('json');
    const call = { requestId: c.get('requestId') };
    const level = await ports(c.env).stock(sku, (stock) => stock.setOnHand(call, { sku, onHand }));
    if (!level.ok) throw new Problem({ slug: 'conflict', detail: level.error.code });
    return c.json(level.value, 200);
  });
}
