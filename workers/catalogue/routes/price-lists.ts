import { createRoute, z } from '@hono/zod-openapi';
import {
  PRICE_LIST_ENTRIES_MAX,
  priceListEntriesSchema,
  priceListEntryPageSchema,
  priceListInputSchema,
  priceListSchema,
} from '#shared/contracts/http/pricing-rules.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { ruleRoutes } from '#shared/rules/rule-routes.ts';
import { PRICE_LISTS } from '../domain/price-list-kind.ts';
import type { Env } from '../env.ts';
import { ports } from './context.ts';

const tags = ['Pricing'];
const params = z.object({ id: idSchema('priceList') });
const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const positionSchema = z.strictObject({ variantId: z.string().max(100), quantityMin: z.int() });

const write = createRoute({
  method: 'put',
  path: '/v1/price-lists/{id}/entries',
  operationId: 'writePriceListEntries',
  tags,
  summary: 'Writes and takes out prices of a list, all or none. Safe to repeat',
  description: `At most ${PRICE_LIST_ENTRIES_MAX} of each in one request; the others of the list stay as they are.`,
  ...authorised('pricing.write'),
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: priceListEntriesSchema } } },
  },
  responses: {
    204: { description: 'They are as stated' },
    ...problems('malformed-request', 'not-found', 'body-too-large', 'unsupported-media-type', ...REFUSED),
  },
});
const list = createRoute({
  method: 'get',
  path: '/v1/price-lists/{id}/entries',
  operationId: 'listPriceListEntries',
  tags,
  summary: 'Lists the prices of a list, by variant and quantity',
  ...authorised('pricing.read'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('A page of prices', priceListEntryPageSchema),
    ...problems('invalid-cursor', ...REFUSED),
  },
});

/** Price lists and what is in them. Orders are priced by them from the moment they are written. */
export function priceListRoutes(app: App<Env>): void {
  ruleRoutes(app, {
    path: '/v1/price-lists',
    tag: 'Pricing',
    name: 'PriceList',
    words: 'a price list',
    idKind: 'priceList',
    input: priceListInputSchema,
    view: priceListSchema,
    kind: PRICE_LISTS,
    database: (env) => env.CATALOGUE_DB,
    permissions: { read: 'pricing.read', write: 'pricing.write' },
  });
  app.openapi(write, async (c) => {
    const wanted = c.req.valid('json');
    const { catalogue, clock } = ports(c);
    const unknown = await catalogue.writeEntries(c.req.valid('param').id, wanted, clock.now());
    if (unknown === null) throw new Problem({ slug: 'not-found', detail: 'There is no such price list.' });
    if (unknown.length > 0) {
      throw new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: wanted.entries.flatMap(({ variantId }, index) =>
          unknown.includes(variantId)
            ? [
                {
                  in: 'body' as const,
                  pointer: `/entries/${index}/variantId`,
                  detail: 'is not a variant we know',
                },
              ]
            : [],
        ),
      });
    }
    return c.body(null, 204);
  });
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after =
      cursor === undefined ? { variantId: '', quantityMin: 0 } : decodeCursor(positionSchema, cursor);
    const page = { priceListId: c.req.valid('param').id, after, limit: limit + 1 };
    const found = await ports(c).catalogue.entries(page);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next =
      last === undefined || found.length <= limit
        ? null
        : encodeCursor({ variantId: last.variantId, quantityMin: last.quantityMin });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
