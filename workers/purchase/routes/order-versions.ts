import { createRoute, z } from '@hono/zod-openapi';
import type { Version } from '#objects/order/history.ts';
import {
  type Change,
  changeSchema,
  type OrderVersion,
  orderVersionSchema,
  orderVersionsSchema,
} from '#shared/contracts/http/after-sale.ts';
import { type Order, orderSchema } from '#shared/contracts/http/orders.ts';
import { jsonDiff, jsonPointer } from '#shared/domain/json-diff.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { listVersions, readVersion } from '../usecases/after-sale.ts';
import { readerOf } from './asker.ts';

/** A customer reads that somebody of the team did it, not who, and of a check neither how it was made nor why it ended so. */
function shown({ version, at, by, what, why }: Version, seesAll: boolean): OrderVersion {
  const told = { version, at: rfc3339(at), by, what, why };
  if (seesAll) return told;
  const own = { ...told, by: { kind: by.kind, id: by.kind === 'customer' ? by.id : null } };
  if (what === 'fraud.assessed') return { ...own, what: 'order.checked' };
  return what === 'review.decided' ? { ...own, why: '' } : own;
}

const list = createRoute({
  method: 'get',
  path: '/v1/orders/{id}/versions',
  operationId: 'listOrderVersions',
  tags: ['After the sale'],
  summary: 'Every version of an order: who changed it, when and why; newest first',
  ...authorised('orders.read', 'orders.read_all'),
  request: {
    params: z.object({ id: idSchema('order') }),
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      cursor: z
        .string()
        .regex(/^[1-9]\d{0,8}$/, 'must be `next` of the page before')
        .optional(),
    }),
  },
  responses: {
    200: json('A page of versions', orderVersionsSchema),
    ...problems('malformed-request', 'unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

const one = createRoute({
  method: 'get',
  path: '/v1/orders/{id}/versions/{version}',
  operationId: 'readOrderVersion',
  tags: ['After the sale'],
  summary: 'The order as it was in one version, and what that version changed',
  ...authorised('orders.read', 'orders.read_all'),
  request: {
    params: z.object({
      id: idSchema('order'),
      version: z
        .string()
        .regex(/^[1-9]\d{0,8}$/)
        .transform(Number),
    }),
  },
  responses: {
    200: json(
      'The version',
      orderVersionSchema
        .extend({ changes: z.array(changeSchema), order: z.union([orderSchema, z.null()]) })
        .meta({ id: 'OrderVersionDetail' }),
    ),
    ...problems('malformed-request', 'unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function orderVersionsRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { id } = c.req.valid('param');
    const { limit, cursor } = c.req.valid('query');
    const asker = readerOf(c.get('actor'));
    const before = cursor === undefined ? null : Number(cursor);
    const page = await listVersions(ports(c.env), { requestId: c.get('requestId') }, asker, {
      orderId: id,
      before,
      limit,
    });
    if (!page.ok) throw toProblem(page.error);
    const next = page.value.next === null ? null : String(page.value.next);
    if (next !== null) {
      c.header('link', `</v1/orders/${id}/versions?limit=${limit}&cursor=${next}>; rel="next"`);
    }
    return c.json({ items: page.value.items.map((version) => shown(version, asker.seesAll)), next }, 200);
  });
  app.openapi(one, async (c) => {
    const { id, version } = c.req.valid('param');
    const asker = readerOf(c.get('actor'));
    const call = { requestId: c.get('requestId') };
    const found = await readVersion(ports(c.env), call, asker, { orderId: id, version });
    if (!found.ok) throw toProblem(found.error);
    const before = withoutSecret(found.value.before);
    const order = withoutSecret(found.value.after);
    const changes = jsonDiff(before, order).map(({ path, ...change }): Change => ({
      path: jsonPointer(path),
      ...change,
    }));
    return c.json({ ...shown(found.value.version, asker.seesAll), changes, order }, 200);
  });
}

/** An old secret pays nothing and explains nothing. */
const withoutSecret = (order: Order | null): Order | null =>
  order === null || order.payment === null
    ? order
    : { ...order, payment: { ...order.payment, clientSecret: '' } };
