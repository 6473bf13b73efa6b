import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { may } from '#shared/auth/permissions.ts';
import { instancePageSchema, instanceStateSchema } from '#shared/contracts/http/instances.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { listInstances } from '../usecases/instances.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/instances',
  operationId: 'listInstances',
  tags: ['Instances'],
  summary: 'Products one owns, newest first; staff see everybody’s, without what was delivered',
  ...authorised('instances.read', 'instances.read_all'),
  request: {
    query: pageQuerySchema.extend({
      orderId: idSchema('order').optional(),
      state: instanceStateSchema.optional(),
    }),
  },
  responses: {
    200: json('A page of instances', instancePageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});
const positionSchema = z.strictObject({ id: idSchema('instance') });

export function listInstancesRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { orderId, state, limit, cursor } = c.req.valid('query');
    const actor = c.get('actor');
    const rows = await listInstances(
      portsOf(c.env),
      { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.read_all') },
      {
        orderId,
        state,
        before: cursor === undefined ? undefined : decodeCursor(positionSchema, cursor).id,
        limit: limit + 1,
      },
    );
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const next = last !== undefined && rows.length > limit ? encodeCursor({ id: last.id }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
