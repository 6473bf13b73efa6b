import type { Order } from '#shared/contracts/http/orders.ts';
import { signIn, type SignIn, type Tokens } from '../lib/accounts.ts';
import { api, ApiError } from '../lib/api.ts';
import type { Addresses } from '../lib/local-settings.ts';
import type { ScenarioProduct } from '../scenarios/world.ts';

/** What a purchase is about; each ends by itself, in one way or another. */
export const KINDS = [
  'licence',
  'service',
  'mixed',
  'scarce',
  'coupon',
  'declined',
  'unpaid',
  'cancelled',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Shelf extends Record<'licence' | 'service' | 'scarce', ScenarioProduct> {
  /** Code of a promotion with few uses. */
  code: string;
}

/** One request to buy, with its one key, and what became of it. */
export interface Purchase {
  kind: Kind;
  customer: Customer;
  lines: { variantId: string; quantity: number }[];
  /** The order that was accepted; null: refused for want of stock or of uses. */
  order: Order | null;
}

/** What a purchase may honestly be refused with. */
const REFUSALS = new Set(['/problems/out-of-stock', '/problems/promotion-used-up']);
const TRY_AGAIN_MS = 150;
const PATIENCE_MS = 300_000;
const TOKEN_USED_MS = 4 * 60_000;
/** Shortest time to pay there is: what is not paid ends within the run. */
const SHORT_WINDOW_SECONDS = 5;

/** A customer who does not mind that the shop is away: everything is asked again until there is an answer. */
export class Customer {
  readonly #at: Addresses;
  readonly #who: SignIn;
  #tokens: Tokens;
  #since = Date.now();

  constructor(at: Addresses, who: SignIn, tokens: Tokens) {
    this.#at = at;
    this.#who = who;
    this.#tokens = tokens;
  }

  /** One call, repeated while the shop or the way to it is down. */
  async ask<Answer>(request: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return patiently(async () => {
      if (Date.now() - this.#since > TOKEN_USED_MS) {
        this.#tokens = await signIn(this.#at.origin, this.#who);
        this.#since = Date.now();
      }
      const token = this.#tokens.accessToken;
      return api<Answer>(this.#at.origin, request, {
        token,
        headers,
        ...(body === undefined ? {} : { body }),
      });
    });
  }

  /** Buys once, to the point where the shop must do the rest. */
  async buy(kind: Kind, shelf: Shelf, random: () => number): Promise<Purchase> {
    const lines = linesOf(kind, shelf, random);
    const purchase: Purchase = { kind, customer: this, lines, order: null };
    const window =
      kind === 'declined' || kind === 'unpaid' ? { paymentWindowSeconds: SHORT_WINDOW_SECONDS } : {};
    try {
      purchase.order = await this.ask<Order>(
        'POST /v1/orders',
        { currency: 'EUR', lines, ...window, ...(kind === 'coupon' ? { codes: [shelf.code] } : {}) },
        { 'idempotency-key': crypto.randomUUID() },
      );
    } catch (error) {
      if (error instanceof ApiError && REFUSALS.has(String(error.problem['type']))) return purchase;
      throw error;
    }
    const payable = await this.#payable(purchase.order);
    if (payable !== null && kind !== 'unpaid') await this.#pay(payable, kind);
    if (kind === 'cancelled') await this.#cancel(purchase.order);
    return purchase;
  }

  /** The order with its payment; null when it ended before there was one. */
  async #payable(order: Order): Promise<Order | null> {
    let now = order;
    while (now.state === 'placing') now = await this.ask<Order>(`GET /v1/orders/${order.id}`);
    return now.payment === null ? null : now;
  }

  /** As the customer's browser does it. A repeat finds the payment confirmed, which the provider refuses: just as well. */
  async #pay(order: Order, kind: Kind): Promise<void> {
    const form = new URLSearchParams({
      key: 'pk_test_demo',
      client_secret: order.payment?.clientSecret ?? '',
      return_url: `${this.#at.origin}/orders/${order.id}`,
      payment_method: kind === 'declined' ? 'pm_card_chargeDeclined' : 'pm_card_visa',
    });
    const address = `${this.#at.sandboxOrigin}/v1/payment_intents/${order.payment?.paymentId}/confirm`;
    await patiently(async () => {
      const response = await fetch(address, { method: 'POST', body: form });
      if (response.status >= 500) throw new Error(`the payment service answered ${response.status}`);
    });
  }

  /** May come too late: then the order goes on. */
  async #cancel({ id }: Order): Promise<void> {
    try {
      await this.ask(`POST /v1/orders/${id}/cancel`, {});
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
    }
  }
}

function linesOf(kind: Kind, shelf: Shelf, random: () => number): Purchase['lines'] {
  const line = (product: ScenarioProduct, quantity = 1) => ({ variantId: product.variantId, quantity });
  if (kind === 'service') return [line(shelf.service)];
  if (kind === 'scarce') return [line(shelf.scarce)];
  if (kind === 'mixed') return [line(shelf.licence, 1 + Math.floor(random() * 3)), line(shelf.service)];
  return [line(shelf.licence, 1 + Math.floor(random() * 2))];
}

async function patiently<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > until || !passes(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
}

const PASSING = new Set(['/problems/request-in-flight', '/problems/rate-limited', '/problems/unavailable']);

/** No answer at all, or one that says to come again. A token that has just expired is renewed by its age. */
function passes(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status >= 500 || PASSING.has(String(error.problem['type']));
}
