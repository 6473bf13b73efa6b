import { createRoute, z } from '@hono/zod-openapi';
import { cartSchema, changeCartSchema } from '#shared/contracts/http/carts.ts';
import type { App } from '#shared/http/app.ts';
import { ifMatchHeader, versionIfSent } from '#shared/http/entity-tag.ts';
import { json, problems } from '#shared/http/responses.ts';
import { cartProblem } from '../cart-problem.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import {
  asker,
  callOf,
  cartParams,
  cartRight,
  CHANGE_BY_BODY_PROBLEMS,
  showCart,
  tokenHeader,
} from './cart-request.ts';

const route = createRoute({
  method: 'patch',
  path: '/v1/carts/{id}',
  operationId: 'changeCart',
  tags: ['Carts'],
  summary: 'Set currency, language, address, way of shipping or way of delivery',
  description:
    'What is not named stays. `If-Match` with the version of the cart refuses the change when something else was changed meanwhile.',
  ...cartRight,
  request: {
    params: cartParams,
    headers: z.object({ ...tokenHeader, ...ifMatchHeader('the cart') }),
    body: { required: true, content: { 'application/json': { schema: changeCartSchema } } },
  },
  responses: {
    200: json('The cart', cartSchema),
    ...problems(...CHANGE_BY_BODY_PROBLEMS, 'precondition-failed'),
  },
});

export function changeCartRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const who = asker(c);
    const ifVersion = versionIfSent(c.req.valid('header')['if-match'], 'the cart');
    const values = c.req.valid('json');
    const cart = await ports(c.env).cart(c.req.valid('param').id, (object) =>
      object.changeSettings(callOf(c), who, { ifVersion, values }),
    );
    if (!cart.ok) throw cartProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
}
