import { createRoute, z } from '@hono/zod-openapi';
import { searchPageSchema } from '#shared/contracts/http/search.ts';
import type { App } from '#shared/http/app.ts';
import { nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { currencySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';
import { SEARCH_FILTERS_MAX, SEARCH_LENGTH_MAX } from '../limits.ts';
import { SORTS } from '../search/page.ts';
import { searchProductsCached } from '../usecases/search-products.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsAsOperator, readsFresh } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';
import { searchCursor, searchPosition } from './search-cursor.ts';
import { filtersOf, filtersQuery, DEFAULT_CURRENCY, sortOf } from './search-filters.ts';

const querySchema = z.strictObject({
  ...pageQuerySchema.shape,
  ...localeQuery,
  q: z.string().max(SEARCH_LENGTH_MAX).optional().openapi({
    description:
      'Words that must all occur, in any order and form, typos forgiven; the last may be a beginning. `"two words"` must follow each other, `-word` and `-"two words"` must not occur. Without it: everything',
  }),
  filter: filtersQuery(SEARCH_FILTERS_MAX)
    .optional()
    .openapi({
      description:
        'Repeatable: `facet:value`, or for numbers `facet:from..to` (at least `from`, below `to`, either may be left out). Values of one facet widen each other, facets narrow each other',
      example: ['vendor:Kestrel Works', 'price:1000..5000'],
    }),
  currency: currencySchema.optional().openapi({
    description: `Of prices; only products with a price in it. Default for counting: ${DEFAULT_CURRENCY}`,
  }),
  sort: z.enum(SORTS).optional().openapi({ description: 'Default: relevance with `q`, else newest' }),
  facets: z
    .stringbool()
    .default(true)
    .openapi({ type: 'boolean', description: 'Whether products are counted by facet', default: true }),
});

const route = createRoute({
  method: 'get',
  path: '/v1/search',
  operationId: 'searchProducts',
  tags: ['Catalogue'],
  summary: 'Searches published products, with facets',
  ...open('the catalogue is public'),
  request: { query: querySchema },
  responses: {
    200: json('A page of hits, and how many products there are by facet', searchPageSchema),
    304: { description: 'The client has this page already' },
    ...problems('invalid-cursor', 'validation-failed'),
  },
});

export function searchRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query');
    const isPrivate = readsFresh(c, await readsAsOperator(c));
    const q = query.q?.trim() ?? '';
    const sort = sortOf(query.sort, q);
    const { next: position, ...found } = await searchProductsCached(ports(c), {
      q: q === '' ? null : q,
      wanted: wantedLocales(c, query.locale),
      status: 'published',
      filters: filtersOf([query.filter ?? []].flat()),
      currency: query.currency ?? DEFAULT_CURRENCY,
      needsPrice: query.currency !== undefined || sort === 'price' || sort === '-price',
      sort,
      after: query.cursor === undefined ? null : searchPosition(query.cursor, sort),
      limit: query.limit,
      counted: query.facets,
      relaxed: true,
      fresh: isPrivate,
    });
    const next = position === null ? null : searchCursor(sort, position);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return conditionalJson(c, { ...found, next }, { isPrivate, tags: ['products', 'lists'] });
  });
}
