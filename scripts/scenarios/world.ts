import assert from 'node:assert/strict';
import { Stripe } from 'stripe';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Order, Timeline } from '#shared/contracts/http/orders.ts';
import type { MethodSetup } from '#shared/contracts/http/payment-methods.ts';
import type { Product } from '#shared/contracts/http/products.ts';
import type { ProductFulfilment, ProductKind } from '#shared/domain/product.ts';
import { signIn, signUp, type Tokens } from '../lib/accounts.ts';
import { api, ApiError, poll } from '../lib/api.ts';
import type { Addresses, LocalSecrets } from '../lib/local-settings.ts';
import type { SignIns } from '../lib/seed.ts';

/** One journey or one way it goes wrong: driven through public HTTP alone, failing by throwing. */
export interface Scenario {
  name: string;
  /** True when its fault could hit another scenario that runs at the same time. */
  exclusive?: boolean;
  run(world: World): Promise<void>;
}

export interface WorldOptions extends Addresses {
  signIns: SignIns;
  secrets: LocalSecrets;
  /** Stripe itself, where the system was started with its keys; else the sandbox's payment service. */
  provider?: { origin: string; secretKey: string; publishableKey: string | null };
  /** Receives each step as it is done. */
  onStep: (text: string) => void;
}

export interface ProductOptions {
  /** Units on hand; without it the product never runs out. */
  onHand?: number;
  customisationSchema?: Record<string, unknown>;
  /** In cents; 25.00 without it. */
  price?: number;
  /** EUR without it. */
  currency?: 'EUR' | 'USD';
  /** Of what is sold in plans. */
  planGroup?: string;
  /** `standard` without it. */
  taxClass?: string;
}
export interface ScenarioProduct {
  product: Product;
  sku: string;
  variantId: string;
}

/** Of one payment; amounts in minor units. */
export interface PaymentLedger {
  paymentId: string;
  figures: Record<
    'authorised' | 'captured' | 'voided' | 'open' | 'refunded' | 'disputed' | 'chargedBack',
    number
  >;
  check: { state: string; breaches: { code: string; detail: string }[] };
  balances: { account: string; amount: number }[];
  transactions: { entries: { currency: string; amount: number }[] }[];
}

const SETTLE_SECONDS = 60;

/** Signed in once for all worlds of a system: an account that signs in many times at once is asked to solve a challenge. */
const operators = new WeakMap<SignIns['operator'], { tokens: Promise<Tokens>; until: number }>();
/** Less than an access token lasts. */
const OPERATOR_USED_MS = 5 * 60_000;

/** A running system as its customers, its operators and the payment service's own dashboard see it. */
export class World {
  readonly origin: string;
  readonly sandboxOrigin: string;
  readonly stripe: Stripe;
  readonly step: (text: string) => void;
  readonly #options: WorldOptions;
  readonly #made: string[] = [];

  constructor(options: WorldOptions) {
    this.#options = options;
    this.origin = options.origin;
    this.sandboxOrigin = options.sandboxOrigin;
    this.step = options.onStep;
    const { origin, secretKey } = this.#provider;
    const { protocol, hostname, port } = new URL(origin);
    this.stripe = new Stripe(secretKey, {
      protocol: protocol === 'http:' ? 'http' : 'https',
      host: hostname,
      ...(port === '' ? {} : { port }),
    });
  }

