import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, SECOND_MS } from '#shared/time/time.ts';
import { play } from './history.ts';
import type { World } from './world/world.ts';
import { type OrderPlan, type Paying, PLAIN_ORDER, SOUND } from './world/plan.ts';

const STEPS: { step: string; pays: Paying; order?: Partial<OrderPlan>; fails?: number }[] = [
  { step: 'create', pays: 'card' },
  { step: 'capture', pays: 'card' },
  { step: 'cancel', pays: 'card', fails: 1 },
  { step: 'cancel', pays: 'never', order: { cancelsAfterMs: 60 * SECOND_MS } },
  { step: 'refund', pays: 'debit', fails: 1 },
];
const AWAY: { name: string; ms: number }[] = [
  { name: '1 second', ms: SECOND_MS },
  { name: '25 hours, when every key is forgotten', ms: 25 * HOUR_MS },
];

describe.each(STEPS)('the reply to payments.$step is lost', ({ step, pays, order, fails = 0 }) => {
  it.each(AWAY)('and the service is back after $name: nothing is done twice', async ({ ms }) => {
    let downUntil: number | null = null;
    let asked = 0;
    let present: World | null = null;
    const { violations } = await play(1, {
      plan: {
        promotionCap: 1,
        automaticCap: null,
        shoppers: [],
        selling: [],
        parcels: [],
        stock: [5],
        orders: [planWith(pays, order)],
      },
      quality: { ...SOUND, provisioner: { ...SOUND.provisioner, fails } },
      chaos: { ms: 6 * DAY_MS, sweeps: 0 },
      prepare: (world) => {
        present = world;
        const { kernel, network } = world;
        // The first such call is done; then nobody is there, not even for its reply.
        network.isDown = (label) => {
          if (!label.startsWith('payments.')) return false;
          if (label === `payments.${step}`) asked += 1;
          return downUntil !== null && kernel.now < downUntil;
        };
        network.losesReply = (label) => {
          if (label !== `payments.${step}` || downUntil !== null) return false;
          downUntil = kernel.now + ms;
          return true;
        };
      },
    });
    const world = present as World | null;
    const payments = [...(world?.payments.payments.values() ?? [])];
    expect(violations).toEqual([]);
    expect(asked).toBeGreaterThan(0);
    expect(downUntil).not.toBeNull();
    expect(payments).toHaveLength(1);
    for (const payment of payments) {
      expect(payment.captures.size).toBeLessThanOrEqual(1);
      expect(payment.captured).toBeLessThanOrEqual(payment.amount);
      expect(payment.refunds.length).toBeLessThanOrEqual(1);
    }
  });
});

const planWith = (pays: Paying, order: Partial<OrderPlan> = {}): OrderPlan => ({
  ...PLAIN_ORDER,
  startsMs: SECOND_MS,
  // As long as there may be: the time to pay outlasts the outage.
  windowSeconds: 86_400,
  lines: [{ sku: 0, price: 500, quantity: 1 }],
  pays,
  ...order,
});
