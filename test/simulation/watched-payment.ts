import { openAmount, type OrderDocument } from '#objects/order/machine/document.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { brokenByStep } from './invariants.ts';
import type { Move } from './deliveries.ts';
import { Kernel } from './kernel/kernel.ts';
import { person } from './kernel/network.ts';
import { type OrderPlan, PLAIN_ORDER, SOUND } from './world/plan.ts';
import { World } from './world/world.ts';

/** One thing that can come next: the payment moves on, or the order is told of it and looks. */
export interface Step {
  tells: boolean;
  /** How many moves: of a telling, those between the order's look at the payment and the reply. */
  moves: number;
}

const PLAN: OrderPlan = {
  ...PLAIN_ORDER,
  windowSeconds: 1_800,
  lines: [{ sku: 0, price: 500, quantity: 2 }],
  pays: 'never',
};
/** Longer than any call takes in a sound world, and much shorter than anything the order waits for. */
const PAUSE_MS = 12 * SECOND_MS;

/** An order that waits for its payment in a sound world, and hears of it only what a test tells. */
export class WatchedPayment {
  readonly world: World;
  readonly #orderId: string;
  readonly #paymentId: string;
  #told = 0;
  #inFlight: (() => void) | null = null;

  private constructor(world: World) {
    this.world = world;
    this.#orderId = world.customers[0]?.orderId ?? '';
    this.#paymentId = world.payments.of(this.#orderId)[0]?.paymentId ?? '';
  }

  static async open(): Promise<WatchedPayment> {
    const world = new World({
      kernel: new Kernel(1),
      plan: {
        promotionCap: 1,
        automaticCap: null,
        shoppers: [],
        selling: [],
        parcels: [],
        stock: [5],
        orders: [PLAN],
      },
      quality: { ...SOUND, payments: { ...SOUND.payments, webhookLost: 1 } },
      watch: (present, event, outcome) => {
        for (const rule of brokenByStep(present, event, outcome))
          present.violated(`${rule}, after ${event.type}`);
      },
      settled: () => {},
    });
    await world.open();
    for (const customer of world.customers) customer.start();
    await world.runFor(2 * PAUSE_MS);
    const watched = new WatchedPayment(world);
    world.payments.looked = () => {
      const act = watched.#inFlight;
      watched.#inFlight = null;
      act?.();
    };
    return watched;
  }

  move(move: Move): void {
    const { payments } = this.world;
    const id = this.#paymentId;
    const acts: Record<Move, () => void> = {
      opens: () => {},
      declines: () => payments.decline(id),
      processes: () => payments.process(id),
      bounces: () => payments.bounce(id),
      settles: () => payments.settle(id),
      authorises: () => payments.authorise(id, { multicapture: false }),
      lapses: () => payments.lapse(id),
      'refunds outside': () => payments.refundOutside(id, 200),
    };
    acts[move]();
  }

  async go({ tells }: Step, moves: readonly Move[]): Promise<void> {
    const act = (): void => {
      for (const move of moves) this.move(move);
    };
    if (tells) {
      this.#inFlight = act;
      this.tell(`evt_${(this.#told += 1)}`);
    } else act();
    await this.world.runFor(PAUSE_MS);
    // Nobody looked: there was nothing to be done with the news.
    this.#inFlight?.();
    this.#inFlight = null;
  }

  tell(eventId: string): void {
    const [orderId, paymentId] = [this.#orderId, this.#paymentId];
    const order = this.world.orders.seenBy(person('payment-events')).getByName(orderId);
    const requestId = 'delivery';
    void order.paymentChanged(
      { requestId },
      {
        type: 'payment.changed',
        requestId,
        messageId: eventId,
        eventId,
        eventType: 'x',
        orderId,
        paymentId,
      },
    );
  }

  async calm(): Promise<void> {
    this.world.kernel.faulty = false;
    await this.world.calm();
  }

  /** Of the order, its effects under way, the payment and what was made: all that what comes next depends on. */
  state(): string {
    const { world } = this;
    const outbox = world.orders.of(this.#orderId).disk.rows<{ state: string; payload: string }>('_outbox');
    const effects = (outbox ?? []).filter(({ state }) => state !== 'done').map(({ payload }) => payload);
    const payments = world.payments.of(this.#orderId).map((payment) => ({ ...payment, captures: null }));
    const instances = [...world.provisioner.instances.values()].map(({ state }) => state);
    return JSON.stringify(
      [world.documentOf(this.#orderId), effects.sort(), payments, instances],
      (name, value) => (COUNTERS.has(name) ? null : rounded(value)),
    );
  }

  /** All of the order that does not depend on when something was heard of. */
  end(): string {
    return endOf(this.world.documentOf(this.#orderId));
  }

  /** Answers with the rules that were broken. */
  close(): string[] {
    this.world.close();
    return [...this.world.violations];
  }
}

/** What counts how often something happened or tells when, and decides nothing. */
const COUNTERS = new Set(['version', 'updatedAt', 'events', 'requestId', 'sequence']);
/** A tenth of an hour, to which instants are told apart: nothing an order waits for is closer to another. */
const rounded = (value: unknown): unknown =>
  typeof value === 'number' && value > 1e12 ? Math.round(value / (6 * MINUTE_MS)) : value;

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
    payment: { status, authorised, captured, voided, refunded, lastError, open: openAmount(payment) },
    others: [renewal, ...formerPayments].length,
  });
}
