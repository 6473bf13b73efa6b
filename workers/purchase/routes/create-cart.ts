import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { createRoute } from '@hono/zod-openapi';
import { createCartSchema, newCartSchema } from '#shared/contracts/http/carts.ts';
import type { App } from '#shared/http/app.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { openCurrentCart, openGuestCart } from '../usecases/carts.ts';
import { callOf, showCart } from './cart-request.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/carts',
  operationId: 'createCart',
  tags: ['Carts'],
  summary: 'Open a cart',
  description:
    'A customer gets the current cart, made if there is none; repeating is safe. A guest gets a new one and, only here, the token that is the right to it; one that is never filled is forgotten after a day.',
  ...authorisedOrGuest('carts.use'),
  request: {
    body: { required: true, content: { 'application/json': { schema: createCartSchema } } },
  },
  responses: {
    200: json('The customer’s current cart, which was there', newCartSchema),
    201: json('A new cart', newCartSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
      'unavailable',
    ),
  },
});

export function createCartRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const wanted = c.req.valid('json');
    const visitor = c.get('visitor');
    if (visitor === null) {
      const made = await openGuestCart(ports(c.env), callOf(c), wanted);
      c.header('location', `/v1/carts/${made.cart.id}`);
      return c.json({ ...made, cart: showCart(c, made.cart) }, 201);
    }
    const opened = await openCurrentCart(ports(c.env), callOf(c), buyerOf(visitor), wanted);
    if (!opened.ok) throw toProblem(opened.error);
    const { cart, isNew } = opened.value;
    c.header('location', `/v1/carts/${cart.id}`);
    return c.json({ cart: showCart(c, cart), token: null }, isNew ? 201 : 200);
  });
}
