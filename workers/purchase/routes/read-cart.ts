import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { cartSchema } from '#shared/contracts/http/carts.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { cartProblem } from '../cart-problem.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { currentCart } from '../usecases/carts.ts';
import {
  asker,
  callOf,
  CART_PROBLEMS,
  cartParams,
  cartRight,
  showCart,
  tokenHeader,
} from './cart-request.ts';

const current = createRoute({
  method: 'get',
  path: '/v1/carts/current',
  operationId: 'getCurrentCart',
  tags: ['Carts'],
  summary: 'The cart a signed-in customer fills',
  ...authorised('carts.use'),
  responses: {
    200: json('The cart; `ETag` is its version', cartSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'unavailable'),
  },
});
const read = createRoute({
  method: 'get',
  path: '/v1/carts/{id}',
  operationId: 'getCart',
  tags: ['Carts'],
  summary: 'A cart with the prices of this moment',
  description:
    '`changes` tells what became of its lines since they were put in, changed or quoted; `problems` what stands against ordering it.',
  ...cartRight,
  request: { params: cartParams, headers: z.object(tokenHeader) },
  responses: {
    200: json('The cart; `ETag` is its version', cartSchema),
    ...problems(...CART_PROBLEMS),
  },
});

export function readCartRoutes(app: App<Env>): void {
  app.openapi(current, async (c) => {
    const cart = await currentCart(ports(c.env), callOf(c), buyerOf(c.get('actor')));
    if (!cart.ok) throw toProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
  app.openapi(read, async (c) => {
    const who = asker(c);
    const cart = await ports(c.env).cart(c.req.valid('param').id, (object) => object.read(callOf(c), who));
    if (!cart.ok) throw cartProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
}
