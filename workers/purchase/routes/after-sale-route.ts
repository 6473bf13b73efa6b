import { createRoute, z } from '@hono/zod-openapi';
import type { AfterSaleWish } from '#objects/order/after-sale.ts';
import type { Permission } from '#shared/auth/permissions.ts';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { type Ports, ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { askAfterSale } from '../usecases/after-sale.ts';
import type { Asker } from '../usecases/read-order.ts';
import { askerOf } from './asker.ts';
import { entityTag } from '#shared/http/entity-tag.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { shownTo } from './shown-order.ts';

interface AfterSaleRoute<Body extends z.ZodType> {
  /** Behind `/v1/orders/{id}`; may hold `{returnId}`. */
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  /** Who may ask it of any order; a customer only of his own. */
  operator: Permission;
  customer?: Permission;
  body: Body;
  wish: Wish<Body>;
}
type Wish<Body extends z.ZodType> = (
  body: z.output<Body>,
  returnId: string,
) => AfterSaleWish | ((asked: Asked) => ReturnType<typeof askAfterSale>);
interface Asked {
  ports: Ports;
  call: CallContext;
  asker: Asker;
  orderId: string;
  key: string;
}

/** `POST` of a wish after the sale: granted once for its Idempotency-Key, answered with the order as it then is. */
export function afterSaleRoute<Body extends z.ZodType>(app: App<Env>, spec: AfterSaleRoute<Body>): void {
  const { path, operationId, summary, description, operator, customer, body, wish } = spec;
  const ofReturn = path.includes('{returnId}');
  const route = createRoute({
    method: 'post',
    path: `/v1/orders/{id}${path}`,
    operationId,
    tags: ['After the sale'],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(customer === undefined ? authorised(operator) : authorised(customer, operator)),
    request: {
      params: z.object({
        id: idSchema('order'),
        ...(ofReturn ? { returnId: idSchema('return') } : {}),
      }),
      headers: z.object({ 'idempotency-key': idempotencyKey() }),
      body: { required: true, content: { 'application/json': { schema: body } } },
    },
    responses: {
      200: json('The order; `Idempotent-Replayed: true` marks a repeated answer', orderSchema),
      ...problems(
        'malformed-request',
        'unauthenticated',
        'forbidden',
        'not-found',
        'conflict',
        'body-too-large',
        'unsupported-media-type',
        'validation-failed',
        'idempotency-key-reused',
        'unavailable',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { id, returnId = '' } = c.req.valid('param' as never) as { id: string; returnId?: string };
    const actor = c.get('actor');
    const asker = askerOf(actor, operator);
    const { 'idempotency-key': key } = c.req.valid('header' as never) as { 'idempotency-key': string };
    const sent = c.req.valid('json' as never) as z.output<Body>;
    const asked = { ports: ports(c.env), call: { requestId: c.get('requestId') }, asker, orderId: id, key };
    const wanted = wish(sent, returnId);
    const granted =
      typeof wanted === 'function'
        ? await wanted(asked)
        : await askAfterSale(asked.ports, asked.call, asker, { orderId: id, key, wish: wanted });
    if (!granted.ok) throw toProblem(granted.error);
    const { order, replayed } = granted.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('etag', entityTag(order));
    return c.json(shownTo(actor, order), 200);
  });
}