  /** Where payments are made, and the key a browser confirms them with. */
  get #provider(): { origin: string; secretKey: string; key: string } {
    const { provider, sandboxOrigin, secrets } = this.#options;
    return provider === undefined
      ? { origin: sandboxOrigin, secretKey: secrets.stripeKey, key: 'pk_test_demo' }
      : { ...provider, key: provider.publishableKey ?? provider.secretKey };
  }

  operator(): Promise<Tokens> {
    const { operator } = this.#options.signIns;
    const known = operators.get(operator);
    if (known !== undefined && Date.now() < known.until) return known.tokens;
    const tokens = signIn(this.origin, operator);
    operators.set(operator, { tokens, until: Date.now() + OPERATOR_USED_MS });
    return tokens;
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

  /** Waits until nothing more happens to the order by itself. */
  ended(customer: Tokens, id: string): Promise<Order> {
    return this.settled(customer, id, 'completed', 'cancelled', 'refunded', 'needs_operator');
  }

  /** Waits until the order, as its customer reads it, satisfies a condition. */
  until(customer: Tokens, id: string, what: string, holds: (order: Order) => boolean): Promise<Order> {
    return poll(`${what} of order ${id}`, SETTLE_SECONDS, async () => {
      const now = await this.order(customer, id);
      return holds(now) ? now : null;
    });
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
    const { paymentId, clientSecret } = order.payment;
    const form = { payment_method: paymentMethod };
    const answer = await this.inBrowser(`payment_intents/${paymentId}/confirm`, clientSecret, form);
    this.step(
      'error' in answer
        ? 'payment refused by the card’s bank'
        : `payment confirmed: ${String(answer['status'])}`,
    );
    return answer;
  }

  /** A request of Stripe.js: with the publishable key, the secret of one payment or set-up, and where to come back to. */
  async inBrowser(
    path: string,
    clientSecret: string,
    form: Record<string, string>,
  ): Promise<Record<string, unknown>> {
    const { origin, key } = this.#provider;
    const way = { client_secret: clientSecret, return_url: `${this.origin}/orders` };
    const body = new URLSearchParams({ key, ...way, ...form });
    const response = await fetch(`${origin}/v1/${path}`, { method: 'POST', body });
    return response.json<Record<string, unknown>>();
  }

  /** The holder of a card answers the question of its bank, at the sandbox's own page. */
  async answerChallenge(
    id: string,
    clientSecret: string,
    result: 'complete' | 'fail' = 'complete',
  ): Promise<void> {
    const answered = await fetch(`${this.sandboxOrigin}/challenge/${id}`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ client_secret: clientSecret, result }),
    });
    assert.ok(answered.ok, 'the challenge was open');
    this.step(`the customer ${result === 'complete' ? 'confirms it with' : 'is not recognised by'} the bank`);
  }

  /**
   * Keeps a payment method through the provider's own form, without an order: a set-up, confirmed by the browser, with its
   * challenge where there is one. Resolves with its id.
   */
  async keepMethod({ accessToken: token }: Tokens, paymentMethod: string): Promise<string> {
    const { id, clientSecret } = await api<MethodSetup>(this.origin, 'POST /v1/payment-methods/setup', {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    const form = { payment_method: paymentMethod };
    const confirmed = await this.inBrowser(`setup_intents/${id}/confirm`, clientSecret, form);
    if (confirmed['status'] === 'requires_action') await this.answerChallenge(id, clientSecret);
    return String(confirmed['payment_method']);
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

  /** A published product of one variant, made by the operator for this scenario alone. */
  async newProduct(
    kind: ProductKind,
    fulfilment: ProductFulfilment,
    options: ProductOptions = {},
  ): Promise<ScenarioProduct> {
    const { accessToken } = await this.operator();
    const handle = `scenario-${kind}-${crypto.randomUUID().slice(0, 8)}`;
    const { onHand = null, customisationSchema = null, price: amount = 2500, currency = 'EUR' } = options;
    const { taxClass = 'standard' } = options;
    const product = await api<Product>(this.origin, 'POST /v1/products', {
      token: accessToken,
      body: {
        handle,
        kind,
        title: `Scenario ${kind}`,
        fulfilment,
        taxClass,
        customisationSchema,
        variants: [{ sku: handle, prices: [{ amount, currency }], stockTracked: onHand !== null, onHand }],
      },
    });
    const [variant] = product.variants;
    assert.ok(variant, 'the product has its variant');
    this.#made.push(product.id);
    if (onHand !== null) await this.stockBecomes(handle, onHand);
    return { product, sku: handle, variantId: variant.id };
  }

  licence(options: ProductOptions = {}): Promise<ScenarioProduct> {
    return this.newProduct(
      'licence',
      { template: 'licence-key', activationsMax: 3, validDays: 365 },
      options,
    );
  }

  /** `plan` may be one of the sandbox partner's trouble plans. */
  service(plan: string, options: ProductOptions = {}): Promise<ScenarioProduct> {
    const { planGroup } = options;
    const grouped = planGroup === undefined ? {} : { planGroup };
    return this.newProduct(
      'service',
      { template: 'partner-service', plan, validDays: 30, ...grouped },
      options,
    );
  }

  async stockBecomes(sku: string, wanted: number): Promise<void> {
    await poll(`stock of ${sku} to be ${wanted}`, SETTLE_SECONDS, async () =>
      (await this.availableStock(sku)) === wanted ? true : null,
    );
    this.step(`stock of ${sku}: ${wanted} available`);
  }

  /** Everything the customer got from one order, read one by one as its page would. */
  async instancesOf(customer: Tokens, orderId: string): Promise<Instance[]> {
    const token = customer.accessToken;
    const page = await api<{ items: Instance[] }>(this.origin, `GET /v1/instances?orderId=${orderId}`, {
      token,
    });
    return Promise.all(
      page.items.map(({ id }) => api<Instance>(this.origin, `GET /v1/instances/${id}`, { token })),
    );
  }

  /** What the shop's books say of the payments of an order. */
  ledgersOf(orderId: string): Promise<PaymentLedger[]> {
    return this.#ledgers(`orderId=${orderId}`);
  }

  /** Of a gift card itself: what is owed for it by no payment. */
  ledgersOfCard(cardId: string): Promise<PaymentLedger[]> {
    return this.#ledgers(`paymentId=${cardId}`);
  }

  async #ledgers(query: string): Promise<PaymentLedger[]> {
    const { accessToken: token } = await this.operator();
    const path = `GET /v1/ledger?${query}&limit=100`;
    return (await api<{ items: PaymentLedger[] }>(this.origin, path, { token })).items;
  }

  /** Sets one of the sandbox's fault switches; see workers/sandbox/README.md. */
  async fault(fault: {
    kind: string;
    match: string | readonly string[];
    times?: number | null;
    copies?: number;
    delayMs?: number;
  }): Promise<string> {
    const { id } = await api<{ id: string }>(this.sandboxOrigin, 'POST /control', { body: fault });
    this.step(`fault set: ${fault.kind}`);
    return id;
  }

  async faultEnds(id: string): Promise<void> {
    await api(this.sandboxOrigin, `DELETE /control/${id}`);
    this.step('the fault is over');
  }

  /** What a bank, or somebody in the provider's dashboard, does with the payment of an order. */
  async bank(
    order: Order,
    action: 'dispute' | 'win' | 'lose' | 'refund' | 'transfer' | 'settle' | 'bounce' | 'unverify',
    amount?: number,
  ): Promise<void> {
    assert.ok(order.payment, 'a paid order carries its payment');
    await api(this.sandboxOrigin, `POST /control/payments/${order.payment.paymentId}`, {
      body: { action, amount },
    });
    this.step(`at the payment service: ${action}${amount === undefined ? '' : ` of ${amount}`}`);
  }

  /** Takes what the scenario put into the shop off its shelves again. */
  async cleanUp(): Promise<void> {
    const { accessToken: token } = await this.operator();
    for (const id of this.#made.splice(0)) {
      await api(this.origin, `DELETE /v1/products/${id}`, { token, headers: { 'if-match': '*' } });
    }
  }

  /** What the partner still runs for an order, line by line. */
  async heldByPartner(order: Order): Promise<{ state: string }[]> {
    const { partnerKey: token } = this.#options.secrets;
    const pages = await Promise.all(
      order.lines.map(({ id }) =>
        api<{ items: { state: string }[] }>(this.sandboxOrigin, `GET /partner/services?reference=${id}`, {
          token,
        }),
      ),
    );
    return pages.flatMap((page) => page.items).filter((service) => service.state !== 'deleted');
  }

  /** Units that can be bought; null while the declaration of a new product is still on its way to the stock. */
  async availableStock(sku: string): Promise<number | null> {
    const { accessToken } = await this.operator();
    const path = `GET /v1/stock/${encodeURIComponent(sku)}`;
    const level = await api<{ available: number }>(this.origin, path, { token: accessToken }).catch(
      (error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      },
    );
    return level?.available ?? null;
  }
}
