import { createRoute, z } from '@hono/zod-openapi';
import { productPageSchema } from '#shared/contracts/http/products.ts';
import { productKindSchema, productStatusSchema } from '#shared/domain/product.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { AMOUNT_MAX_MINOR_UNITS, type Currency, currencySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';
import { SEARCH_LENGTH_MAX } from '../limits.ts';
import { type ListPosition, listProducts, type ProductSort } from '../usecases/list-products.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsAsOperator } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';

/** Prices are compared in this currency when none is named. */
const DEFAULT_CURRENCY: Currency = 'EUR';

const sortSchema = z.enum(['relevance', 'newest', 'price', '-price', 'title']);
const amountSchema = z.coerce.number().int().min(0).max(AMOUNT_MAX_MINOR_UNITS);
const querySchema = z
  .strictObject({
    ...pageQuerySchema.shape,
    ...localeQuery,
    q: z.string().max(SEARCH_LENGTH_MAX).optional().openapi({
      description: 'Words that must all occur, in any order and form; the last may be a beginning',
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
    sort: sortSchema.optional().openapi({ description: 'Default: relevance with `q`, else newest' }),
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
    const q = query.q?.trim() ?? '';
    const sort = sortOf(query.sort, q);
    const needsCurrency =
      query.priceMin !== undefined || query.priceMax !== undefined || sort === 'price' || sort === '-price';
    const page = await listProducts(
      ports(c),
      {
        q: q === '' ? null : q,
        status: query.status ?? 'published',
        kind: query.kind ?? null,
        collection: query.collection ?? null,
        tag: query.tag ?? null,
        vendor: query.vendor ?? null,
        currency: query.currency ?? (needsCurrency ? DEFAULT_CURRENCY : null),
        priceMin: query.priceMin ?? null,
        priceMax: query.priceMax ?? null,
        availableOnly: query.available ?? false,
        sort,
        after: query.cursor === undefined ? null : position(query.cursor, sort),
        limit: query.limit,
      },
      wantedLocales(c, query.locale),
      operator,
    );
    const next = page.next === null ? null : encodeCursor({ sort, ...page.next });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return conditionalJson(c, { items: page.items, next }, { operator, tags: ['products'] });
  });
}

/** Relevance without words is no order at all. */
const sortOf = (wanted: ProductSort | undefined, q: string): ProductSort =>
  q === '' && (wanted ?? 'relevance') === 'relevance' ? 'newest' : (wanted ?? 'relevance');

const textKey = z.string().max(300);
const positionSchemas: Record<ProductSort, z.ZodType<string | number>> = {
  relevance: z.number(),
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
