import type { Context } from 'hono';
import type { AddLine, Cart, NewCart } from '#shared/contracts/http/carts.ts';
import { localeSchema } from '#shared/domain/locale.ts';
import { ok } from '#shared/domain/result.ts';
import type { Currency } from '#shared/money/money.ts';
import { api, errorAt, Refused, type Answer, type Refusal } from './api.ts';
import type { CartRight } from './cart-cookie.ts';
import type { PageEnv } from './env.ts';
import type { InternalCall } from './internal.ts';

/** The cart of whoever looks at a page, kept by the shop: read, filled and changed through the public API. */

type PageContext = Context<PageEnv>;
interface CartCall extends Omit<InternalCall, 'path'> {
  /** Below the cart's own path. */
  path: string;
}

/** Null: there is none, or nothing can be put in or taken out any more. A guest's becomes the customer's by looking at it. */
export async function presentCart(c: PageContext): Promise<Cart | null> {
  const browser = c.get('cart');
  const isSignedIn = (await c.get('session').accessToken()) !== null;
  const { right } = browser;
  if (right !== null) {
    const cart = await readCart(c, right, isSignedIn);
    if (cart !== null) return cart;
  }
  const current = isSignedIn ? await api<Cart>(c, { method: 'GET', path: '/v1/carts/current' }) : null;
  if (current?.ok === true) {
    browser.keep(current.value, null);
    return current.value;
  }
  // Staff keep no carts.
  if (current?.ok === false && current.error.status !== 404 && current.error.status !== 403) {
    throw new Refused(current.error);
  }
  browser.forget();
  return null;
}

async function readCart(c: PageContext, right: CartRight, isSignedIn: boolean): Promise<Cart | null> {
  const isClaim = isSignedIn && right.token !== null;
  const token = isSignedIn ? null : right.token;
  const call: CartCall = isClaim ? { method: 'POST', path: '/claim' } : { method: 'GET', path: '' };
  let answer = await cartCall(c, right, call);
  // The customer's other cart has no room: both are theirs, and this one is the one they see.
  if (isClaim && !answer.ok && answer.error.status === 409) {
    answer = await cartCall(c, { ...right, token }, { method: 'GET', path: '' });
  }
  if (!answer.ok) {
    if (answer.error.status === 404) return null;
    throw new Refused(answer.error);
  }
  if (answer.value.state !== 'open' && answer.value.state !== 'ordering') return null;
  c.get('cart').keep(answer.value, token);
  return answer.value;
}

/** Changes the present cart; the answer is the cart as it is then. Null: there is none any more. */
export async function changeCart(c: PageContext, call: CartCall): Promise<Answer<Cart> | null> {
  const { right } = c.get('cart');
  if (right === null) return null;
  const answer = await cartCall(c, right, call);
  if (answer.ok) c.get('cart').keep(answer.value, right.token);
  return answer;
}

/** Puts a line in, into a new cart if need be, and shows the cart in the currency the line was chosen in. */
export async function addToCart(c: PageContext, currency: Currency, line: AddLine): Promise<Answer<Cart>> {
  const isSignedIn = (await c.get('session').accessToken()) !== null;
  const { right } = c.get('cart');
  // A guest's becomes theirs first.
  if (isSignedIn && right !== null && right.token !== null) await presentCart(c);
  const first = await added(c, currency, line);
  if (first.ok || !isGone(first.error)) return first;
  c.get('cart').forget();
  if (isSignedIn) await presentCart(c);
  return added(c, currency, line);
}

async function added(c: PageContext, currency: Currency, line: AddLine): Promise<Answer<Cart>> {
  const opened = c.get('cart').right === null ? await openCart(c, currency) : null;
  if (opened?.ok === false) return opened;
  const call: CartCall = {
    method: 'POST',
    path: '/lines',
    body: line,
    headers: { 'idempotency-key': crypto.randomUUID() },
  };
  const answer = await changed(c, call);
  const asCart: CartCall = { method: 'PATCH', path: '', body: { currency } };
  if (answer.ok) return answer.value.currency === currency ? answer : changed(c, asCart);
  if (errorAt(answer.error, '/variantId') === undefined) return answer;
  // Perhaps it has no price in the cart's own currency.
  const inCurrency = await changed(c, asCart);
  return inCurrency.ok ? changed(c, call) : answer;
}

const changed = async (c: PageContext, call: CartCall): Promise<Answer<Cart>> =>
  (await changeCart(c, call)) ?? { ok: false, error: NO_CART };

async function openCart(c: PageContext, currency: Currency): Promise<Answer<Cart>> {
  const [wanted = ''] = (c.req.header('accept-language') ?? '').split(/[,;]/);
  const locale = localeSchema.safeParse(wanted.trim()).data ?? 'en';
  const made = await api<NewCart>(c, { method: 'POST', path: '/v1/carts', body: { currency, locale } });
  if (!made.ok) return made;
  c.get('cart').keep(made.value.cart, made.value.token);
  return ok(made.value.cart);
}

function cartCall(c: PageContext, right: CartRight, call: CartCall): Promise<Answer<Cart>> {
  const token = right.token === null ? {} : { 'x-cart-token': right.token };
  return api<Cart>(c, {
    ...call,
    path: `/v1/carts/${right.cartId}${call.path}`,
    headers: { ...call.headers, ...token },
  });
}

const isGone = ({ type, status }: Refusal): boolean => status === 404 || type === '/problems/cart-closed';

const NO_CART: Refusal = {
  type: '/problems/not-found',
  title: 'Your cart is empty',
  status: 404,
  detail: 'There is nothing in your cart any more.',
  requestId: '',
  errors: [],
};
