import assert from 'node:assert/strict';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../lib/accounts.ts';
import { api, poll } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

/** A service that a partner runs, bought and in use. */
async function inUse(world: World): Promise<{ customer: Tokens; order: Order }> {
  const [customer, product] = await Promise.all([world.newCustomer(), world.service('vm-small')]);
  const lines = [{ variantId: product.variantId, quantity: 1 }];
  const order = await world.place(customer, { currency: 'EUR', lines });
  await world.pay(order);
  return { customer, order: await world.settled(customer, order.id, 'completed') };
}

/** The order says it, the customer's own page of the product says it, and the partner does it. */
async function usable(world: World, customer: Tokens, order: Order, expected: boolean): Promise<void> {
  await world.until(
    customer,
    order.id,
    expected ? 'the use' : 'the suspension',
    ({ lines }) => (lines[0]?.suspension?.state ?? 'usable') === (expected ? 'usable' : 'suspended'),
  );
  const [instance] = await world.instancesOf(customer, order.id);
  assert.equal(instance?.state, expected ? 'active' : 'suspended');
  assert.equal(instance.delivery === null, !expected, 'access data are shown exactly while it may be used');
  const [service] = await world.heldByPartner(order);
  assert.equal(service?.state, expected ? 'active' : 'suspended');
  world.step(expected ? 'the service can be used' : `the service is suspended: ${instance.detail}`);
}

async function decide(world: World, order: Order, decision: 'restore' | 'revoke'): Promise<void> {
  const { accessToken: token } = await world.operator();
  await api(world.origin, `POST /v1/orders/${order.id}/access`, {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: { decision, reason: 'We looked into it' },
  });
  world.step(`an operator decides: ${decision}`);
}

export const disputeWon: Scenario = {
  name: 'a disputed payment suspends what was delivered, and a won dispute gives it back',
  async run(world) {
    const { customer, order } = await inUse(world);
    await world.bank(order, 'dispute');
    await usable(world, customer, order, false);
    assert.equal((await world.order(customer, order.id)).paymentStatus, 'disputed');
    const { accessToken: token } = await world.operator();
    await poll('the order in the list of disputed ones', 30, async () => {
      const page = await api<{ items: { id: string }[] }>(
        world.origin,
        'GET /v1/orders?paymentStatus=disputed&limit=100',
        { token },
      );
      return page.items.some(({ id }) => id === order.id) ? true : null;
    });
    await world.bank(order, 'win');
    await usable(world, customer, order, true);
    assert.equal((await world.order(customer, order.id)).paymentStatus, 'captured');
  },
};

export const disputeLost: Scenario = {
  name: 'a lost dispute leaves the service suspended until a person takes it back, and no money goes back twice',
  async run(world) {
    const { customer, order } = await inUse(world);
    await world.bank(order, 'dispute');
    await usable(world, customer, order, false);
    await world.bank(order, 'lose');
    const lost = await world.settled(customer, order.id, 'needs_operator');
    assert.deepEqual([lost.reason?.code, lost.paymentStatus], ['charged_back', 'charged_back']);
    await decide(world, order, 'revoke');
    await world.settled(customer, order.id, 'completed');
    await poll('the service to be gone', 30, async () =>
      (await world.heldByPartner(order)).length === 0 ? true : null,
    );
    const [intent] = await world.intentsOf(order.id);
    const charge = intent?.latest_charge;
    assert.ok(charge !== null && typeof charge === 'object');
    assert.equal(charge.amount_refunded, 0);
  },
};

export const refundedInTheDashboard: Scenario = {
  name: 'a refund in the provider’s dashboard suspends what was delivered, until an operator gives it as a gift',
  async run(world) {
    const { customer, order } = await inUse(world);
    await world.bank(order, 'refund');
    await usable(world, customer, order, false);
    const refunded = await world.order(customer, order.id);
    assert.deepEqual([refunded.state, refunded.paymentStatus], ['completed', 'refunded']);
    await decide(world, order, 'restore');
    await usable(world, customer, order, true);
  },
};
