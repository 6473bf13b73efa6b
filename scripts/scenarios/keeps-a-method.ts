import assert from 'node:assert/strict';
import type { SavedMethod } from '#shared/contracts/http/payment-methods.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../lib/accounts.ts';
import { api, ApiError, poll } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

/** Saves without a question; every charge afterwards is declined. */
const DECLINING_LATER = 'pm_card_chargeCustomerFail';
/** The bank asks its holder each time, also after it was saved. */
const ASKING = 'pm_card_authenticationRequired';
const GOOD = 'pm_card_visa';

const keptBy = async (world: World, { accessToken: token }: Tokens): Promise<SavedMethod[]> =>
  (await api<{ items: SavedMethod[] }>(world.origin, 'GET /v1/payment-methods', { token })).items;

const remove = (world: World, { accessToken: token }: Tokens, methodId: string) =>
  api(world.origin, `DELETE /v1/payment-methods/${methodId}`, { token });

/** A customer who keeps one method, entered in the provider's form without an order. */
async function keeper(world: World, method = GOOD): Promise<{ customer: Tokens; methodId: string }> {
  const customer = await world.newCustomer();
  await world.keepMethod(customer, method);
  const [kept] = await keptBy(world, customer);
  assert.ok(kept, 'it is kept once the provider has confirmed it');
  world.step(`kept: ${kept.title}`);
  return { customer, methodId: kept.id };
}

async function wanted(world: World, paymentMethodId?: string) {
  const { variantId, sku } = await world.licence({ onHand: 2 });
  const order = {
    currency: 'EUR',
    lines: [{ variantId, quantity: 1 }],
    ...(paymentMethodId === undefined ? {} : { paymentMethodId }),
  };
  return { order, sku };
}

const post = (world: World, { accessToken: token }: Tokens, order: unknown, key = crypto.randomUUID()) =>
  api<Order>(world.origin, 'POST /v1/orders', { token, headers: { 'idempotency-key': key }, body: order });

async function paidOnce(world: World, customer: Tokens, order: Order): Promise<void> {
  await world.settled(customer, order.id, 'completed');
  const paid = (await world.intentsOf(order.id)).map(({ status, amount_received: amount }) => [
    status,
    amount,
  ]);
  assert.deepEqual(paid, [['succeeded', order.total.amount]]);
}

/** Placed with a kept method the bank does not charge: it waits for its customer, like an order with none. */
async function fallsBack(world: World, customer: Tokens, order: Order): Promise<void> {
  assert.equal(order.state, 'awaiting_payment');
  assert.ok(order.payment?.clientSecret, 'the customer can pay in his browser');
  assert.ok(order.nextActions.includes('pay'));
  const [intent] = await world.intentsOf(order.id);
  assert.equal(intent?.status, 'requires_payment_method', 'nothing is held');
  world.step(`the customer reads: ${order.payment.lastError}`);
  assert.equal((await world.order(customer, order.id)).payment?.paymentId, order.payment.paymentId);
}

export const keptAndUsedAgain: Scenario = {
  name: 'a card kept with one order pays the next one by itself, once, however often that is posted',
  async run(world) {
    const customer = await world.newCustomer();
    const first = await wanted(world);
    const order = await world.place(customer, { ...first.order, savePaymentMethod: true });
    await world.pay(order);
    await paidOnce(world, customer, order);
    const [kept, ...others] = await keptBy(world, customer);
    assert.ok(kept);
    assert.deepEqual(others, []);

    const next = await wanted(world, kept.id);
    const key = crypto.randomUUID();
    const answers = [
      await post(world, customer, next.order, key),
      await post(world, customer, next.order, key),
    ];
    const [charged, again] = answers;
    assert.ok(charged && again);
    assert.equal(again.id, charged.id);
    await paidOnce(world, customer, charged);
    const notes = (await world.timeline(customer, charged.id)).items.map(({ type }) => type);
    assert.ok(!notes.includes('payment.failed'), 'nobody was asked');
  },
};

