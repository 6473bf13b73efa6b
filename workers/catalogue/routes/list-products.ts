import { createRoute, z } from '@hono/zod-openapi';
import { type ProductPage, productPageSchema } from '#shared/contracts/http/products.ts';
import { availabilitySchema, productKindSchema, productStatusSchema } from '#shared/domain/product.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';
import { SEARCH_LENGTH_MAX } from '../limits.ts';
import { SORTS } from '../search/select.ts';
import { type ListPosition, listProducts, type ProductSort } from '../usecases/list-products.ts';
import { searchProductsCached } from '../usecases/search-products.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsAsOperator, readsFresh, type RouteContext } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';
import { searchCursor, searchPosition } from './search-cursor.ts';
import { DEFAULT_CURRENCY, filtersOf } from './search-filters.ts';

const amountSchema = z.coerce.number().int().min(0).max(AMOUNT_MAX_MINOR_UNITS);
const querySchema = z
  .strictObject({
    ...pageQuerySchema.shape,
    ...localeQuery,
    q: z.string().max(SEARCH_LENGTH_MAX).optional().openapi({
      description: 'As in `GET /v1/search`, which also counts and highlights',
    }),
    kind: productKindSchema.optional(),
    collection: z.string().min(1).max(200).optional().openapi({ description: 'Handle of a collection' }),
    tag: z.string().min(1).max(255).optional(),
    vendor: z.string().min(1).max(200).optional(),
    currency: currencySchema.optional(),
    priceMin: amountSchema.optional().openapi({ description: 'Minor units' }),
    priceMax: amountSchema.optional().openapi({ description: 'Minor units' }),
    available: z
      .stringbool()
      .optional()
      .openapi({ type: 'boolean', description: 'Only what can be bought now' }),
    sort: z.enum(SORTS).optional().openapi({ description: 'Default: relevance with `q`, else newest' }),
    status: productStatusSchema.optional().openapi({ description: 'Operators only; default: published' }),
  })
  .refine(
    (query) =>
      query.priceMin === undefined || query.priceMax === undefined || query.priceMin <= query.priceMax,
    { path: ['priceMax'], message: 'must not be below priceMin' },
  );

const route = createRoute({
  method: 'get',
  path: '/v1/products',
  operationId: 'listProducts',
  tags: ['Catalogue'],
  summary: 'Lists and searches published products',
  ...open('the catalogue is public; drafts are shown to operators alone'),
  request: { query: querySchema },
  responses: {
    200: json('A page of products', productPageSchema),
    304: { description: 'The client has this page already' },
    ...problems('invalid-cursor', 'forbidden', 'validation-failed'),
  },
});

export function listProductsRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query');
    const operator = await readsAsOperator(c);
    if (query.status !== undefined && query.status !== 'published' && !operator)
      throw new Problem({ slug: 'forbidden', detail: 'Needs the permission products.write.' });
    const isPrivate = readsFresh(c, operator);
    const { items, next } = await pageOf(c, query, isPrivate);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return conditionalJson(c, { items, next }, { isPrivate, tags: ['products', 'lists'] });
  });
}

type Query = z.infer<typeof querySchema>;

/** With words from the search index, without them from the lists. */
async function pageOf(c: RouteContext, query: Query, fresh: boolean): Promise<ProductPage> {
  const q = query.q?.trim() ?? '';
  const sort = query.sort ?? 'relevance';
  const isByPrice = sort === 'price' || sort === '-price';
  const needsCurrency = query.priceMin !== undefined || query.priceMax !== undefined || isByPrice;
  const wanted = wantedLocales(c, query.locale);
  const shared = { status: query.status ?? 'published', limit: query.limit } as const;
  if (q !== '') {
    const found = await searchProductsCached(ports(c), {
      ...shared,
      q,
      wanted,
      filters: filtersOf(filterTexts(query)),
      currency: query.currency ?? DEFAULT_CURRENCY,
      needsPrice: query.currency !== undefined || needsCurrency,
      sort,
      after: query.cursor === undefined ? null : searchPosition(query.cursor, sort),
      counted: false,
      relaxed: false,
      fresh,
    });
    return {
      items: found.items.map(({ product }) => product),
      next: found.next === null ? null : searchCursor(sort, found.next),
    };
  }
  const listed = sort === 'relevance' ? 'newest' : sort;
  const page = await listProducts(
    ports(c),
    {
      ...shared,
      kind: query.kind ?? null,
      collection: query.collection ?? null,
      tag: query.tag ?? null,
      vendor: query.vendor ?? null,
      currency: query.currency ?? (needsCurrency ? DEFAULT_CURRENCY : null),
      priceMin: query.priceMin ?? null,
      priceMax: query.priceMax ?? null,
      availableOnly: query.available ?? false,
      sort: listed,
      after: query.cursor === undefined ? null : position(query.cursor, listed),
    },
    wanted,
    fresh,
  );
  return {
    items: page.items,
    next: page.next === null ? null : encodeCursor({ sort: listed, ...page.next }),
  };
}

/** What can be bought now, or ordered and delivered later. */
const BUYABLE = availabilitySchema.options.filter((each) => each !== 'out_of_stock');

/** The named filters in the words of `GET /v1/search`. */
const filterTexts = (query: Query): string[] => [
  ...(['kind', 'collection', 'tag', 'vendor'] as const).flatMap((facet) =>
    query[facet] === undefined ? [] : [`${facet}:${query[facet]}`],
  ),
  ...(query.available === true ? BUYABLE.map((each) => `availability:${each}`) : []),
  ...(query.priceMin === undefined && query.priceMax === undefined
    ? []
    : [`price:${query.priceMin ?? ''}..${query.priceMax === undefined ? '' : query.priceMax + 1}`]),
];

const textKey = z.string().max(300);
const positionSchemas: Record<ProductSort, z.ZodType<string | number>> = {
  newest: textKey,
  price: z.int(),
  '-price': z.int(),
  title: textKey,
};

/** A cursor goes on in the order it was made for. */
function position(cursor: string, sort: ProductSort): ListPosition {
  const schema = z.strictObject({
    sort: z.literal(sort),
    key: positionSchemas[sort],
    id: z.string().max(50),
  });
  const { key, id } = decodeCursor(schema, cursor);
  return { key, id };
}
