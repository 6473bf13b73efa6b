import assert from 'node:assert/strict';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../lib/accounts.ts';
import { ApiError } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

/** One licence at 25.00 EUR, one of two in stock. */
async function customerAndProduct(world: World) {
  const [customer, product] = await Promise.all([world.newCustomer(), world.licence({ onHand: 2 })]);
  return {
    customer,
    product,
    order: { currency: 'EUR', lines: [{ variantId: product.variantId, quantity: 1 }] },
  };
}

/** Completed, charged once at the payment service, delivered once, one unit gone. */
async function boughtExactlyOnce(world: World, customer: Tokens, order: Order, sku: string): Promise<void> {
  await world.settled(customer, order.id, 'completed');
  const intents = await world.intentsOf(order.id);
  assert.deepEqual(
    intents.map((intent) => [intent.status, intent.amount_received]),
    [['succeeded', order.total.amount]],
  );
  assert.equal((await world.instancesOf(customer, order.id)).length, 1);
  assert.equal(await world.availableStock(sku), 1);
}

export const webhookTwice: Scenario = {
  name: 'every webhook delivered four times settles the order once',
  async run(world) {
    const { customer, product, order: wanted } = await customerAndProduct(world);
    const order = await world.place(customer, wanted);
    await world.fault({ kind: 'webhook.duplicate', copies: 3, times: null, match: order.id });
    await world.pay(order);
    await boughtExactlyOnce(world, customer, order, product.sku);
  },
};

export const webhookOutOfOrder: Scenario = {
  name: 'webhooks that overtake each other lead to the same end',
  async run(world) {
    const { customer, product, order: wanted } = await customerAndProduct(world);
    const order = await world.place(customer, wanted);
    await world.fault({ kind: 'webhook.reorder', times: 2, match: order.id });
    await world.pay(order, 'pm_card_chargeDeclined');
    await world.pay(order);
    await boughtExactlyOnce(world, customer, order, product.sku);
  },
};

export const webhookBeforeReply: Scenario = {
  name: 'a webhook that arrives before the payment service’s own reply is not lost',
  exclusive: true,
  async run(world) {
    const { customer, product, order: wanted } = await customerAndProduct(world);
    await world.fault({ kind: 'payment.delay', delayMs: 1_000, match: 'payment_intents.create' });
    const order = await world.place(customer, wanted);
    await world.pay(order);
    await boughtExactlyOnce(world, customer, order, product.sku);
  },
};

export const replyLost: Scenario = {
  name: 'the payment service does what was asked but its reply is lost: asked again, done once',
  exclusive: true,
  async run(world) {
    const { customer, product, order: wanted } = await customerAndProduct(world);
    await world.fault({ kind: 'payment.error-after', match: 'payment_intents.create' });
    const order = await world.place(customer, wanted);
    await world.fault({ kind: 'payment.error-after', match: 'payment_intents.capture' });
    await world.pay(order);
    await boughtExactlyOnce(world, customer, order, product.sku);
  },
};

export const webhookDropped: Scenario = {
  name: 'no webhook at all: at the end of the payment window the order asks the provider and keeps the customer’s money’s worth',
  async run(world) {
    const { customer, product, order: wanted } = await customerAndProduct(world);
    const order = await world.place(customer, { ...wanted, paymentWindowSeconds: 5 });
    await world.fault({ kind: 'webhook.drop', times: null, match: order.id });
    await world.pay(order);
    await boughtExactlyOnce(world, customer, order, product.sku);
  },
};

export const postedTwice: Scenario = {
  name: 'the same order posted twenty times at once is one order and one payment',
  async run(world) {
    const { customer, product, order: wanted } = await customerAndProduct(world);
    const key = crypto.randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.place(customer, wanted, key).catch((error: unknown) => error)),
    );
    const orders = answers.filter((answer): answer is Order => !(answer instanceof Error));
    const refusals = answers.filter((answer) => answer instanceof Error);
    assert.ok(orders.length > 0);
    assert.deepEqual(new Set(orders.map((order) => order.id)).size, 1);
    assert.ok(refusals.every((error) => error instanceof ApiError && error.status === 409));
    const [order] = orders;
    assert.ok(order);
    assert.equal((await world.intentsOf(order.id)).length, 1);
    assert.equal(await world.availableStock(product.sku), 1);
    await world.pay(order);
    await boughtExactlyOnce(world, customer, order, product.sku);
  },
};
