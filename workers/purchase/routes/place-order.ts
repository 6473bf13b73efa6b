import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { orderSchema, placeOrderBodySchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { originOf } from './origin.ts';
import { demandOwnMethods, namedCodesOf } from './paying-with.ts';
import { placeOrder } from '../usecases/place-order.ts';
import { entityTag } from '#shared/http/entity-tag.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { shownTo } from './shown-order.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/orders',
  operationId: 'placeOrder',
  tags: ['Orders'],
  summary: 'Place an order and get the secret to pay it with',
  description:
    'Prices come from the catalogue, stock is held until `payment.dueAt`. Normally the answer is already `awaiting_payment`; when a dependency is slow it is `placing`: read the order again.',
  ...authorised('orders.create'),
  request: {
    headers: z.object({ 'idempotency-key': idempotencyKey() }),
    body: { required: true, content: { 'application/json': { schema: placeOrderBodySchema } } },
  },
  responses: {
    201: json('The order; `Idempotent-Replayed: true` marks a repeated answer', orderSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'order-not-accepted',
      'out-of-stock',
      'promotion-used-up',
      'purchase-limit',
      'request-in-flight',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
      'idempotency-key-reused',
      'rate-limited',
      'unavailable',
    ),
  },
});

export function placeOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { giftCards: codes, ...request } = c.req.valid('json');
    demandOwnMethods(c.get('actor'), request);
    const placed = await placeOrder(
      ports(c.env),
      { requestId: c.get('requestId') },
      {
        buyer: buyerOf(c.get('actor')),
        key: c.req.valid('header')['idempotency-key'],
        request,
        giftCards: namedCodesOf(c, codes),
        origin: originOf(c),
      },
    );
    if (!placed.ok) throw toProblem(placed.error);
    const { order, replayed } = placed.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('location', `/v1/orders/${order.id}`);
    c.header('etag', entityTag(order));
    return c.json(shownTo(c.get('actor'), order), 201);
  });
}
