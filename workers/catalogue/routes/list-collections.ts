import { createRoute, z } from '@hono/zod-openapi';
import { collectionPageSchema } from '#shared/contracts/http/products.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { listCollections } from '../usecases/list-collections.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsAsOperator, readsFresh } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';
import { idSchema } from '#shared/ids/ids.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/collections',
  operationId: 'listCollections',
  tags: ['Catalogue'],
  summary: 'Lists collections by handle',
  ...open('the catalogue is public'),
  request: {
    query: z.strictObject({
      ...pageQuerySchema.shape,
      ...localeQuery,
      parentId: idSchema('collection')
        .optional()
        .openapi({ description: 'Only the children of this collection' }),
    }),
  },
  responses: {
    200: json('A page of collections', collectionPageSchema),
    304: { description: 'The client has this page already' },
    ...problems('invalid-cursor', 'validation-failed'),
  },
});

const positionSchema = z.strictObject({ handle: z.string().max(200) });

export function listCollectionsRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { limit, cursor, locale, parentId } = c.req.valid('query');
    const after = cursor === undefined ? '' : decodeCursor(positionSchema, cursor).handle;
    const isPrivate = readsFresh(c, await readsAsOperator(c));
    const page = await listCollections(
      ports(c),
      { after, limit, parentId },
      wantedLocales(c, locale),
      isPrivate,
    );
    const next = page.next === null ? null : encodeCursor({ handle: page.next });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return conditionalJson(c, { items: page.items, next }, { isPrivate, tags: ['collections'] });
  });
}
