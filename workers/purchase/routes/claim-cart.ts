import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { cartSchema } from '#shared/contracts/http/carts.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { claimCart } from '../usecases/carts.ts';
import { callOf, CART_PROBLEMS, cartParams, showCart, tokenHeader } from './cart-request.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/carts/{id}/claim',
  operationId: 'claimCart',
  tags: ['Carts'],
  summary: 'Make a guest’s cart one’s own; safe to repeat',
  description:
    'It becomes the customer’s current cart, or its lines go to the one there is: the answer is the cart that has them, or, while that is being ordered, will have them if it is not. The token ends with it.',
  ...authorised('carts.use'),
  request: { params: cartParams, headers: z.object(tokenHeader) },
  responses: {
    200: json('The customer’s cart with the lines', cartSchema),
    ...problems(...CART_PROBLEMS, 'conflict'),
  },
});

export function claimCartRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const cart = await claimCart(ports(c.env), callOf(c), {
      cartId: c.req.valid('param').id,
      buyer: buyerOf(c.get('actor')),
      token: c.req.valid('header')['x-cart-token'],
    });
    if (!cart.ok) throw toProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
}
