import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, SECOND_MS } from '#shared/time/time.ts';
import { play } from './history.ts';
import { cardIdOf, type CardPayment, type KeptCard } from './world/gift-cards.ts';
import type { World } from './world/world.ts';
import { type OrderPlan, type Paying, PLAIN_ORDER, SOUND } from './world/plan.ts';

interface Step {
  step: string;
  pays: Paying;
  order?: Partial<OrderPlan>;
  fails?: number;
}

/** What the card is worth, and what the order costs. */
const VALUE = 5_000;
const PRICE = 500;
const STEPS: Step[] = [
  { step: 'create', pays: 'card' },
  { step: 'capture', pays: 'card' },
  { step: 'cancel', pays: 'card', fails: 1 },
  { step: 'cancel', pays: 'never', order: { cancelsAfterMs: 60 * SECOND_MS } },
  { step: 'refund', pays: 'debit', fails: 1 },
];
/** Of an order that its gift card pays alone, and what the card has of it in the end. */
const CARD_STEPS: (Step & { ends: Partial<CardPayment> })[] = [
  { step: 'hold', pays: 'never', ends: { amount: PRICE } },
  { step: 'capture', pays: 'never', ends: { captured: PRICE } },
  { step: 'release', pays: 'never', fails: 1, ends: { released: PRICE } },
  {
    step: 'refund',
    pays: 'never',
    order: { operatorCancelsAfterMs: 30 * HOUR_MS },
    ends: { captured: PRICE, refunded: PRICE },
  },
];
const AWAY: { name: string; ms: number }[] = [
  { name: '1 second', ms: SECOND_MS },
  { name: '25 hours, when every key is forgotten', ms: 25 * HOUR_MS },
];
const CHAOS = { ms: 6 * DAY_MS, sweeps: 0 };

describe.each(STEPS)('the reply to payments.$step is lost', (step) => {
  it.each(AWAY)('and the service is back after $name: nothing is done twice', async ({ ms }) => {
    const { violations, asked, downUntil, world } = await lose('payments', step, ms);
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

describe.each(CARD_STEPS)('the reply to a gift card’s $step is lost', ({ ends, ...step }) => {
  it.each(AWAY)('and the card is back after $name: nothing is done twice', async ({ ms }) => {
    const { violations, asked, downUntil, card } = await lose(`card:${cardIdOf(0)}`, step, ms, true);
    expect(violations).toEqual([]);
    expect(asked).toBeGreaterThan(1);
    expect(downUntil).not.toBeNull();
    expect(card?.payments).toHaveLength(1);
    const { captured = 0, released = 0, refunded = 0 } = card?.payments[0] ?? {};
    expect(card?.payments[0]).toMatchObject(ends);
    expect(captured + released).toBe(PRICE);
    expect(card).toMatchObject({ held: 0, balance: VALUE - captured + refunded });
    const times = (kind: string) => card?.entries.filter((entry) => entry.kind === kind).length;
    expect([times('debited'), times('credited')]).toEqual([captured > 0 ? 1 : 0, refunded > 0 ? 1 : 0]);
  });
});

/** One order, paid with a gift card perhaps. The first call of the step is done; then nobody is there, not even for its reply. */
async function lose(service: string, { step, pays, order, fails = 0 }: Step, ms: number, byCard = false) {
  const seen = {
    asked: 0,
    downUntil: null as number | null,
    world: null as World | null,
    card: null as KeptCard | null,
  };
  const { violations } = await play(1, {
    plan: {
      promotionCap: byCard ? null : 1,
      automaticCap: null,
      shoppers: [],
      selling: [],
      parcels: [],
      stock: [5],
      orders: [{ ...planWith(pays, order), ...(byCard ? { cards: [0] } : {}) }],
      // Somebody looks again and again for as long as nobody is there.
      ...(byCard ? { cards: [{ value: VALUE, shutAfterMs: null }], operatorLooksMs: 3 * HOUR_MS } : {}),
    },
    quality: { ...SOUND, provisioner: { ...SOUND.provisioner, fails } },
    chaos: CHAOS,
    prepare: (world) => {
      seen.world = world;
      const { kernel, network } = world;
      network.isDown = (label) => {
        if (!label.startsWith(`${service}.`)) return false;
        if (label === `${service}.${step}`) seen.asked += 1;
        return seen.downUntil !== null && kernel.now < seen.downUntil;
      };
      network.losesReply = (label) => {
        if (label !== `${service}.${step}` || seen.downUntil !== null) return false;
        seen.downUntil = kernel.now + ms;
        return true;
      };
      // Before the world is closed, and with it what is durable there.
      if (byCard) {
        kernel.after(CHAOS.ms, 'the card is looked at', () => {
          seen.card = world.giftCards.kept(0);
        });
      }
    },
  });
  return { violations, ...seen };
}

const planWith = (pays: Paying, order: Partial<OrderPlan> = {}): OrderPlan => ({
  ...PLAIN_ORDER,
  startsMs: SECOND_MS,
  // As long as there may be: the time to pay outlasts the outage.
  windowSeconds: 86_400,
  lines: [{ sku: 0, price: PRICE, quantity: 1 }],
  pays,
  ...order,
});
