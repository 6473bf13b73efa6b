import assert from 'node:assert/strict';
import type { OrderSummary } from '#shared/contracts/http/orders.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Product } from '#shared/contracts/http/products.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { api, poll } from '../../scripts/lib/api.ts';
import type { World } from '../../scripts/scenarios/world.ts';

/** What all combinations buy from, and who buys. */

export interface Unit {
  sku: string;
  variantId: string;
}
/** A combination's own unit, of which there is one, and what is bought with it. */
export interface Basket {
  unit: Unit;
  companion: Unit;
}

export interface GiftCard {
  id: string;
  code: string;
  /** Minor units, in EUR. */
  value: number;
}

/** What somebody owns, and the plan he may change to. */
export interface Owned {
  instance: Instance;
  largerPlan: string;
}

export const UNIT_PRICE = 2_500;
const LARGER_PRICE = 7_500;
const VARIANTS_MAX = 100;
export const TERM_DAYS = 365;
const LICENCE = { template: 'licence-key', activationsMax: 3, validDays: TERM_DAYS } as const;
const CURRENCIES = ['EUR', 'USD'] as const;

export class Shop {
  readonly world: World;
  readonly #customers: Tokens[] = [];
  readonly #units: Unit[] = [];
  readonly #free: Unit[] = [];
  #companion: Unit | null = null;
  #plans: Unit[] = [];

  constructor(world: World) {
    this.world = world;
  }

  /** Fills the shelves: one unit for each combination, never the same for two. */
  async open(options: { customers: number; units: number; free: number }): Promise<void> {
    await this.#pauseCountingRules();
    for (let left = options.units; left > 0; left -= VARIANTS_MAX) {
      this.#units.push(...(await this.#shelf(Math.min(left, VARIANTS_MAX), UNIT_PRICE, 1)));
    }
    if (options.free > 0) this.#free.push(...(await this.#shelf(options.free, 0, 1)));
    [this.#companion = null] = await this.#shelf(1, UNIT_PRICE, null);
    this.#plans = await this.#shelf(2, UNIT_PRICE, null, [UNIT_PRICE, LARGER_PRICE]);
    const shelved = [...this.#units, ...this.#free].map(({ sku }) => sku);
    for (const sku of [shelved[0], shelved.at(-1)]) await this.world.stockBecomes(sku ?? '', 1);
    const coming = Array.from({ length: options.customers }, () => this.world.newCustomer());
    this.#customers.push(...(await Promise.all(coming)));
  }

  customer(number: number): Tokens {
    const customer = this.#customers[number % this.#customers.length];
    assert.ok(customer, 'the shop has customers');
    return customer;
  }
  get customers(): readonly Tokens[] {
    return this.#customers;
  }

  /** Gives every customer a new access token in place of the one they have. */
  async staySignedIn(): Promise<void> {
    const renewed = this.#customers.map(async (customer) => {
      const body = { refreshToken: customer.refreshToken };
      Object.assign(customer, await api<Tokens>(this.world.origin, 'POST /v1/auth/token', { body }));
    });
    await Promise.all(renewed);
  }

  basket(free: boolean): Basket {
    const unit = (free ? this.#free : this.#units).pop();
    assert.ok(unit && this.#companion, 'there is a unit for every combination');
    return { unit, companion: free ? unit : this.#companion };
  }

  /** A gift card that staff issue. */
  async giftCard(value: number): Promise<GiftCard> {
    const { accessToken: token } = await this.world.operator();
    const { id, code } = await api<{ id: string; code: string }>(this.world.origin, 'POST /v1/gift-cards', {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { value: { amount: value, currency: 'EUR' }, reason: 'Matrix' },
    });
    return { id, code, value };
  }

  /** Bought and paid for just now, of the smaller of two plans. */
  async owned(customer: Tokens): Promise<Owned> {
    const [small, large] = this.#plans;
    assert.ok(small && large, 'there are two plans');
    const lines = [{ variantId: small.variantId, quantity: 1 }];
    const order = await this.world.place(customer, { currency: 'EUR', lines });
    await this.world.pay(order);
    await this.world.settled(customer, order.id, 'completed');
    const [instance] = await this.world.instancesOf(customer, order.id);
    assert.ok(instance, 'it is delivered');
    return { instance, largerPlan: large.variantId };
  }

  async #shelf(
    count: number,
    amount: number,
    onHand: number | null,
    amounts: readonly number[] = [],
  ): Promise<Unit[]> {
    const { accessToken: token } = await this.world.operator();
    const handle = `matrix-${crypto.randomUUID().slice(0, 8)}`;
    const product = await api<Product>(this.world.origin, 'POST /v1/products', {
      token,
      body: {
        handle,
        kind: 'licence',
        title: 'Matrix licence',
        fulfilment: LICENCE,
        optionNames: ['Seat'],
        variants: Array.from({ length: count }, (_, index) => ({
          sku: `${handle}-${index}`,
          options: { Seat: `${index}` },
          prices: CURRENCIES.map((currency) => ({ amount: amounts[index] ?? amount, currency })),
          stockTracked: onHand !== null,
          onHand,
        })),
      },
    });
    return product.variants.map(({ id, sku }) => ({ variantId: id, sku }));
  }

  /** A few customers and cards pay for everything here: rules that count them would hold the orders back. */
  async #pauseCountingRules(): Promise<void> {
    const { accessToken: token } = await this.world.operator();
    const { origin } = this.world;
    interface Rule {
      id: string;
      version: number;
      status: string;
      condition: { kind: string };
      score: number;
      reason: string;
    }
    const { items } = await api<{ items: Rule[] }>(origin, 'GET /v1/fraud/rules?limit=100', { token });
    for (const { id, version, status, condition, score, reason } of items) {
      if (condition.kind !== 'velocity' || status !== 'active') continue;
      await api(origin, `PUT /v1/fraud/rules/${id}`, {
        token,
        headers: { 'if-match': `"${version}"` },
        body: { status: 'paused', condition, score, reason },
      });
    }
  }
}

const LOOK_EVERY_MS = 1_000;
const PAGE = 100;

/** Reads the orders of all customers again and again, so that hundreds can be waited for at once. */
export class Watcher {
  readonly #shop: Shop;
  readonly #seen = new Map<string, OrderSummary>();
  #running = true;
  constructor(shop: Shop) {
    this.#shop = shop;
    void this.#look();
  }
  stop(): void {
    this.#running = false;
  }

  until(orderId: string, seconds: number, holds: (order: OrderSummary) => boolean): Promise<OrderSummary> {
    return poll(
      `order ${orderId}`,
      seconds,
      async () => {
        const order = this.#seen.get(orderId);
        return order !== undefined && holds(order) ? order : null;
      },
      LOOK_EVERY_MS / 4,
    );
  }

  async #look(): Promise<void> {
    while (this.#running) {
      await Promise.all(this.#shop.customers.map((customer) => this.#lookAt(customer)));
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #lookAt({ accessToken: token }: Tokens): Promise<void> {
    const list = `GET /v1/orders?limit=${PAGE}`;
    const page = await api<{ items: OrderSummary[] }>(this.#shop.world.origin, list, { token }).catch(
      () => null,
    );
    for (const order of page?.items ?? []) this.#seen.set(order.id, order);
  }
}
