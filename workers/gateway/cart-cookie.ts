import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Cart } from '#shared/contracts/http/carts.ts';
import { currencySchema, type Currency } from '#shared/money/money.ts';
import type { PageEnv } from './env.ts';
import { cookieOptions, readCookie } from './session.ts';

/** Which cart, and for a guest's the right to it; out of reach of scripts. */
const CART_COOKIE = 'cart';
/** What pages without a cart show of it: how many pieces, and the currency. Shows nothing else and gives no right. */
const SHOWN_COOKIE = 'cart-shown';
const AGE_SECONDS = 30 * 24 * 3600;
const RIGHT = /^(cart_[0-9a-f]{32})(?:\.([\w-]{43}))?$/;
const SHOWN = /^(\d{1,6})\.([A-Z]{3})$/;

export interface CartRight {
  cartId: string;
  /** Null: a customer's cart, for whom the session is the right. */
  token: string | null;
}

/** The browser's cart, as its cookies name it. The cart itself is kept by the shop. */
export interface BrowserCart {
  readonly right: CartRight | null;
  /** Pieces in it, as far as the browser knows. */
  readonly items: number;
  /** In which the visitor looks at prices; null: not said. */
  readonly currency: Currency | null;
  keep(cart: Cart, token: string | null): void;
  forget(): void;
}

/** Gives page routes `c.var.cart`. */
export const withCart = createMiddleware<PageEnv>(async (c, next) => {
  c.set('cart', browserCart(c));
  await next();
});

export function browserCart(c: Context<PageEnv>): BrowserCart {
  const [, cartId, token = null] = RIGHT.exec(readCookie(c, CART_COOKIE) ?? '') ?? [];
  const [, items = '0', code] = SHOWN.exec(readCookie(c, SHOWN_COOKIE) ?? '') ?? [];
  let right: CartRight | null = cartId === undefined ? null : { cartId, token };
  let shown = { items: Number(items), currency: currencySchema.safeParse(code).data ?? null };
  const write = (name: string, value: string) =>
    setCookie(c, name, value, cookieOptions(c.env.PUBLIC_ORIGIN, AGE_SECONDS));
  const show = (next: typeof shown) => {
    if (next.items === shown.items && next.currency === shown.currency) return;
    shown = next;
    write(SHOWN_COOKIE, `${next.items}.${next.currency ?? ''}`);
  };
  return {
    get right() {
      return right;
    },
    get items() {
      return shown.items;
    },
    get currency() {
      return shown.currency;
    },
    keep(cart, token) {
      if (right?.cartId !== cart.id || right.token !== token) {
        right = { cartId: cart.id, token };
        write(CART_COOKIE, token === null ? cart.id : `${cart.id}.${token}`);
      }
      show({
        items: cart.lines.reduce((sum, line) => sum + line.quantity, 0),
        currency: cart.currency,
      });
    },
    forget() {
      if (right !== null) deleteCookie(c, CART_COOKIE, cookieOptions(c.env.PUBLIC_ORIGIN, 0));
      right = null;
      if (shown.items > 0) show({ items: 0, currency: shown.currency });
    },
  };
}
