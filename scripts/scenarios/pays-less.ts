import assert from 'node:assert/strict';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { ProductPage } from '#shared/contracts/http/products.ts';
import { api, ApiError } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

const ADDRESS = {
  name: 'Ada Example',
  line1: 'Hauptstraße 1',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};

/** A code, shipping and taxes: the price is explained, adds up, and the code counts once. */
export const paysLess: Scenario = {
  name: 'a customer orders with a code, sees every part of the price, and the code counts once',
  async run(world) {
    const customer = await world.newCustomer();
    const variantId = await anyParcel(world);
    const lines = [{ variantId, quantity: 1 }];
    const request = { currency: 'EUR', lines, codes: ['welcome10', 'FREESHIP'], shippingAddress: ADDRESS };
    const order = await world.place(customer, request);
    const { price } = order;
    assert.ok(price, 'a placed order explains its price');
    world.step(
      `${price.subtotal.amount} − ${price.discountTotal.amount} + ${price.shippingTotal.amount} = ${price.total.amount}, ${price.taxTotal.amount} of it tax`,
    );
    addsUp(order);
    assert.equal(price.promotions[0]?.amount.amount, Math.round(price.subtotal.amount / 10));
    assert.deepEqual(
      order.lines[0]?.price.taxes.map(({ ratePpm }) => ratePpm),
      [190_000],
    );
    await world.pay(order);
    await world.settled(customer, order.id, 'provisioning', 'completed');
    const again = await world.place(customer, request).catch((error: unknown) => error);
    assert.ok(again instanceof ApiError && [409, 422].includes(again.status), 'the code counted once');
    world.step(`the same code again: ${again.status}`);
  },
};

async function anyParcel(world: World): Promise<string> {
  const list = 'GET /v1/products?kind=physical&available=true&currency=EUR&q=mug';
  const { items } = await api<ProductPage>(world.origin, list);
  const product = await api<{ variants: { id: string; available: number | null }[] }>(
    world.origin,
    `GET /v1/products/${items[0]?.id ?? ''}`,
  );
  const variant = product.variants.find(({ available }) => (available ?? 1) > 0);
  assert.ok(variant, 'the demo sells a mug');
  return variant.id;
}

function addsUp({ price, lines, total }: Order): void {
  assert.ok(price);
  const parts = lines.reduce((sum, line) => sum + line.total.amount, 0) + (price.shipping?.total.amount ?? 0);
  assert.equal(total.amount, parts);
  assert.equal(total.amount, price.subtotal.amount + price.shippingTotal.amount - price.discountTotal.amount);
}
