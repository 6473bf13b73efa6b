import type { OrderDocument } from '#objects/order/machine/document.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { brokenAtEnd, brokenByStep } from './invariants.ts';
import { Kernel } from './kernel/kernel.ts';
import { person } from './kernel/network.ts';
import { type OrderPlan, SOUND } from './world/plan.ts';
import { World } from './world/world.ts';

/** What happens at the payment service, each with an event of its own. */
type Move = 'opens' | 'declines' | 'processes' | 'bounces' | 'settles' | 'authorises';
/** One history of a payment; a later move presupposes the ones before. */
export const HISTORIES: { name: string; moves: Move[] }[] = [
  {
    name: 'a card after all',
    moves: ['opens', 'declines', 'processes', 'bounces', 'declines', 'authorises'],
  },
  { name: 'a debit after all', moves: ['opens', 'declines', 'processes', 'bounces', 'processes', 'settles'] },
];

export interface DeliveryCounts {
  histories: number;
  /** Orders of delivery: of each event only after it happened. */
  orders: number;
  deliveries: number;
  violations: string[];
}

/**
 * Every order in which the events of a payment can reach its order, each of them twice, while the payment itself moves on:
 * the order always ends in the same state. `events`: how many of a history's moves, its last ones.
 */
export async function allDeliveries(events: number): Promise<DeliveryCounts> {
  const counts: DeliveryCounts = { histories: HISTORIES.length, orders: 0, deliveries: 0, violations: [] };
  for (const { name, moves } of HISTORIES) {
    let expected: string | null = null;
    for (const order of interleavings(events)) {
      const { end, violations } = await playDelivery(moves, moves.length - events, order);
      counts.orders += 1;
      counts.deliveries += 2 * events;
      expected ??= end;
      const where = `${name}, ${order.join(' ')}`;
      if (end !== expected) counts.violations.push(`${where}: ends as ${end}, not as ${expected}`);
      counts.violations.push(...violations.map((rule) => `${where}: ${rule}`));
    }
  }
  return counts;
}

/** A step of an interleaving: event number `index` happens (`+index`) or is delivered (`index`). */
export function interleavings(events: number): string[][] {
  const all: string[][] = [];
  const grow = (so: string[], happened: number, waiting: number[]): void => {
    if (happened === events && waiting.length === 0) {
      all.push(so);
      return;
    }
    if (happened < events) grow([...so, `+${happened}`], happened + 1, [...waiting, happened]);
    for (const event of waiting)
      grow(
        [...so, String(event)],
        happened,
        waiting.filter((other) => other !== event),
      );
  };
  grow([], 0, []);
  return all;
}

const PLAN: OrderPlan = {
  name: 'order:0',
  usesCode: true,
  startsMs: 0,
  windowSeconds: 1_800,
  delivery: 'together',
  lines: [{ sku: 0, price: 500, quantity: 2 }],
  pays: 'never',
  paysAfterMs: 0,
  multicapture: false,
  holdMs: 7 * 86_400_000,
  renews: true,
  refundsAfterMs: null,
  refundPpm: 500_000,
  cancelsAfterMs: null,
  operatorCancelsAfterMs: null,
  repeatsAfterMs: null,
};

async function playDelivery(
  moves: Move[],
  before: number,
  order: string[],
): Promise<{ end: string; violations: string[] }> {
  const kernel = new Kernel(1);
  const world = new World({
    kernel,
    plan: { promotionCap: 1, selling: [], stock: [5], orders: [PLAN] },
    // Nobody tells the order but this test.
    quality: { ...SOUND, payments: { ...SOUND.payments, webhookLost: 1 } },
    watch: (present, event, outcome) => {
      for (const rule of brokenByStep(present, event, outcome))
        present.violated(`${rule}, after ${event.type}`);
    },
    settled: () => {},
  });
  await world.open();
  const [customer] = world.customers;
  customer?.start();
  await world.runFor(20 * SECOND_MS);
  const orderId = customer?.orderId ?? '';
  const [payment] = world.payments.of(orderId);
  const paymentId = payment?.paymentId ?? '';
  const move = (name: Move | undefined): void => MOVES[name ?? 'opens'](world, paymentId);
  const deliver = (event: string): void => {
    const eventId = `evt_${event}`;
    void world.orders.seenBy(person('payment-events')).getByName(orderId).paymentChanged(
      { requestId: 'delivery' },
      {
        type: 'payment.changed',
        requestId: 'delivery',
        messageId: eventId,
        eventId,
        eventType: 'x',
        orderId,
        paymentId,
      },
    );
  };
  for (const name of moves.slice(0, before)) move(name);
  for (const step of order) {
    if (step.startsWith('+')) move(moves[before + Number(step.slice(1))]);
    else deliver(step);
    await world.runFor(30);
  }
  for (const step of order.filter((event) => !event.startsWith('+')).toReversed()) deliver(step);
  await world.runFor(SECOND_MS);
  kernel.faulty = false;
  await world.calm();
  for (const rule of brokenAtEnd(world)) world.violated(rule);
  const end = endOf(world.documentOf(orderId));
  world.close();
  return { end, violations: [...world.violations] };
}

const MOVES: Record<Move, (world: World, paymentId: string) => void> = {
  opens: () => {},
  declines: ({ payments }, paymentId) => payments.decline(paymentId),
  processes: ({ payments }, paymentId) => payments.process(paymentId),
  bounces: ({ payments }, paymentId) => payments.bounce(paymentId),
  settles: ({ payments }, paymentId) => payments.settle(paymentId),
  authorises: ({ payments }, paymentId) => payments.authorise(paymentId, { multicapture: false }),
};

/** All of it that does not depend on when something was heard of. */
function endOf(document: OrderDocument | null): string {
  if (document === null) return 'nothing';
  const { state, reason, attention, lines, stock, refunds, payment, formerPayments, renewal } = document;
  const { status, authorised, captured, voided, refunded, lastError } = payment;
  return JSON.stringify({
    state,
    reason,
    attention,
    lines: lines.map((line) => line.state),
    stock: stock.map((claim) => claim.state),
    refunds: refunds.length,
    payment: { status, authorised, captured, voided, refunded, lastError },
    others: [renewal, ...formerPayments].length,
  });
}
