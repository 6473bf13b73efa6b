import assert from 'node:assert/strict';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../lib/accounts.ts';
import { poll } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

const TRANSFER = {
  'payment_method_data[type]': 'customer_balance',
  'payment_method_options[customer_balance][funding_type]': 'bank_transfer',
  'payment_method_options[customer_balance][bank_transfer][type]': 'eu_bank_transfer',
  'payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]': 'DE',
};

/** An order of 25.00 EUR whose customer chose to transfer the money. */
async function awaitingTransfer(world: World): Promise<{ customer: Tokens; order: Order }> {
  const [customer, { variantId }] = await Promise.all([world.newCustomer(), world.licence()]);
  const order = await world.place(customer, { currency: 'EUR', lines: [{ variantId, quantity: 1 }] });
  const { paymentId = '', clientSecret = '' } = order.payment ?? {};
  await world.inBrowser(`payment_intents/${paymentId}/confirm`, clientSecret, TRANSFER);
  const waiting = await remaining(world, customer, order, 2500);
  assert.ok(Date.parse(waiting.payment?.dueAt ?? '') > Date.now() + 86_400_000, 'there are days for it');
  return { customer, order: waiting };
}

const remaining = (world: World, customer: Tokens, order: Order, amount: number): Promise<Order> =>
  world.until(
    customer,
    order.id,
    `the instructions for ${amount}`,
    ({ payment }) => payment?.instructions?.amountRemaining === amount,
  );

/** What the customer has at the payment service beyond his payments. */
async function cashOf(world: World, order: Order): Promise<number> {
  const [intent] = await world.intentsOf(order.id);
  const { customer = null } = intent ?? {};
  assert.ok(typeof customer === 'string');
  const { available } = await world.stripe.customers.retrieveCashBalance(customer);
  return available?.['eur'] ?? 0;
}

export const transferredInParts: Scenario = {
  name: 'a bank transfer that arrives in two parts is waited for, and delivered with the second',
  async run(world) {
    const { customer, order } = await awaitingTransfer(world);
    await world.bank(order, 'transfer', 1_000);
    const partly = await remaining(world, customer, order, 1_500);
    assert.equal(partly.state, 'awaiting_payment');
    await world.bank(order, 'transfer', 1_500);
    const done = await world.settled(customer, order.id, 'completed');
    assert.equal(done.payment?.captured.amount, 2_500);
    assert.equal(await cashOf(world, order), 0);
  },
};

export const transferredTooMuch: Scenario = {
  name: 'what a bank transfer brings beyond the order goes back by itself, and is no refund of it',
  async run(world) {
    const { customer, order } = await awaitingTransfer(world);
    await world.bank(order, 'transfer', 3_200);
    const done = await world.settled(customer, order.id, 'completed');
    await poll('the rest to be given back', 30, async () =>
      (await cashOf(world, order)) === 0 ? true : null,
    );
    const now = await world.order(customer, done.id);
    assert.deepEqual([now.payment?.captured.amount, now.payment?.refunded.amount], [2_500, 0]);
    assert.deepEqual([now.state, now.refunds], ['completed', []]);
    const { data } = await world.stripe.refunds.list({ limit: 100 });
    const back = data.filter(({ metadata }) => metadata?.['rest_of'] === order.payment?.paymentId);
    assert.deepEqual(
      back.map(({ amount }) => amount),
      [700],
    );
  },
};

export const paidAnotherWay: Scenario = {
  name: 'whoever transferred a part and then pays by card gets the part back',
  async run(world) {
    const { customer, order } = await awaitingTransfer(world);
    await world.bank(order, 'transfer', 1_000);
    const partly = await remaining(world, customer, order, 1_500);
    await world.pay(partly);
    await world.settled(customer, order.id, 'completed');
    await poll('the part to be given back', 30, async () => {
      const { data } = await world.stripe.refunds.list({ limit: 100 });
      const back = data.filter(({ metadata }) => metadata?.['rest_of'] === order.payment?.paymentId);
      return back.length === 1 && back[0]?.amount === 1_000 ? true : null;
    });
    assert.equal(await cashOf(world, order), 0);
    const now = await world.order(customer, order.id);
    assert.deepEqual([now.payment?.captured.amount, now.payment?.refunded.amount], [2_500, 0]);
  },
};
