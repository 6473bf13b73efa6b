import assert from 'node:assert/strict';
import { api, ApiError } from '../lib/api.ts';
import type { Scenario, ScenarioProduct } from './world.ts';

const one = (product: ScenarioProduct, quantity = 1) => ({ variantId: product.variantId, quantity });

export const cardDeclined: Scenario = {
  name: 'a declined card leaves the order open to another try, and no money moves until one works',
  async run(world) {
    const [customer, product] = await Promise.all([world.newCustomer(), world.licence({ onHand: 2 })]);
    const order = await world.place(customer, { currency: 'EUR', lines: [one(product)] });
    const refusal = await world.pay(order, 'pm_card_chargeDeclinedInsufficientFunds');
    assert.equal((refusal.error as { code?: string }).code, 'card_declined');
    const told = await world.until(
      customer,
      order.id,
      'the refusal',
      (now) => (now.payment?.lastError ?? null) !== null,
    );
    world.step(`the customer reads: ${told.payment?.lastError ?? ''}`);
    assert.deepEqual(told.nextActions.toSorted(), ['cancel', 'edit', 'pay']);
    await world.pay(order);
    await world.settled(customer, order.id, 'completed');
    await world.stockBecomes(product.sku, 1);
  },
};

export const cardDeclinedForGood: Scenario = {
  name: 'a customer whose card keeps being declined ends with a cancelled order and the stock back',
  async run(world) {
    const [customer, product] = await Promise.all([world.newCustomer(), world.licence({ onHand: 1 })]);
    const lines = [one(product)];
    const order = await world.place(customer, { currency: 'EUR', lines, paymentWindowSeconds: 5 });
    await world.pay(order, 'pm_card_chargeDeclined');
    const ended = await world.settled(customer, order.id, 'cancelled');
    assert.match(ended.reason?.text ?? '', /declined/i);
    await world.stockBecomes(product.sku, 1);
    assert.deepEqual(
      (await world.intentsOf(order.id)).map((intent) => intent.status),
      ['canceled'],
    );
  },
};

export const paymentAbandoned: Scenario = {
  name: 'an order nobody pays ends by itself and its stock returns',
  async run(world) {
    const [customer, product] = await Promise.all([world.newCustomer(), world.licence({ onHand: 1 })]);
    const lines = [one(product)];
    const order = await world.place(customer, { currency: 'EUR', lines, paymentWindowSeconds: 5 });
    assert.equal(await world.availableStock(product.sku), 0, 'the unit is held while the customer may pay');
    const ended = await world.settled(customer, order.id, 'cancelled');
    assert.equal(ended.reason?.code, 'payment_abandoned');
    await world.stockBecomes(product.sku, 1);
    assert.deepEqual(
      (await world.intentsOf(order.id)).map((intent) => intent.status),
      ['canceled'],
    );
  },
};

export const customerCancels: Scenario = {
  name: 'a customer cancels before paying',
  async run(world) {
    const [customer, product] = await Promise.all([world.newCustomer(), world.licence({ onHand: 1 })]);
    const order = await world.place(customer, { currency: 'EUR', lines: [one(product)] });
    await api(world.origin, `POST /v1/orders/${order.id}/cancel`, {
      token: customer.accessToken,
      body: { reason: 'I chose the wrong edition.' },
    });
    const ended = await world.settled(customer, order.id, 'cancelled');
    assert.equal(ended.reason?.code, 'cancelled_by_customer');
    await world.stockBecomes(product.sku, 1);
    const late = await world.pay(order);
    assert.ok(late.error, 'a cancelled order cannot be paid any more');
  },
};

