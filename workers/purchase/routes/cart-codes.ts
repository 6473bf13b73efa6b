import { createRoute, z } from '@hono/zod-openapi';
import { addCodeSchema, cartSchema } from '#shared/contracts/http/carts.ts';
import { codeSchema } from '#shared/domain/pricing/code.ts';
import type { App } from '#shared/http/app.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { cartProblem } from '../cart-problem.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import {
  asker,
  callOf,
  cartParams,
  cartRight,
  CHANGE_BY_BODY_PROBLEMS,
  CHANGE_PROBLEMS,
  showCart,
  tokenHeader,
} from './cart-request.ts';

const add = createRoute({
  method: 'post',
  path: '/v1/carts/{id}/codes',
  operationId: 'addCartCode',
  tags: ['Carts'],
  summary: 'Use a code; safe to repeat',
  description: 'A code that gives nothing for this cart is refused with the reason.',
  ...cartRight,
  request: {
    params: cartParams,
    headers: z.object(tokenHeader),
    body: { required: true, content: { 'application/json': { schema: addCodeSchema } } },
  },
  responses: { 200: json('The cart', cartSchema), ...problems(...CHANGE_BY_BODY_PROBLEMS) },
});
const remove = createRoute({
  method: 'delete',
  path: '/v1/carts/{id}/codes/{code}',
  operationId: 'removeCartCode',
  tags: ['Carts'],
  summary: 'Do without a code; safe to repeat',
  ...cartRight,
  request: {
    params: z.object({ id: idSchema('cart'), code: codeSchema }),
    headers: z.object(tokenHeader),
  },
  responses: { 200: json('The cart', cartSchema), ...problems(...CHANGE_PROBLEMS) },
});

export function cartCodeRoutes(app: App<Env>): void {
  app.openapi(add, async (c) => {
    const who = asker(c);
    const { code } = c.req.valid('json');
    const cart = await ports(c.env).cart(c.req.valid('param').id, (object) =>
      object.addCode(callOf(c), who, code),
    );
    if (!cart.ok) throw cartProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
  app.openapi(remove, async (c) => {
    const who = asker(c);
    const { id, code } = c.req.valid('param');
    const cart = await ports(c.env).cart(id, (object) => object.removeCode(callOf(c), who, code));
    if (!cart.ok) throw cartProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
}
