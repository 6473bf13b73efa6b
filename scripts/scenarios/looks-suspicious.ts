import assert from 'node:assert/strict';
import type { FraudRuleView, OrderRisk } from '#shared/contracts/http/fraud.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../lib/accounts.ts';
import { api } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

/** The payment service sees an elevated risk with this card, and opens a review of its own. */
const RISKY_CARD = 'pm_card_riskLevelElevated';

async function held(world: World): Promise<{ customer: Tokens; order: Order }> {
  const [customer, product] = await Promise.all([world.newCustomer(), world.service('vm-small')]);
  const lines = [{ variantId: product.variantId, quantity: 1 }];
  const order = await world.place(customer, { currency: 'EUR', lines });
  await world.pay(order, RISKY_CARD);
  const waiting = await world.settled(customer, order.id, 'in_review');
  assert.equal(waiting.reason, null, 'the customer is told of a check, and of nothing else');
  return { customer, order: waiting };
}

async function decide(world: World, order: Order, decision: 'approve' | 'refuse'): Promise<void> {
  const { accessToken: token } = await world.operator();
  const risk = await api<OrderRisk>(world.origin, `GET /v1/orders/${order.id}/risk`, { token });
  world.step(`score ${risk.payment?.score}: ${risk.payment?.hits.map(({ reason }) => reason).join('; ')}`);
  await api(world.origin, `POST /v1/orders/${order.id}/review`, {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: { decision, reason: 'We called the customer' },
  });
  world.step(`an operator decides: ${decision}`);
}

export const heldAndApproved: Scenario = {
  name: 'a suspicious payment waits for a person, who approves it, and is delivered',
  async run(world) {
    const { customer, order } = await held(world);
    await decide(world, order, 'approve');
    await world.settled(customer, order.id, 'completed');
  },
};

export const heldAndRefused: Scenario = {
  name: 'a suspicious payment that is refused is given back, and nothing is delivered',
  async run(world) {
    const { customer, order } = await held(world);
    await decide(world, order, 'refuse');
    const ended = await world.settled(customer, order.id, 'cancelled');
    assert.equal(ended.reason?.code, 'refused_by_review');
    const [intent] = await world.intentsOf(order.id);
    assert.equal(intent?.status, 'canceled', 'nothing was charged');
  },
};

export const blockedAtOnce: Scenario = {
  name: 'an order that breaks a rule of the shop is refused before anything is held',
  async run(world) {
    const { accessToken: token } = await world.operator();
    const rule = await api<FraudRuleView>(world.origin, 'POST /v1/fraud/rules', {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: {
        condition: { kind: 'amount', currency: 'EUR', above: 120_000 },
        score: 1_000,
        reason: 'More than twelve hundred at once',
      },
    });
    const [customer, product] = await Promise.all([world.newCustomer(), world.service('vm-small')]);
    const refused = await fetch(`${world.origin}/v1/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${customer.accessToken}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({ currency: 'EUR', lines: [{ variantId: product.variantId, quantity: 50 }] }),
    });
    const problem = await refused.json<{ type: string; orderId: string }>();
    await api(world.origin, `DELETE /v1/fraud/rules/${rule.id}`, { token });
    assert.deepEqual([refused.status, problem.type], [403, '/problems/order-not-accepted']);
    assert.deepEqual(await world.intentsOf(problem.orderId), [], 'nobody was asked for money');
    world.step('refused, without a word about the rule');
  },
};
