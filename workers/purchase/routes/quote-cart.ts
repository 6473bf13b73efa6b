import { createRoute, z } from '@hono/zod-openapi';
import { quoteSchema } from '#shared/contracts/http/carts.ts';
import type { App } from '#shared/http/app.ts';
import { json, problems } from '#shared/http/responses.ts';
import { cartProblem } from '../cart-problem.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { asker, callOf, CART_PROBLEMS, cartParams, cartRight, tokenHeader } from './cart-request.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/carts/{id}/quote',
  operationId: 'quoteCart',
  tags: ['Carts'],
  summary: 'Prices that hold for half an hour, explained line by line',
  description:
    'As long as the cart is not changed, a repeat answers with the quote that stands, unless it costs less by now: then with a new one. What stands against ordering the cart is refused with the field; `pointer` is within the cart.',
  ...cartRight,
  request: { params: cartParams, headers: z.object(tokenHeader) },
  responses: {
    200: json('The quote that stands', quoteSchema),
    201: json('A new quote', quoteSchema),
    ...problems(...CART_PROBLEMS, 'cart-closed'),
  },
});

export function quoteCartRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const who = asker(c);
    const quoted = await ports(c.env).cart(c.req.valid('param').id, (cart) => cart.quote(callOf(c), who));
    if (!quoted.ok) throw cartProblem(quoted.error);
    c.header('cache-control', 'private, no-store');
    return c.json(quoted.value.quote, quoted.value.isNew ? 201 : 200);
  });
}
