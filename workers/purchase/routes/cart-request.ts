import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { CART_TOKEN_HEADER, type Cart, cartTokenSchema } from '#shared/contracts/http/carts.ts';
import type { AppEnv } from '#shared/http/app.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { entityTag } from '#shared/http/entity-tag.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { askerOf } from '../usecases/carts.ts';

/** A cart is for whoever holds its token, or for the customer whose it is. */
export const cartRight = authorisedOrGuest('carts.use', 'cartToken');
export const cartParams = z.object({ id: idSchema('cart') });
export const lineParams = z.object({ id: idSchema('cart'), lineId: idSchema('line') });
export const tokenHeader = { [CART_TOKEN_HEADER]: cartTokenSchema.optional() };

/** What every route of a cart may refuse with. */
export const CART_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'validation-failed',
  'unavailable',
] as const;
/** And every one that changes it. */
export const CHANGE_PROBLEMS = [...CART_PROBLEMS, 'malformed-request', 'cart-closed'] as const;
/** And by what is sent with it. */
export const CHANGE_BY_BODY_PROBLEMS = [
  ...CHANGE_PROBLEMS,
  'body-too-large',
  'unsupported-media-type',
] as const;

type CartContext = Context<AppEnv<Env>>;

export const asker = (c: CartContext) => {
  const visitor = c.get('visitor');
  return askerOf(visitor === null ? null : buyerOf(visitor), c.req.header(CART_TOKEN_HEADER));
};
export const callOf = (c: CartContext) => ({ requestId: c.get('requestId') });

/** Strong entity tag: the version of what is wanted. Prices are of the moment, so an answer is kept by nobody. */
export function showCart(c: CartContext, cart: Cart): Cart {
  c.header('etag', entityTag(cart));
  c.header('cache-control', 'private, no-store');
  return cart;
}
