import { createRoute, z } from '@hono/zod-openapi';
import { addLineSchema, cartSchema, changeLineSchema } from '#shared/contracts/http/carts.ts';
import type { App } from '#shared/http/app.ts';
import { ifMatchHeader, ifMatchMissing, versionIfSent } from '#shared/http/entity-tag.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { cartProblem } from '../cart-problem.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { fingerprintOf } from '../usecases/fingerprint.ts';
import {
  asker,
  callOf,
  cartParams,
  cartRight,
  CHANGE_BY_BODY_PROBLEMS,
  CHANGE_PROBLEMS,
  lineParams,
  showCart,
  tokenHeader,
} from './cart-request.ts';

const add = createRoute({
  method: 'post',
  path: '/v1/carts/{id}/lines',
  operationId: 'addCartLine',
  tags: ['Carts'],
  summary: 'Put something into a cart',
  description:
    'The same variant with the same customisation becomes more of the line that is there. Adding in parallel loses nothing. A repeated answer (`Idempotent-Replayed: true`) shows the cart as it is now.',
  ...cartRight,
  request: {
    params: cartParams,
    headers: z.object({ ...tokenHeader, 'idempotency-key': idempotencyKey() }),
    body: { required: true, content: { 'application/json': { schema: addLineSchema } } },
  },
  responses: {
    201: json('The cart with the line; `Location` names the line', cartSchema),
    ...problems(...CHANGE_BY_BODY_PROBLEMS, 'idempotency-key-reused'),
  },
});
const change = createRoute({
  method: 'patch',
  path: '/v1/carts/{id}/lines/{lineId}',
  operationId: 'changeCartLine',
  tags: ['Carts'],
  summary: 'Set the quantity of a line, or replace its customisation',
  description:
    '`If-Match` holds the `version` of the line; it is demanded for a customisation, which is replaced as a whole.',
  ...cartRight,
  request: {
    params: lineParams,
    headers: z.object({ ...tokenHeader, ...ifMatchHeader('the line') }),
    body: { required: true, content: { 'application/json': { schema: changeLineSchema } } },
  },
  responses: {
    200: json('The cart', cartSchema),
    ...problems(...CHANGE_BY_BODY_PROBLEMS, 'precondition-failed', 'precondition-required'),
  },
});
const remove = createRoute({
  method: 'delete',
  path: '/v1/carts/{id}/lines/{lineId}',
  operationId: 'removeCartLine',
  tags: ['Carts'],
  summary: 'Take a line out; safe to repeat',
  ...cartRight,
  request: { params: lineParams, headers: z.object({ ...tokenHeader, ...ifMatchHeader('the line') }) },
  responses: {
    200: json('The cart without the line', cartSchema),
    ...problems(...CHANGE_PROBLEMS, 'precondition-failed'),
  },
});

export function cartLineRoutes(app: App<Env>): void {
  app.openapi(add, async (c) => {
    const { id } = c.req.valid('param');
    const who = asker(c);
    const line = c.req.valid('json');
    const input = {
      key: c.req.valid('header')['idempotency-key'],
      fingerprint: fingerprintOf(line),
      line,
    };
    const added = await ports(c.env).cart(id, (cart) => cart.add(callOf(c), who, input));
    if (!added.ok) throw cartProblem(added.error);
    const { cart, lineId, replayed } = added.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('location', `/v1/carts/${id}/lines/${lineId}`);
    return c.json(showCart(c, cart), 201);
  });
  app.openapi(change, async (c) => {
    const { id, lineId } = c.req.valid('param');
    const header = c.req.valid('header')['if-match'];
    const wanted = c.req.valid('json');
    if (header === undefined && wanted.customisation !== undefined) {
      throw ifMatchMissing('the line');
    }
    const who = asker(c);
    const input = { lineId, ifVersion: versionIfSent(header, 'the line'), change: wanted };
    const cart = await ports(c.env).cart(id, (object) => object.change(callOf(c), who, input));
    if (!cart.ok) throw cartProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
  app.openapi(remove, async (c) => {
    const { id, lineId } = c.req.valid('param');
    const who = asker(c);
    const input = { lineId, ifVersion: versionIfSent(c.req.valid('header')['if-match'], 'the line') };
    const cart = await ports(c.env).cart(id, (object) => object.remove(callOf(c), who, input));
    if (!cart.ok) throw cartProblem(cart.error);
    return c.json(showCart(c, cart.value), 200);
  });
}
