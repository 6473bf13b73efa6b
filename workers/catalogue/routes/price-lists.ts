import { createRoute, z } from '@hono/zod-openapi';
import {
  PRICE_LIST_ENTRIES_MAX,
  priceListChangePageSchema,
  priceListEntriesSchema,
  priceListEntryPageSchema,
  priceListInputSchema,
  priceListSchema,
} from '#shared/contracts/http/pricing-rules.ts';
import { assertNever } from '#shared/domain/result.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
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
const changePositionSchema = z.strictObject({ version: z.int(), id: z.int() });
const NO_SUCH_LIST = { slug: 'not-found', detail: 'There is no such price list.' } as const;

const write = createRoute({
  method: 'put',
  path: '/v1/price-lists/{id}/entries',
  operationId: 'writePriceListEntries',
  tags,
  summary: 'Writes and takes out prices of a list, all or none. Safe to repeat',
  description: `At most ${PRICE_LIST_ENTRIES_MAX} of each in one request; the others of the list stay as they are. What it changes is a new version of the list; what is as stated already is none, and needs no present ETag.`,
  ...authorised('pricing.write'),
  request: {
    params,
    headers: z.object(ifMatchHeader('the price list')),
    body: { required: true, content: { 'application/json': { schema: priceListEntriesSchema } } },
  },
  responses: {
    204: { description: 'They are as stated; `ETag` is that of the list' },
    ...problems(
      'malformed-request',
      'not-found',
      'precondition-failed',
      'precondition-required',
      'body-too-large',
      'unsupported-media-type',
      ...REFUSED,
    ),
  },
});
const list = createRoute({
  method: 'get',
  path: '/v1/price-lists/{id}/entries',
  operationId: 'listPriceListEntries',
  tags,
  summary: 'Lists the prices of a list, by variant and quantity; `ETag` is that of the list',
  ...authorised('pricing.read'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('A page of prices', priceListEntryPageSchema),
    ...problems('not-found', 'invalid-cursor', ...REFUSED),
  },
});
const history = createRoute({
  method: 'get',
  path: '/v1/price-lists/{id}/changes',
  operationId: 'listPriceListChanges',
  tags,
  summary: 'Who changed what of a price list and its prices, and when: from what to what, newest first',
  ...authorised('pricing.read'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('A page of changes', priceListChangePageSchema),
    ...problems('not-found', 'invalid-cursor', ...REFUSED),
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
    const { catalogue, clock, author } = ports(c);
    const done = await catalogue.writeEntries({
      priceListId: c.req.valid('param').id,
      readVersion: versionToMatch(c.req.valid('header')['if-match'], 'the price list'),
      wanted,
      actorId: author.actorId ?? '',
      nowMs: clock.now(),
    });
    switch (done.outcome) {
      case 'as_stated':
        c.header('etag', entityTag(done));
        return c.body(null, 204);
      case 'unknown_list':
        throw new Problem(NO_SUCH_LIST);
      case 'changed_meanwhile':
        throw new Problem({
          slug: 'precondition-failed',
          detail: 'The list has changed meanwhile: read its prices again and send the new ETag as If-Match.',
        });
      case 'unknown_variants':
        throw new Problem({
          slug: 'validation-failed',
          detail: 'See `errors` for each field.',
          errors: wanted.entries.flatMap(({ variantId }, index) =>
            done.ids.includes(variantId)
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
      default:
        return assertNever(done);
    }
  });
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after =
      cursor === undefined ? { variantId: '', quantityMin: 0 } : decodeCursor(positionSchema, cursor);
    const page = { priceListId: c.req.valid('param').id, after, limit: limit + 1 };
    const found = await ports(c).catalogue.entries(page);
    if (found === null) throw new Problem(NO_SUCH_LIST);
    const items = found.items.slice(0, limit);
    const last = items.at(-1);
    const next =
      last === undefined || found.items.length <= limit
        ? null
        : encodeCursor({ variantId: last.variantId, quantityMin: last.quantityMin });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    c.header('etag', entityTag(found));
    return c.json({ items, next }, 200);
  });
  app.openapi(history, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const before =
      cursor === undefined
        ? { version: Number.MAX_SAFE_INTEGER, id: 0 }
        : decodeCursor(changePositionSchema, cursor);
    const found = await ports(c).catalogue.priceListChanges({
      priceListId: c.req.valid('param').id,
      before,
      limit: limit + 1,
    });
    if (found === null) throw new Problem(NO_SUCH_LIST);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next = last === undefined || found.length <= limit ? null : encodeCursor({ ...last.position });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.map(({ change }) => change), next }, 200);
  });
}
