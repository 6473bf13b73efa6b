import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { rebuildSearch } from '../usecases/rebuild-search.ts';
import { performOwed, ports } from './context.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/products/rebuild-search',
  operationId: 'rebuildSearch',
  tags: ['Operations'],
  summary: 'Makes lists and search anew from the catalogue, in the background; safe to repeat',
  ...authorised('products.write'),
  responses: {
    202: json('It has begun', z.strictObject({ products: z.int() }).meta({ id: 'SearchRebuild' })),
    ...problems('unauthenticated', 'forbidden'),
  },
});

export function rebuildSearchRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const products = await rebuildSearch(ports(c));
    c.executionCtx.waitUntil(performOwed(c));
    return c.json({ products }, 202);
  });
}
