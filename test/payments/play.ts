import assert from 'node:assert/strict';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { api, poll } from '../../scripts/lib/api.ts';
import { type Combination, deliveryOf } from './dimensions.ts';
import { PART_OUTSIDE } from './expected.ts';
import { TOKENS } from './possible.ts';
import type { Basket, Shop } from './shop.ts';

/** Time to pay where the order is to end unpaid: long enough to try on a busy machine, short enough to wait for. */
const SHORT_WINDOW_SECONDS = 20;
const COMPLETES_SECONDS = 100;

/** Plays one combination as its customer, the customer's bank and the provider would. */
export class Play {
  readonly combination: Combination;
  readonly basket: Basket;
  readonly customer: Tokens;
  readonly #shop: Shop;
  readonly #token: string;

  constructor(shop: Shop, combination: Combination, number: number) {
    this.#shop = shop;
    this.combination = combination;
    this.customer = shop.customer(number);
    this.basket = shop.basket(combination.method === 'nothing');
    this.#token = TOKENS[combination.method]?.[combination.outcome] ?? '';
  }

  /** From the basket to the customer's last act; what follows comes by itself. */
  async order(): Promise<Order> {
    const { method, outcome, capture } = this.combination;
    const kept = method === 'saved' ? await this.#keepMethod() : null;
    if (kept !== null) await this.#tamper(kept);
    const { unit, companion } = this.basket;
    const lines = companion.sku === unit.sku ? [unit] : [unit, companion];
    const order = await this.#shop.world.place(this.customer, {
      currency: method === 'ach' ? 'USD' : 'EUR',
      lines: lines.map(({ variantId }) => ({ variantId, quantity: 1 })),
      delivery: deliveryOf(capture),
      ...(this.#endsUnpaid() ? { paymentWindowSeconds: SHORT_WINDOW_SECONDS } : {}),
      ...(kept === null ? {} : { paymentMethodId: kept }),
    });
    if (method === 'nothing') return order;
    await this.#tamper(order.id);
    if (kept === null) await this.#shop.world.pay(order, this.#token);
    else if (outcome.startsWith('authentication')) await this.#shop.world.pay(order, kept);
    await this.#answerChallenge(order);
    await this.#letTheBankAct(order);
    return order;
  }

  /** Whether the money never comes. */
  #endsUnpaid(): boolean {
    const { outcome } = this.combination;
    return outcome.startsWith('declined') || outcome.startsWith('authentication') || outcome === 'fails late';
  }

  /** Kept through the provider's own form: a set-up, confirmed by the browser, with its challenge where there is one. */
  async #keepMethod(): Promise<string> {
    const { origin, sandboxOrigin } = this.#shop.world;
    const token = this.customer.accessToken;
    const setup = await api<{ id: string; clientSecret: string }>(origin, 'POST /v1/payment-methods/setup', {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    const answer = await fetch(`${sandboxOrigin}/v1/setup_intents/${setup.id}/confirm`, {
      method: 'POST',
      body: new URLSearchParams({
        key: 'pk_test_matrix',
        client_secret: setup.clientSecret,
        payment_method: this.#token,
      }),
    });
    const confirmed = (await answer.json()) as { status: string; payment_method: string };
    if (confirmed.status === 'requires_action') await this.#challenge(setup.id, setup.clientSecret, true);
    return confirmed.payment_method;
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
    if (fault !== null) await this.#shop.world.fault({ ...fault, times: null, match: label });
  }

  /** Lets go what is held back, the last event first. */
  async nudge(order: Order): Promise<void> {
    if (this.combination.webhooks !== 'reversed') return;
    await api(this.#shop.world.sandboxOrigin, 'POST /control/webhooks/release', {
      body: { match: order.id, order: 'reversed' },
    });
  }

  async #answerChallenge(order: Order): Promise<void> {
    const { method, outcome } = this.combination;
    const asked = method === 'challenged_card' || (method === 'saved' && outcome === 'authentication failed');
    if (!asked || outcome === 'authentication abandoned' || order.payment === null) return;
    const { paymentId, clientSecret } = order.payment;
    await this.#challenge(paymentId, clientSecret, outcome !== 'authentication failed');
  }

  async #challenge(id: string, clientSecret: string, passed: boolean): Promise<void> {
    await fetch(`${this.#shop.world.sandboxOrigin}/challenge/${id}`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ client_secret: clientSecret, result: passed ? 'complete' : 'fail' }),
    });
  }

  async #letTheBankAct(order: Order): Promise<void> {
    const { method, outcome } = this.combination;
    if (method === 'transfer') return this.#transfer(order);
    if (outcome === 'settles late') await this.#happens(order, { action: 'settle' });
    if (outcome === 'fails late') await this.#happens(order, { action: 'bounce' });
  }

  /** The money arrives in one piece, in two, or never: then the customer gives up. */
  async #transfer(order: Order): Promise<void> {
    const { outcome } = this.combination;
    if (outcome === 'fails late') {
      const { accessToken: token } = this.customer;
      await api(this.#shop.world.origin, `POST /v1/orders/${order.id}/cancel`, { token, body: {} });
      return;
    }
    if (outcome === 'settles late') await this.#happens(order, { action: 'transfer', amount: 1_000 });
    await this.#happens(order, { action: 'transfer' });
  }

  /** What comes after the order was delivered: the customer's bank, or somebody in the provider's dashboard. */
  async afterwards(order: Order): Promise<void> {
    const { outcome, method } = this.combination;
    if (outcome === 'refunded outside') await this.#happens(order, { action: 'refund' });
    if (outcome === 'partly refunded outside') {
      await this.#happens(order, { action: 'refund', amount: Math.round(order.total.amount * PART_OUTSIDE) });
    }
    if (!outcome.startsWith('dispute')) return;
    await this.#happens(order, { action: 'dispute' });
    const decidedAtOnce = method === 'sepa' || method === 'ach';
    if (!decidedAtOnce) await this.#happens(order, { action: outcome === 'dispute won' ? 'win' : 'lose' });
  }

  get happensAfterwards(): boolean {
    return this.combination.outcome.startsWith('dispute') || this.combination.outcome.includes('outside');
  }

  #happens(order: Order, happening: { action: string; amount?: number }): Promise<unknown> {
    assert.ok(order.payment, 'something was to be paid');
    const path = `POST /control/payments/${order.payment.paymentId}`;
    return api(this.#shop.world.sandboxOrigin, path, { body: happening });
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
