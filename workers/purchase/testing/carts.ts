import { expect } from 'vitest';
import { type Cart, cartSchema, newCartSchema, quoteSchema } from '#shared/contracts/http/carts.ts';
import { newId } from '#shared/ids/ids.ts';
import { request } from './shop.ts';

/** Whoever fills a cart: a guest by token, or a customer. */
export interface Visitor {
  cartId: string;
  token?: string;
  customerId?: string;
}
const headersOf = ({ token }: Visitor) => (token === undefined ? {} : { 'x-cart-token': token });
const asOf = ({ customerId }: Visitor) =>
  customerId === undefined ? {} : { as: [customerId, 'customer'] as [string, 'customer'] };

export async function guest(): Promise<Visitor & { token: string }> {
  const response = await request('POST', '/v1/carts', { body: { currency: 'EUR' } });
  expect(response.status).toBe(201);
  const { cart, token } = newCartSchema.parse(await response.json());
  return { cartId: cart.id, token: token ?? '' };
}
export async function customer(customerId = newId('user')): Promise<Visitor & { customerId: string }> {
  const response = await request('POST', '/v1/carts', {
    as: [customerId, 'customer'],
    body: { currency: 'EUR' },
  });
  const { cart, token } = newCartSchema.parse(await response.json());
  expect(token).toBeNull();
  return { cartId: cart.id, customerId };
}
export const call = (
  visitor: Visitor,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  request(method, `/v1/carts/${visitor.cartId}${path}`, {
    ...asOf(visitor),
    ...(body === undefined ? {} : { body }),
    headers: { ...headersOf(visitor), ...headers },
  });
export const add = (visitor: Visitor, line: object, key: string = crypto.randomUUID()): Promise<Response> =>
  call(visitor, 'POST', '/lines', line, { 'idempotency-key': key });
export const cartOf = async (response: Response | Promise<Response>): Promise<Cart> => {
  const answer = await response;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return cartSchema.parse(await answer.json());
};
export const quote = async (visitor: Visitor) =>
  quoteSchema.parse(await (await call(visitor, 'POST', '/quote')).json());
export const checkout = (visitor: Visitor, body: object = {}, key: string = crypto.randomUUID()) =>
  call(visitor, 'POST', '/checkout', body, { 'idempotency-key': key });
export const problemOf = async (response: Response) =>
  response.json<{ type: string; errors?: { pointer: string; detail: string }[]; orderId?: string }>();
