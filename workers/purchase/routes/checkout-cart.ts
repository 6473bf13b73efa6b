import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { checkoutSchema } from '#shared/contracts/http/carts.ts';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { checkoutCart } from '../usecases/checkout-cart.ts';
import { originOf } from './origin.ts';
import { demandOwnMethods, namedCodesOf } from './paying-with.ts';
import { callOf, cartParams, CHANGE_BY_BODY_PROBLEMS } from './cart-request.ts';
import { entityTag } from '#shared/http/entity-tag.ts';
import { shownTo } from './shown-order.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/carts/{id}/checkout',
  operationId: 'checkoutCart',
  tags: ['Carts'],
  summary: 'Order a cart and get the secret to pay it with',
  description:
    'A cart is ordered once, however often and by whatever way it is asked for. With `quoteId` the order costs what the quote says. When the order is refused the cart is open again; use a new key for the next attempt.',
  ...authorised('orders.create'),
  request: {
    params: cartParams,
    headers: z.object({ 'idempotency-key': idempotencyKey() }),
    body: { required: true, content: { 'application/json': { schema: checkoutSchema } } },
  },
  responses: {
    201: json('The order; `Idempotent-Replayed: true` marks a repeated answer', orderSchema),
    ...problems(
      ...CHANGE_BY_BODY_PROBLEMS,
      'order-not-accepted',
      'out-of-stock',
      'request-in-flight',
      'quote-expired',
      'idempotency-key-reused',
      'rate-limited',
    ),
  },
});

export function checkoutCartRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { giftCards: codes, ...wanted } = c.req.valid('json');
    demandOwnMethods(c.get('actor'), wanted);
    const done = await checkoutCart(ports(c.env), callOf(c), {
      cartId: c.req.valid('param').id,
      buyer: buyerOf(c.get('actor')),
      key: c.req.valid('header')['idempotency-key'],
      wanted,
      giftCards: namedCodesOf(c, codes),
      origin: originOf(c),
    });
    if (!done.ok) throw toProblem(done.error);
    const { order, replayed } = done.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('location', `/v1/orders/${order.id}`);
    c.header('etag', entityTag(order));
    return c.json(shownTo(c.get('actor'), order), 201);
  });
}
