import { Stripe } from 'stripe';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { api, poll } from '../../scripts/lib/api.ts';
import type { World } from '../../scripts/scenarios/world.ts';
import type { InstanceQuote } from '#shared/contracts/http/instance-changes.ts';
import { type Combination, deliveryOf, isChange, type Method } from './dimensions.ts';
import { PART_OUTSIDE } from './expected.ts';
import { TOKENS } from './possible.ts';
import { type Basket, type GiftCard, type Owned, type Shop, UNIT_PRICE } from './shop.ts';

/** Time to pay where the order is to end unpaid: long enough to try on a busy machine, short enough to wait for. */
const SHORT_WINDOW_SECONDS = 20;
const COMPLETES_SECONDS = 100;

/** More than an order of two units costs, and more than one unit but less than two. */
const GIFT_CARD_VALUES: Partial<Record<Method, number>> = {
  gift_card: 3 * UNIT_PRICE,
  gift_card_part: UNIT_PRICE + 500,
};

const DOLLARS: ReadonlySet<Method> = new Set<Method>(['ach', 'typed_ach']);
/** What a statement says in test mode, and what stands for a customer who told it wrong too often. */
const CODE = 'SM11AA';
const ONCE_TOO_OFTEN = 'SM33CC';

/** Plays one combination as its customer, the customer's bank and the provider would. */
export class Play {
  readonly combination: Combination;
  readonly basket: Basket;
  readonly customer: Tokens;
  /** What is to be changed, as it was before. */
  owned: Owned | null = null;
  /** What pays before any payment does. */
  giftCard: GiftCard | null = null;
  readonly #shop: Shop;
  readonly #world: World;
  readonly #token: string;

  constructor(shop: Shop, combination: Combination, number: number) {
    this.#shop = shop;
    this.#world = shop.world;
    this.combination = combination;
    this.customer = shop.customer(number);
    this.basket = shop.basket(combination.method === 'nothing');
    this.#token = TOKENS[combination.method]?.[combination.outcome] ?? '';
  }

