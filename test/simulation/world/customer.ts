import type { BuyerFace } from '#objects/buyer/face.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { PlaceReply } from '#objects/order/face.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { variantIdOf } from './catalogue.ts';
import type { GiftCards } from './gift-cards.ts';
import type { PaymentService } from './payment-service.ts';
import type { OrderPlan } from './plan.ts';
import { ADDRESS, CODE } from './rules.ts';
import { type WishWorld, Wishes } from './wishes.ts';

export interface CustomerWorld extends WishWorld {
  payments: PaymentService;
  giftCards: GiftCards;
  /** As the customer reaches it, over the network. */
  buyers: ObjectNamespace<BuyerFace>;
  /** Whether the directory of orders has it. */
  isKnown(orderId: string): boolean;
  /** The shop knows the code of the capped promotion. */
  offersCode: boolean;
}

const CALL = { requestId: 'customer' };
const PATIENCE_MS = 25 * SECOND_MS;
const TRIES_MAX = 6;

/** One person with one order: places it, repeats what got no answer, pays or not, changes their mind. */
export class Customer {
  readonly id: string;
  readonly plan: OrderPlan;
  orderId: string | null = null;
  /** The answers to the one key: all the same. */
  readonly #answers = new Set<string>();
  readonly #world: CustomerWorld;
  readonly #wishes: Wishes;
  #isPaying = false;

  constructor(world: CustomerWorld, plan: OrderPlan) {
    this.#world = world;
    this.plan = plan;
    this.id = `usr_${world.kernel.stream(`${plan.name} customer`).hex(32)}`;
    this.#wishes = new Wishes(world, plan.name, this.id, () => this.orderId);
  }

