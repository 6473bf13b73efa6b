import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { may } from '#shared/auth/permissions.ts';
import { instancePageSchema, instanceStateSchema, tagSchema } from '#shared/contracts/http/instances.ts';
import { customerIdSchema, customerOf } from '#shared/domain/customer.ts';
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
  description:
    'With `endsFrom` or `endsBefore` those that end first come first, and those that never do are left out.',
  ...authorised('instances.read', 'instances.read_all'),
  request: {
    query: pageQuerySchema.extend({
      /** Staff alone see others’. */
      customerId: customerIdSchema.optional(),
      orderId: idSchema('order').optional(),
      productId: idSchema('product').optional(),
      state: instanceStateSchema.optional(),
      tag: tagSchema.optional(),
      attribute: z
        .string()
        .max(300)
        .regex(/^[^:]{1,60}:[^]*$/, 'must be <name>:<value>')
        .meta({
          description: '`<name>:<value>` of the configuration, where its product marked the name as indexed',
        })
        .optional(),
      endsFrom: z.iso.datetime().optional(),
      endsBefore: z.iso.datetime().optional(),
    }),
  },
  responses: {
    200: json('A page of instances', instancePageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});
const positionSchema = z.strictObject({ id: idSchema('instance'), at: z.int().nullable().default(null) });

export function listInstancesRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { limit, cursor, attribute, endsFrom, endsBefore, ...filter } = c.req.valid('query');
    const actor = c.get('actor');
    const isByEnd = endsFrom !== undefined || endsBefore !== undefined;
    const rows = await listInstances(
      portsOf(c.env),
      { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.read_all') },
      {
        ...filter,
        attribute: attribute === undefined ? undefined : attributeOf(attribute),
        endsFrom: epoch(endsFrom),
        endsBefore: epoch(endsBefore),
        after: cursor === undefined ? undefined : decodeCursor(positionSchema, cursor),
        limit: limit + 1,
      },
    );
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const hasNext = last !== undefined && rows.length > limit;
    const at = isByEnd && last !== undefined ? epoch(last.endsAt ?? undefined) : undefined;
    const next = hasNext ? encodeCursor({ id: last.id, ...(at === undefined ? {} : { at }) }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}

const epoch = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time);

function attributeOf(text: string): { name: string; value: string } {
  const at = text.indexOf(':');
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}
