import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { ownedPageSchema } from '#shared/contracts/http/instances.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { listOwned } from '../usecases/instances.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/me/products',
  operationId: 'listOwned',
  tags: ['Instances'],
  summary: 'Everything one owns, or the organisation one acts for, with what each entitles to; newest first',
  ...authorised('instances.read'),
  request: { query: pageQuerySchema },
  responses: {
    200: json('A page of products', ownedPageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});
const positionSchema = z.strictObject({ id: idSchema('instance') });

export function listOwnedRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? undefined : { ...decodeCursor(positionSchema, cursor), at: null };
    const customerId = customerOf(buyerOf(c.get('actor')));
    const rows = await listOwned(portsOf(c.env), customerId, { after, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const next = last !== undefined && rows.length > limit ? encodeCursor({ id: last.id }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    c.header('cache-control', 'private, no-store');
    return c.json({ items, next }, 200);
  });
}
