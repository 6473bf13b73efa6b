import assert from 'node:assert/strict';
import type { InstanceQuote } from '#shared/contracts/http/instance-changes.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../lib/accounts.ts';
import { api, poll } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

/** A customer with a service of one plan, of whose group there is another. */
async function owner(world: World, otherPlan: string) {
  const planGroup = `group-${crypto.randomUUID().slice(0, 8)}`;
  const customer = await world.newCustomer();
  const small = await world.service('scenario-small', { planGroup, price: 3_000 });
  const other = await world.service(otherPlan, { planGroup, price: 9_000 });
  const order = await world.place(customer, {
    currency: 'EUR',
    lines: [{ variantId: small.variantId, quantity: 1 }],
  });
  await world.pay(order);
  await world.settled(customer, order.id, 'completed');
  const [instance] = await world.instancesOf(customer, order.id);
  assert.ok(instance, 'it is delivered');
  return { customer, instance, other };
}

const present = (world: World, { accessToken: token }: Tokens, { id }: Instance): Promise<Instance> =>
  api<Instance>(world.origin, `GET /v1/instances/${id}`, { token });

/** Asks what it costs, and orders it at that price. */
async function order(world: World, { accessToken: token }: Tokens, wanted: object) {
  const quote = await api<InstanceQuote>(world.origin, 'POST /v1/instance-changes/quotes', {
    token,
    body: wanted,
  });
  world.step(`quoted: ${quote.total.amount} for ${quote.change}, ${quote.line.priceSource.reason}`);
  const ordered = await api<Order>(world.origin, 'POST /v1/instance-changes', {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: { quoteId: quote.id },
  });
  assert.deepEqual(ordered.total, quote.total);
  return { quote, ordered };
}

export const changesAndRenews: Scenario = {
  name: 'an owner changes to a larger plan for the time that is left, and then pays for a further term',
  async run(world) {
    const { customer, instance, other } = await owner(world, 'scenario-large');
    const change = { change: 'plan', instanceId: instance.id, variantId: other.variantId };
    const { quote, ordered } = await order(world, customer, change);
    assert.equal(quote.endsAt, instance.endsAt, 'the term goes on');
    // Bought moments ago: nearly the whole term is left, so it is nearly the whole difference.
    assert.ok(Math.abs(quote.total.amount - 6_000) <= 1, `${quote.total.amount} is the difference`);
    await world.pay(ordered);
    await world.settled(customer, ordered.id, 'completed');
    assert.equal((await present(world, customer, instance)).variantId, other.variantId);

    const renewal = await order(world, customer, { change: 'renewal', instanceId: instance.id });
    assert.equal(renewal.quote.total.amount, 9_000);
    await world.pay(renewal.ordered);
    await world.settled(customer, renewal.ordered.id, 'completed');
    const renewed = await present(world, customer, instance);
    assert.equal(renewed.endsAt, renewal.quote.endsAt);
    assert.ok(renewed.history.some(({ type }) => type === 'lifecycle.renew.done'));
    const [intent] = await world.intentsOf(renewal.ordered.id);
    assert.equal(intent?.amount_received, 9_000);
  },
};

export const changeRefused: Scenario = {
  name: 'a plan that the partner refuses is not charged, and the product stays on its plan',
  async run(world) {
    const { customer, instance, other } = await owner(world, 'sandbox-refuse');
    const change = { change: 'plan', instanceId: instance.id, variantId: other.variantId };
    const { ordered } = await order(world, customer, change);
    await world.pay(ordered);
    await world.settled(customer, ordered.id, 'cancelled');
    await poll('the hold to be released', 30, async () => {
      const [intent] = await world.intentsOf(ordered.id);
      return intent?.status === 'canceled' ? true : null;
    });
    const { variantId, state } = await present(world, customer, instance);
    assert.deepEqual([variantId, state], [instance.variantId, 'active']);
  },
};