  /** From the basket to the customer's last act; what follows comes by itself. */
  async order(): Promise<Order> {
    const { method, capture } = this.combination;
    const kept = method === 'saved' ? await this.#world.keepMethod(this.customer, this.#token) : null;
    if (kept !== null) await this.#tamper(kept);
    const { unit, companion } = this.basket;
    const lines = companion.sku === unit.sku ? [unit] : [unit, companion];
    if (isChange(method)) return this.#payFor(await this.#change());
    const cardValue = GIFT_CARD_VALUES[method];
    this.giftCard = cardValue === undefined ? null : await this.#shop.giftCard(cardValue);
    const order = await this.#world.place(this.customer, {
      currency: DOLLARS.has(method) ? 'USD' : 'EUR',
      lines: lines.map(({ variantId }) => ({ variantId, quantity: 1 })),
      delivery: deliveryOf(capture),
      ...(this.#endsUnpaid() ? { paymentWindowSeconds: SHORT_WINDOW_SECONDS } : {}),
      ...(kept === null ? {} : { paymentMethodId: kept }),
      ...(this.giftCard === null ? {} : { giftCards: [{ code: this.giftCard.code }] }),
    });
    if (method === 'nothing' || method === 'gift_card') return order;
    return this.#payFor(order, kept);
  }

  async #payFor(order: Order, kept: string | null = null): Promise<Order> {
    await this.#tamper(order.id);
    if (this.combination.method === 'typed_ach') await this.#typeAccount(order);
    else if (kept === null) await this.#world.pay(order, this.#token);
    else if (this.combination.outcome.startsWith('authentication')) await this.#world.pay(order, kept);
    await this.#answerChallenge(order);
    await this.#letTheBankAct(order);
    return order;
  }

  /** The order of a change of what the customer bought before. */
  async #change(): Promise<Order> {
    const { accessToken: token } = this.customer;
    const { instance, largerPlan } = (this.owned = await this.#shop.owned(this.customer));
    const isPlan = this.combination.method === 'plan_change';
    const wanted = isPlan ? { change: 'plan', variantId: largerPlan } : { change: 'renewal' };
    const quote = await api<InstanceQuote>(this.#world.origin, 'POST /v1/instance-changes/quotes', {
      token,
      body: { ...wanted, instanceId: instance.id },
    });
    const order = await api<Order>(this.#world.origin, 'POST /v1/instance-changes', {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: {
        quoteId: quote.id,
        ...(this.#endsUnpaid() ? { paymentWindowSeconds: SHORT_WINDOW_SECONDS } : {}),
      },
    });
    return order.state === 'placing'
      ? this.#world.settled(this.customer, order.id, 'awaiting_payment')
      : order;
  }

  /** Whether the money never comes. */
  #endsUnpaid(): boolean {
    const { outcome } = this.combination;
    return outcome.startsWith('declined') || outcome.startsWith('authentication') || outcome === 'fails late';
  }

  /** Tells the provider what becomes of the webhooks that bear this label. */
  async #tamper(label: string): Promise<void> {
    const kinds = {
      'in order': null,
      reversed: { kind: 'webhook.hold' },
      duplicated: { kind: 'webhook.duplicate', copies: 2 },
      'dropped, then reconciled': { kind: 'webhook.drop' },
    } as const;
    const fault = kinds[this.combination.webhooks];
    if (fault !== null) await this.#world.fault({ ...fault, times: null, match: label });
  }

  /** Lets go what is held back, the last event first. */
  async nudge(order: Order): Promise<void> {
    if (this.combination.webhooks !== 'reversed') return;
    await api(this.#world.sandboxOrigin, 'POST /control/webhooks/release', {
      body: { match: order.id, order: 'reversed' },
    });
  }

  /** He types the number of his account, and tells what came to it: the code, another's, or nothing in ten days. */
  async #typeAccount({ payment }: Order): Promise<void> {
    const { paymentId = '', clientSecret = '' } = payment ?? {};
    await this.#world.inBrowser(`payment_intents/${paymentId}/confirm`, clientSecret, {
      'payment_method_data[type]': 'us_bank_account',
      'payment_method_data[us_bank_account][account_number]': this.#token,
    });
    const { outcome } = this.combination;
    if (outcome === 'authentication abandoned') {
      const time = { body: { action: 'unverify' } };
      await api(this.#world.sandboxOrigin, `POST /control/payments/${paymentId}`, time);
      return;
    }
    const code = outcome === 'authentication failed' ? ONCE_TOO_OFTEN : CODE;
    await this.#world.stripe.paymentIntents
      .verifyMicrodeposits(paymentId, { descriptor_code: code })
      .catch((error: unknown) => {
        if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
      });
  }

  async #answerChallenge(order: Order): Promise<void> {
    const { method, outcome } = this.combination;
    const asked = method === 'challenged_card' || (method === 'saved' && outcome === 'authentication failed');
    if (!asked || outcome === 'authentication abandoned' || order.payment === null) return;
    const { paymentId, clientSecret } = order.payment;
    const result = outcome === 'authentication failed' ? 'fail' : 'complete';
    await this.#world.answerChallenge(paymentId, clientSecret, result);
  }

  async #letTheBankAct(order: Order): Promise<void> {
    const { method, outcome } = this.combination;
    if (method === 'transfer') return this.#transfer(order);
    if (outcome === 'settles late') await this.#world.bank(order, 'settle');
    if (outcome === 'fails late') await this.#world.bank(order, 'bounce');
  }

  /** The money arrives in one piece, in two, or never: then the customer gives up. */
  async #transfer(order: Order): Promise<void> {
    const { outcome } = this.combination;
    if (outcome === 'fails late') {
      const { accessToken: token } = this.customer;
      await api(this.#world.origin, `POST /v1/orders/${order.id}/cancel`, { token, body: {} });
      return;
    }
    if (outcome === 'settles late') await this.#world.bank(order, 'transfer', 1_000);
    await this.#world.bank(order, 'transfer');
  }

  /** What comes after the order was delivered: the customer's bank, or somebody in the provider's dashboard. */
  async afterwards(order: Order): Promise<void> {
    const { outcome, method } = this.combination;
    if (outcome === 'refunded outside') await this.#world.bank(order, 'refund');
    if (outcome === 'partly refunded outside') {
      await this.#world.bank(order, 'refund', Math.round(order.total.amount * PART_OUTSIDE));
    }
    if (!outcome.startsWith('dispute')) return;
    await this.#world.bank(order, 'dispute');
    const decidedAtOnce = method === 'sepa' || DOLLARS.has(method);
    if (!decidedAtOnce) await this.#world.bank(order, outcome === 'dispute won' ? 'win' : 'lose');
  }

  get happensAfterwards(): boolean {
    return this.combination.outcome.startsWith('dispute') || this.combination.outcome.includes('outside');
  }

  /** Asks until it holds, letting held webhooks go meanwhile. */
  until<Answer>(order: Order, what: string, ask: () => Promise<Answer | null>): Promise<Answer> {
    return poll(
      what,
      COMPLETES_SECONDS,
      async () => {
        await this.nudge(order);
        return ask();
      },
      1_000,
    );
  }
}
