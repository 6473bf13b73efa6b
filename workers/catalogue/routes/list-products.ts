import { createRoute, z } from '@hono/zod-openapi';
import { skuSchema } from '#shared/contracts/http/product-input.ts';
import {
  type ProductPage,
  productPageSchema,
  productSummarySchema,
} from '#shared/contracts/http/products.ts';
import { availabilitySchema, productKindSchema, productStatusSchema } from '#shared/domain/product.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';
import { NAMED_PRODUCTS_MAX, LIST_FILTERS_MAX, SEARCH_LENGTH_MAX } from '../limits.ts';
import { SORTS } from '../search/page.ts';
import { type ListPosition, listProducts, type ProductSort, readNamed } from '../usecases/list-products.ts';
import { searchProductsCached } from '../usecases/search-products.ts';
import { conditionalJson } from './conditional.ts';
import { customerGroups, ports, readsAsOperator, readsFresh, type RouteContext } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';
import { searchCursor, searchPosition } from './search-cursor.ts';
import { DEFAULT_CURRENCY, filtersOf, filtersQuery } from './search-filters.ts';
import { chosen, fieldsQuery } from './fields.ts';
import { type FacetFilter, labelOf, type ListFilters, type NumberRange } from '../domain/list-filters.ts';
import { withPrices } from '../usecases/price-products.ts';

const groupSchema = z.string().min(1).max(200);
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
    filter: filtersQuery(LIST_FILTERS_MAX)
      .optional()
      .openapi({
        description:
          'Repeatable, as in `GET /v1/search`: `attr.colour:silver`, `attr.memory:8..33`, `attr.released:2026-01-01..2026-07-01`, `type:laptops`, `option.size:XL`',
        example: ['attr.colour:silver', 'attr.memory:8..33'],
      }),
    ids: z
      .string()
      .min(1)
      .max(8_000)
      .optional()
      .openapi({
        description: `Instead of a list: these products, by id or handle, separated by commas; at most ${NAMED_PRODUCTS_MAX}`,
      }),
    sku: z
      .union([skuSchema, z.array(skuSchema).max(NAMED_PRODUCTS_MAX)])
      .optional()
      .openapi({ description: 'Repeatable, like `ids`: the products these SKUs belong to' }),
    fields: fieldsQuery(productSummarySchema),
    expand: z.enum(['price', 'variants']).optional().openapi({
      description:
        '`price`: what one unit costs now in `currency`, by price lists too, and how available it is this moment; `variants`: the same, and what each variant costs',
    }),
    group: z
      .union([groupSchema, z.array(groupSchema).max(20)])
      .optional()
      .openapi({
        description:
          'With `expand`, operators only: handles of customer groups whose price lists count. Customers ask `GET /v1/offers`',
      }),
  })
  .refine((query) => (query.ids?.split(',').length ?? 0) <= NAMED_PRODUCTS_MAX, {
    path: ['ids'],
    message: `names more than ${NAMED_PRODUCTS_MAX} products`,
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
    const needsOperator = query.group !== undefined || (query.status ?? 'published') !== 'published';
    if (needsOperator && !operator)
      throw new Problem({ slug: 'forbidden', detail: 'Needs the permission products.write.' });
    const isPrivate = readsFresh(c, operator);
    const isNamed = query.ids !== undefined || query.sku !== undefined;
    const { items, next } = isNamed
      ? { items: await named(c, query, { isOperator: operator, fresh: isPrivate }), next: null }
      : await pageOf(c, query, isPrivate);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    const ofOne = customerGroups(c);
    const groups = ofOne ?? [query.group ?? []].flat();
    const currency = query.currency ?? DEFAULT_CURRENCY;
    const isPriced = query.expand !== undefined;
    const pricing = { currency, groups, ofVariants: query.expand === 'variants' };
    const priced = isPriced ? await withPrices(ports(c), items, pricing) : items;
    return conditionalJson(
      c,
      { items: priced.map((item) => chosen(item, query.fields)), next },
      // Prices of a customer's groups are nobody else's; the products beside them are from the same caches.
      { isPrivate: isPrivate || ofOne !== null, tags: ['products', 'lists'], hasLevels: isPriced },
    );
  });
}

function named(c: RouteContext, query: Query, reader: { isOperator: boolean; fresh: boolean }) {
  const names = (query.ids ?? '').split(',').filter((name) => name !== '');
  return readNamed(
    ports(c),
    { names, skus: [query.sku ?? []].flat() },
    wantedLocales(c, query.locale),
    reader,
  );
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
      filters: listFilters(query, needsCurrency),
      sort: listed,
      after: query.cursor === undefined ? null : position(query.cursor, listed),
      limit: query.limit,
    },
    wanted,
    fresh,
  );
  return {
    items: page.items,
    next: page.next === null ? null : encodeCursor({ sort: listed, ...page.next }),
  };
}

function listFilters(query: Query, needsCurrency: boolean): ListFilters {
  const filters = filtersOf(filterTexts(query));
  const byPrice = filters.filter(({ facet }) => facet === 'price');
  const byAvailability = filters.filter(({ facet }) => facet === 'availability');
  const needed = needsCurrency || byPrice.length > 0;
  return {
    status: query.status ?? 'published',
    facets: filters
      .filter((filter) => !byPrice.includes(filter) && !byAvailability.includes(filter))
      .map(facetOf),
    availability: byAvailability.flatMap(({ values }) => values),
    currency: query.currency ?? (needed ? DEFAULT_CURRENCY : null),
    prices: byPrice.flatMap(({ ranges }) => (ranges.length === 0 ? [NO_PRICE] : ranges)),
  };
}

const ATTRIBUTE = 'attr.';
/** No price is in it. */
const NO_PRICE: NumberRange = { from: 1, to: 0 };

/** A year is what search counts days by, and may be a number as well. */
function facetOf({ facet, values, ranges }: ReturnType<typeof filtersOf>[number]): FacetFilter {
  const years = values.flatMap((value) =>
    /^\d{4}$/.test(value)
      ? [{ from: Date.parse(value), to: Date.parse(String(Number(value) + 1).padStart(4, '0')) }]
      : [],
  );
  return {
    labels: values.map((value) => labelOf(facet, value)),
    key: facet.startsWith(ATTRIBUTE) ? facet.slice(ATTRIBUTE.length) : '',
    ranges: [...ranges, ...years],
  };
}

/** What can be bought now, or ordered and delivered later. */
const BUYABLE = availabilitySchema.options.filter((each) => each !== 'out_of_stock');

/** All filters in the words of `GET /v1/search`. */
const filterTexts = (query: Query): string[] => [
  ...[query.filter ?? []].flat(),
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
