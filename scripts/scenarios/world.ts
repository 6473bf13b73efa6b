import assert from 'node:assert/strict';
import Stripe from 'stripe';
import type { Order, Timeline } from '#shared/contracts/http/orders.ts';
import { signIn, signUp, type Tokens } from '../lib/accounts.ts';
import { api, poll } from '../lib/api.ts';
import type { Addresses, LocalSecrets } from '../lib/local-settings.ts';
import type { SignIns } from '../lib/seed.ts';

/** One journey or one way it goes wrong: driven through public HTTP alone, failing by throwing. */
export interface Scenario {
  name: string;
  run(world: World): Promise<void>;
}

export interface WorldOptions extends Addresses {
  signIns: SignIns;
  secrets: LocalSecrets;
  /** Receives each step as it is done. */
  onStep: (text: string) => void;
}

const SETTLE_SECONDS = 60;

/** A running system as its customers, its operators and the payment service's own dashboard see it. */
export class World {
  readonly origin: string;
  readonly sandboxOrigin: string;
  readonly stripe: Stripe;
  readonly step: (text: string) => void;
  readonly #options: WorldOptions;
  #operator: Promise<Tokens> | null = null;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.origin = options.origin;
    this.sandboxOrigin = options.sandboxOrigin;
    this.step = options.onStep;
    const { hostname, port } = new URL(options.sandboxOrigin);
    this.stripe = new Stripe(options.secrets.stripeKey, { protocol: 'http', host: hostname, port });
  }

  operator(): Promise<Tokens> {
    this.#operator ??= signIn(this.origin, this.#options.signIns.operator);
    return this.#operator;
  }

  /** A customer of its own for a scenario, signed up through the mailbox. */
  async newCustomer(): Promise<Tokens> {
    const name = `buyer-${crypto.randomUUID().slice(0, 8)}`;
    return signUp(this.#options, { email: `${name}@example.org`, password: `vivid ${crypto.randomUUID()}` });
  }

  async place(customer: Tokens, order: unknown, key: string = crypto.randomUUID()): Promise<Order> {
    const placed = await api<Order>(this.origin, 'POST /v1/orders', {
      token: customer.accessToken,
      headers: { 'idempotency-key': key },
      body: order,
    });
    this.step(`order ${placed.number} placed: ${placed.state}`);
    return placed.state === 'placing' ? this.settled(customer, placed.id, 'awaiting_payment') : placed;
  }

  order(customer: Tokens, id: string): Promise<Order> {
    return api<Order>(this.origin, `GET /v1/orders/${id}`, { token: customer.accessToken });
  }

  /** Waits until the order is in one of the states; says so with its reason. */
  async settled(customer: Tokens, id: string, ...states: Order['state'][]): Promise<Order> {
    const order = await poll(`order ${id} to become ${states.join(' or ')}`, SETTLE_SECONDS, async () => {
      const now = await this.order(customer, id);
      return states.includes(now.state) ? now : null;
    }).catch(async (error: unknown) => {
      const [now, timeline] = [await this.order(customer, id), await this.timeline(customer, id)];
      throw new Error(`${String(error)}; it is ${now.state}: ${JSON.stringify({ now, timeline }, null, 1)}`);
    });
    this.step(
      `order ${order.number} is ${order.state}${order.reason === null ? '' : `: ${order.reason.text}`}`,
    );
    return order;
  }

  timeline(customer: Tokens, id: string): Promise<Timeline> {
    return api<Timeline>(this.origin, `GET /v1/orders/${id}/timeline`, { token: customer.accessToken });
  }

  /**
   * Confirms a payment in the customer's browser's stead: publishable key and client secret, as Stripe.js sends them.
   * Resolves with the payment intent or the provider's error.
   */
  async pay(order: Order, paymentMethod = 'pm_card_visa'): Promise<Record<string, unknown>> {
    assert.ok(order.payment, 'a placed order carries its payment');
    const form = new URLSearchParams({
      key: 'pk_test_demo',
      client_secret: order.payment.clientSecret,
      payment_method: paymentMethod,
    });
    const response = await fetch(
      `${this.sandboxOrigin}/v1/payment_intents/${order.payment.paymentId}/confirm`,
      {
        method: 'POST',
        body: form,
      },
    );
    const answer = (await response.json()) as Record<string, unknown>;
    this.step(
      response.ok ? `payment confirmed: ${String(answer.status)}` : 'payment refused by the card’s bank',
    );
    return answer;
  }

  /** What the payment service itself holds for an order: read with the official SDK. */
  async intentsOf(orderId: string): Promise<Stripe.PaymentIntent[]> {
    const found: Stripe.PaymentIntent[] = [];
    for await (const intent of this.stripe.paymentIntents.list({
      limit: 100,
      expand: ['data.latest_charge'],
    })) {
      if (intent.metadata.order_id === orderId) found.push(intent);
    }
    return found;
  }

  async availableStock(sku: string): Promise<number> {
    const { accessToken } = await this.operator();
    const level = await api<{ available: number }>(this.origin, `GET /v1/stock/${encodeURIComponent(sku)}`, {
      token: accessToken,
    });
    return level.available;
  }
}
