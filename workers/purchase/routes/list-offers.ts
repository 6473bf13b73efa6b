import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { type ProductPage, productPageSchema } from '#shared/contracts/http/products.ts';
import { customerOf } from '#shared/domain/customer.ts';
import type { App } from '#shared/http/app.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { nextLink } from '#shared/http/cursor.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { groupsOfCustomer } from '../rules/queries.ts';

const asInList = z.string().optional().openapi({ description: 'As in `GET /v1/products`' });
/** The catalogue reads the query and refuses what does not fit, as in its own list. */
const querySchema = z.looseObject({
  currency: asInList,
  limit: asInList,
  cursor: asInList,
  q: asInList,
  collection: asInList,
  ids: asInList,
  sort: asInList,
  locale: asInList,
  expand: asInList,
});

const route = createRoute({
  method: 'get',
  path: '/v1/offers',
  operationId: 'listOffers',
  tags: ['Pricing'],
  summary: 'A page of products with what each costs the caller now, and how available it is',
  description:
    'As `GET /v1/products?expand=price` (or `variants`), with every parameter it has, and with the price lists of the customer groups the caller is in. The answer is of this caller alone and kept nowhere; a guest is better served by the list, which is cached.',
  ...authorisedOrGuest('carts.use'),
  request: { query: querySchema },
  responses: {
    200: json('A page of products, each with its `price`', productPageSchema),
    ...problems('unauthenticated', 'forbidden', 'invalid-cursor', 'validation-failed'),
  },
});

export function listOffersRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const visitor = c.get('visitor');
    const groups =
      visitor === null ? [] : await groupsOfCustomer(c.env.COMMERCE_DB, customerOf(buyerOf(visitor)));
    const query = new URL(c.req.url).searchParams;
    if (query.get('expand') !== 'variants') query.set('expand', 'price');
    const answer = await c.env.CATALOGUE.listFor(
      { requestId: c.get('requestId') },
      { query: query.toString(), languages: c.req.header('accept-language') ?? '', groups },
    );
    c.header('cache-control', 'private, no-store');
    if (answer.status !== 200) {
      const type = answer.headers.get('content-type') ?? 'application/problem+json';
      return c.body(await answer.text(), answer.status as 422, { 'content-type': type }) as never;
    }
    const page = await answer.json<ProductPage>();
    if (page.next !== null) c.header('link', nextLink(c.req.url, page.next));
    return c.json(page, 200);
  });
}
