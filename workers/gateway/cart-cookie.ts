import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { CART_AGE_SECONDS, CART_COOKIE, decodeCart, encodeCart, type Cart } from './cart.ts';
import type { PageEnv } from './env.ts';
import { cookieOptions, readCookie } from './session.ts';

export const readCart = (c: Context<PageEnv>): Cart => decodeCart(readCookie(c, CART_COOKIE));

/** Keeps the cart in the browser; false when it has grown too large for a cookie and was left as it was. */
export function writeCart(c: Context<PageEnv>, cart: Cart): boolean {
  const value = encodeCart(cart);
  if (value === null) return false;
  setCookie(c, CART_COOKIE, value, cookieOptions(c.env.PUBLIC_ORIGIN, CART_AGE_SECONDS));
  return true;
}

export const forgetCart = (c: Context<PageEnv>): void => {
  deleteCookie(c, CART_COOKIE, cookieOptions(c.env.PUBLIC_ORIGIN, 0));
};