export const outOfStock: Scenario = {
  name: 'an order for more than there is names the line and holds nothing back',
  async run(world) {
    const [customer, scarce, plenty] = await Promise.all([
      world.newCustomer(),
      world.licence({ onHand: 2 }),
      world.licence({ onHand: 5 }),
    ]);
    const lines = [one(plenty), one(scarce, 3)];
    const refusal = await world.place(customer, { currency: 'EUR', lines }).then(
      () => assert.fail('there are two, not three'),
      (error: unknown) => error,
    );
    assert.ok(refusal instanceof ApiError && refusal.status === 409, String(refusal));
    const [field] = refusal.problem.errors as { pointer: string; detail: string }[];
    assert.equal(field?.pointer, '/lines/1/quantity');
    world.step(`the customer reads: ${field.detail}`);
    await Promise.all([world.stockBecomes(plenty.sku, 5), world.stockBecomes(scarce.sku, 2)]);
    const ended = await world.settled(customer, String(refusal.problem.orderId), 'cancelled');
    assert.equal(ended.reason?.code, 'out_of_stock');
  },
};

export const partnerRefuses: Scenario = {
  name: 'a partner that refuses for good: the other line is undone and the authorisation voided',
  async run(world) {
    const [customer, licence, service] = await Promise.all([
      world.newCustomer(),
      world.licence({ onHand: 1 }),
      world.service('sandbox-refuse'),
    ]);
    const order = await world.place(customer, { currency: 'EUR', lines: [one(licence), one(service)] });
    await world.pay(order);
    const ended = await world.settled(customer, order.id, 'cancelled', 'refunded', 'needs_operator');
    assert.equal(ended.state, 'cancelled');
    assert.equal(ended.reason?.code, 'provisioning_failed');
    assert.equal(ended.payment?.captured.amount, 0, 'the customer was never charged');
    await world.stockBecomes(licence.sku, 1);
    assert.deepEqual(
      (await world.intentsOf(order.id)).map((intent) => intent.status),
      ['canceled'],
    );
    assert.deepEqual(await world.heldByPartner(order), []);
    const instances = await world.instancesOf(customer, order.id);
    assert.deepEqual(
      instances.filter((instance) => instance.state === 'active' || instance.delivery !== null),
      [],
      'nothing stays usable',
    );
  },
};

export const onlyCentsAreMade: Scenario = {
  name: 'an article for cents beside a delivery that fails: cents cannot be charged, so nothing is charged or handed over',
  async run(world) {
    const [customer, licence, service] = await Promise.all([
      world.newCustomer(),
      world.licence({ onHand: 1, price: 20 }),
      world.service('sandbox-refuse'),
    ]);
    const lines = [one(licence), one(service)];
    const order = await world.place(customer, { currency: 'EUR', delivery: 'as_ready', lines });
    await world.pay(order);
    const ended = await world.ended(customer, order.id);
    assert.equal(ended.state, 'cancelled');
    assert.equal(ended.payment?.captured.amount, 0, 'the customer was never charged');
    const intents = await world.intentsOf(order.id);
    assert.deepEqual(
      intents.map(({ status, amount_received }) => [status, amount_received]),
      [['canceled', 0]],
      'the provider was never asked for cents that it does not take',
    );
    await world.stockBecomes(licence.sku, 1);
    const instances = await world.instancesOf(customer, order.id);
    assert.deepEqual(
      instances.filter((instance) => instance.state === 'active' || instance.delivery !== null),
      [],
      'nothing stays usable',
    );
  },
};

export const partnerDown: Scenario = {
  name: 'a partner that is down for a while is asked again until it delivers, once',
  async run(world) {
    const [customer, service] = await Promise.all([world.newCustomer(), world.service('sandbox-flaky')]);
    const order = await world.place(customer, { currency: 'EUR', lines: [one(service)] });
    await world.pay(order);
    await world.settled(customer, order.id, 'completed');
    assert.equal((await world.heldByPartner(order)).length, 1, 'one service, however often it was asked for');
  },
};

export const partnerSilent: Scenario = {
  name: 'a partner that never calls back is asked for the state instead',
  async run(world) {
    const [customer, service] = await Promise.all([world.newCustomer(), world.service('sandbox-silent')]);
    const order = await world.place(customer, { currency: 'EUR', lines: [one(service)] });
    await world.pay(order);
    await world.settled(customer, order.id, 'completed');
  },
};