  start(): void {
    const { plan } = this;
    this.#later(plan.startsMs, 'places', () => this.#place());
    if (plan.repeatsAfterMs !== null)
      this.#later(plan.startsMs + plan.repeatsAfterMs, 'sends it again', () => this.#place());
    if (plan.cancelsAfterMs !== null)
      this.#later(plan.startsMs + plan.cancelsAfterMs, 'cancels', () => this.#cancel('customer'));
    for (const { kind, afterMs } of plan.wishes) {
      this.#later(plan.startsMs + afterMs, kind, () => this.#wishes.make(kind));
    }
    if (plan.refundsAfterMs !== null)
      this.#later(plan.startsMs + plan.refundsAfterMs, 'gets money back', () => this.#refund());
    if (plan.operatorCancelsAfterMs !== null)
      this.#later(plan.startsMs + plan.operatorCancelsAfterMs, 'is cancelled', () =>
        this.#cancel('operator'),
      );
  }

  async #place(): Promise<void> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const reply = await this.#try(async () => {
        const { buyers, orders, giftCards } = this.#world;
        const claim = await buyers
          .getByName(this.id)
          .claim(CALL, { key: this.plan.name, fingerprint: 'f'.repeat(64) });
        if (!claim.ok) throw new Error('the key was refused');
        this.#isOne(claim.value.orderId);
        const request = this.#request();
        return orders.getByName(claim.value.orderId).place(CALL, {
          orderId: claim.value.orderId,
          customerId: this.id,
          request,
          giftCards: giftCards.named(this.plan.cards ?? []),
        });
      });
      if (reply !== null && reply.kind !== 'in_flight') return this.#answered(reply);
      await this.#sleep(3 * SECOND_MS * attempt);
    }
  }

  /** A repeat within the key's life means the same order. */
  #isOne(orderId: string): void {
    if (this.orderId !== null && this.orderId !== orderId) this.#world.violated('one key, one order');
    this.orderId ??= orderId;
  }

  async #answered(reply: Exclude<PlaceReply, { kind: 'in_flight' }>): Promise<void> {
    const { replayed: _, ...answer } = reply;
    this.#answers.add(JSON.stringify(answer));
    if (this.#answers.size > 1) this.#world.violated('one key, one answer');
    if (reply.kind === 'placed' && !this.#world.isKnown(reply.order.id))
      this.#world.violated('nobody is told of an order that could not be found again');
    if (reply.kind !== 'placed' || this.#isPaying) return;
    this.#isPaying = true;
    await this.#sleep(this.plan.paysAfterMs);
    await this.#pay(reply.order);
  }

  async #pay(placed: Order): Promise<void> {
    const paymentId = placed.payment?.paymentId ?? (await this.#payable(placed.id));
    if (paymentId === null) return;
    const { payments, kernel } = this.#world;
    const { pays, multicapture, holdMs } = this.plan;
    const card = (): void => payments.authorise(paymentId, { multicapture, holdMs });
    kernel.note(() => `${this.plan.name} pays: ${pays}`);
    switch (pays) {
      case 'never':
        return;
      case 'card':
        return card();
      case 'late':
        await this.#sleep(this.plan.windowSeconds * SECOND_MS - this.plan.paysAfterMs - 2_000);
        return card();
      case 'decline':
        return payments.decline(paymentId);
      case 'decline-then-card':
        payments.decline(paymentId);
        await this.#sleep(20 * SECOND_MS);
        return card();
      case 'debit':
        payments.process(paymentId);
        await this.#sleep(3 * DAY_MS);
        return payments.settle(paymentId);
      case 'debit-bounces':
        payments.process(paymentId);
        await this.#sleep(2 * DAY_MS);
        payments.bounce(paymentId);
        await this.#sleep(60 * SECOND_MS);
        if (kernel.stream(`${this.plan.name} after the bounce`).chance(0.5)) card();
    }
  }

  /** The order was answered before it could be paid: asks until it can. */
  async #payable(orderId: string): Promise<string | null> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const order = await this.#try(() =>
        this.#world.orders.getByName(orderId).read(CALL, { as: 'customer' }),
      );
      if (order?.payment) return order.payment.paymentId;
      await this.#sleep(5 * SECOND_MS);
    }
    return null;
  }

  async #cancel(by: 'customer' | 'operator'): Promise<void> {
    const { orderId } = this;
    if (orderId === null) return;
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const answer = await this.#try(() =>
        this.#world.orders.getByName(orderId).cancel(CALL, { by, text: null }),
      );
      if (answer !== null) return;
      await this.#sleep(5 * SECOND_MS);
    }
  }

  /** An operator gives a part of what was paid back, by choice. */
  async #refund(): Promise<void> {
    const { orderId } = this;
    if (orderId === null) return;
    const orders = this.#world.orders;
    const order = await this.#try(() => orders.getByName(orderId).read(CALL, { as: 'operator' }));
    const amounts = [order?.payment, ...(order?.giftCards ?? [])].map((one) => one?.captured.amount ?? 0);
    const paid = amounts.reduce((sum, one) => sum + one, 0);
    const amount = Math.floor((paid * this.plan.refundPpm) / 1_000_000);
    if (amount === 0) return;
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const answer = await this.#try(() =>
        orders.getByName(orderId).afterSale(CALL, {
          by: { kind: 'operator', id: this.id },
          key: `${this.plan.name} refund`,
          fingerprint: 'f'.repeat(64),
          wish: {
            type: 'refund.requested',
            wish: { of: 'amount', amount, shipping: false },
            revoke: [],
            restock: [],
            why: 'A scratch',
          },
        }),
      );
      if (answer !== null) return;
      await this.#sleep(5 * SECOND_MS);
    }
  }

  /** The hold of the first payment is about to lapse. */
  renew(paymentId: string): void {
    const { payments, kernel } = this.#world;
    const { multicapture, holdMs, name } = this.plan;
    if (!this.plan.renews) return;
    kernel.after(60 * SECOND_MS, `${name} pays anew`, () => {
      kernel.note(() => `${name} pays anew`);
      payments.authorise(paymentId, { multicapture, holdMs });
    });
  }

  #request() {
    const { lines, delivery, windowSeconds } = this.plan;
    const usesCode = this.plan.usesCode && this.#world.offersCode;
    return {
      currency: 'EUR' as const,
      codes: usesCode ? [CODE] : [],
      delivery,
      paymentWindowSeconds: windowSeconds,
      shippingAddress: ADDRESS,
      lines: lines.map((line, index) => ({
        variantId: variantIdOf({ index, ...line }),
        quantity: line.quantity,
        customisation: {},
      })),
    };
  }

  /** Null when it failed or took longer than anybody waits. */
  async #try<Value>(act: () => Promise<Value>): Promise<Value | null> {
    const patience = this.#sleep(PATIENCE_MS).then(() => null);
    return Promise.race([act().catch(() => null), patience]);
  }
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.kernel.after(ms, this.plan.name, resolve);
    });
  }
  #later(ms: number, what: string, act: () => Promise<void>): void {
    this.#world.kernel.after(ms, `${this.plan.name} ${what}`, () => {
      this.#world.kernel.note(() => `${this.plan.name} ${what}`);
      void act();
    });
  }
}
