import { createRoute } from '@hono/zod-openapi';
import { searchRebuildSchema } from '#shared/contracts/http/search.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { rebuildIndex } from '../usecases/rebuild-index.ts';
import { ports } from './context.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/search/rebuild',
  operationId: 'rebuildSearchIndex',
  tags: ['Operations'],
  summary: 'Builds the next part of a new search index beside the one that serves',
  description:
    'Call it until `done`: then the new one serves. Goes on where the last call ended, whoever made it; safe to repeat, and while products change.',
  ...authorised('products.write'),
  responses: {
    200: json('How far it is', searchRebuildSchema),
    ...problems('unauthenticated', 'forbidden'),
  },
});

export function rebuildIndexRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const part = await rebuildIndex(ports(c), true);
    return c.json(part ?? { generation: 0, products: 0, failed: [], done: true }, 200);
  });
}
