import { createRoute, z } from '@hono/zod-openapi';
import { collectionViewSchema } from '#shared/contracts/http/collections.ts';
import { productPageSchema } from '#shared/contracts/http/products.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { collectionView } from '../domain/collection-views.ts';
import type { Env } from '../env.ts';
import { BEHIND } from '../domain/member-position.ts';
import { collectionKey, listMembers, readCollection } from '../usecases/collections.ts';
import { collectionParams } from './collections.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsAsOperator, readsFresh } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';

const read = createRoute({
  method: 'get',
  path: '/v1/collections/{idOrHandle}',
  operationId: 'readCollection',
  tags: ['Catalogue'],
  summary: 'A collection with the way to it and what is right below it',
  ...open('the catalogue is public'),
  request: { params: collectionParams, query: z.strictObject(localeQuery) },
  responses: {
    200: json('The collection', collectionViewSchema),
    304: { description: 'The client has it already' },
    ...problems('not-found', 'validation-failed'),
  },
});
const list = createRoute({
  method: 'get',
  path: '/v1/collections/{idOrHandle}/products',
  operationId: 'listCollectionProducts',
  tags: ['Catalogue'],
  summary: 'Products of a collection in its own order',
  description:
    'Without those of the collections below it: `GET /v1/products?collection=` lists them all, sorted and narrowed.',
  ...open('the catalogue is public'),
  request: { params: collectionParams, query: z.strictObject({ ...pageQuerySchema.shape, ...localeQuery }) },
  responses: {
    200: json('A page of products', productPageSchema),
    304: { description: 'The client has this page already' },
    ...problems('not-found', 'invalid-cursor', 'validation-failed'),
  },
});
const positionSchema = z.strictObject({
  position: z.int().min(0).max(BEHIND),
  productId: z.string().max(60),
});
const noSuch = (): Problem => new Problem({ slug: 'not-found', detail: 'There is no such collection.' });

export function readCollectionRoutes(app: App<Env>): void {
  app.openapi(read, async (c) => {
    const wanted = wantedLocales(c, c.req.valid('query').locale);
    const isPrivate = readsFresh(c, await readsAsOperator(c));
    const found = await readCollection(ports(c), collectionKey(c.req.valid('param').idOrHandle), isPrivate);
    if (found === null) throw noSuch();
    const view = collectionView(found, wanted);
    const { version, locale } = view;
    return conditionalJson(c, view, { isPrivate, tags: ['collections'], version, locale });
  });
  app.openapi(list, async (c) => {
    const { limit, cursor, locale } = c.req.valid('query');
    const after =
      cursor === undefined ? { position: -1, productId: '' } : decodeCursor(positionSchema, cursor);
    const isPrivate = readsFresh(c, await readsAsOperator(c));
    const key = collectionKey(c.req.valid('param').idOrHandle);
    const page = await listMembers(ports(c), { key, after, limit }, wantedLocales(c, locale), isPrivate);
    if (page === null) throw noSuch();
    const next = page.next === null ? null : encodeCursor(page.next);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return conditionalJson(c, { items: page.items, next }, { isPrivate, tags: ['collections', 'lists'] });
  });
}