export const keptAndChallenged: Scenario = {
  name: 'a kept card whose bank wants its holder waits for him, who confirms the payment',
  async run(world) {
    const { customer, methodId } = await keeper(world, ASKING);
    const { order: request } = await wanted(world, methodId);
    const order = await post(world, customer, request);
    await fallsBack(world, customer, order);
    assert.equal((await world.pay(order, methodId))['status'], 'requires_action');
    await world.answerChallenge(order.payment?.paymentId ?? '', order.payment?.clientSecret ?? '');
    await paidOnce(world, customer, order);
  },
};

export const keptAndDeclined: Scenario = {
  name: 'a kept card that is declined leaves the order open for another one',
  async run(world) {
    const { customer, methodId } = await keeper(world, DECLINING_LATER);
    const { order: request } = await wanted(world, methodId);
    const order = await post(world, customer, request);
    await fallsBack(world, customer, order);
    await world.pay(order);
    await paidOnce(world, customer, order);
  },
};

/** Refused at the field, with nothing left behind: no payment, and the stock as it was. */
async function refusedAtField(world: World, customer: Tokens, methodId: string): Promise<void> {
  const { order, sku } = await wanted(world, methodId);
  const key = crypto.randomUUID();
  for (const round of ['first', 'repeated']) {
    const refused: unknown = await post(world, customer, order, key).catch((error: unknown) => error);
    assert.ok(refused instanceof ApiError, `the ${round} answer is a refusal: ${JSON.stringify(refused)}`);
    const { errors } = refused.problem as { errors?: { pointer: string }[] };
    assert.deepEqual([refused.status, errors?.map(({ pointer }) => pointer)], [422, ['/paymentMethodId']]);
  }
  await world.stockBecomes(sku, 2);
}

export const keptBySomebodyElse: Scenario = {
  name: 'a payment method of somebody else is refused where it was named, and nothing is charged',
  async run(world) {
    const owner = await keeper(world);
    await refusedAtField(world, await world.newCustomer(), owner.methodId);
    await refusedAtField(world, (await keeper(world)).customer, owner.methodId);
  },
};

export const keptNoMore: Scenario = {
  name: 'a payment method that was removed is refused where it was named; an order paid with it before is delivered',
  async run(world) {
    const { customer, methodId } = await keeper(world);
    const { order: request } = await wanted(world, methodId);
    const order = await post(world, customer, request);
    await remove(world, customer, methodId);
    assert.deepEqual(await keptBy(world, customer), []);
    await paidOnce(world, customer, order);
    await refusedAtField(world, customer, methodId);
  },
};

export const chargedAndCancelled: Scenario = {
  name: 'a kept card is charged, every reply and webhook is lost and the customer gives up: nothing stays held',
  async run(world) {
    const { customer, methodId } = await keeper(world);
    const { order: request, sku } = await wanted(world, methodId);
    await world.fault({ kind: 'webhook.drop', times: null, match: methodId });
    const match = [methodId, 'payment_intents.create'];
    const fault = await world.fault({ kind: 'payment.error-after', times: null, match });
    const order = await post(world, customer, request);
    assert.equal(order.state, 'placing');
    const held = (await world.intentsOf(order.id)).map(({ status }) => status);
    assert.deepEqual(held, ['requires_capture'], 'the bank holds the money, and nobody knows of it');
    await api(world.origin, `POST /v1/orders/${order.id}/cancel`, { token: customer.accessToken, body: {} });
    await world.faultEnds(fault);
    await world.settled(customer, order.id, 'cancelled');
    await poll('the hold to be released', 30, async () => {
      const left = (await world.intentsOf(order.id)).map(({ status, amount_received: paid }) => [
        status,
        paid,
      ]);
      return JSON.stringify(left) === JSON.stringify([['canceled', 0]]) ? true : null;
    });
    await world.stockBecomes(sku, 2);
  },
};
