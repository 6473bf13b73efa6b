import { BuyerEngine } from '#objects/buyer/engine.ts';
import type { BuyerFace } from '#objects/buyer/face.ts';
import type { OutsidePorts } from '#objects/order/core.ts';
import { OrderEngine } from '#objects/order/engine.ts';
import type { OrderFace } from '#objects/order/face.ts';
import type { OrderDocument } from '#objects/order/machine/document.ts';
import type { OrderEvent } from '#objects/order/machine/events.ts';
import { specOf } from '#objects/order/machine/table.ts';
import type { Outcome } from '#objects/order/machine/transition.ts';
import { upgradeDocument } from '#objects/order/machine/upgrade.ts';
import { CartEngine } from '#objects/cart/engine.ts';
import type { CartFace } from '#objects/cart/face.ts';
import type { CartDocument } from '#objects/cart/machine/document.ts';
import type { CartPorts } from '#objects/cart/ports.ts';
import { cartPricer } from '#objects/cart/pricing.ts';
import type { Chance } from '#objects/lib/host.ts';
import { callObject } from '#objects/lib/namespace.ts';
import { StockEngine } from '#objects/stock/engine.ts';
import type { PricingService } from '#objects/pricing/face.ts';
import { pricingService } from '#objects/pricing/service.ts';
import { PromotionEngine } from '#objects/promotion/engine.ts';
import type { PromotionFace } from '#objects/promotion/face.ts';
import type { StockFace } from '#objects/stock/face.ts';
import type {
  PaymentEventMessage,
  ProvisioningMessage,
  ProvisioningResultMessage,
  StockEventMessage,
} from '#shared/contracts/messages.ts';
import type { OrderEventMessage } from '#shared/contracts/order-events.ts';
import type { Mail } from '#shared/mail/mail.ts';
import { silenceLog } from '#shared/observability/log.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { ordersNotListed, ordersToSweep } from '../../../workers/purchase/queries/sweep.ts';
import { sweepOrders } from '../../../workers/purchase/usecases/sweep-orders.ts';
import { SimulatedDatabase } from '../kernel/database.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Caller, Network, person } from '../kernel/network.ts';
import { type CrashPlan, Objects, type SimulatedObject, type SimulatedNamespace } from '../kernel/objects.ts';
import { SimulatedQueue } from '../kernel/queue.ts';
import { catalogueSeenBy, skuOf, type SoldAs } from './catalogue.ts';
import { Customer } from './customer.ts';
import { Directory } from './directory.ts';
import { GiftCards } from './gift-cards.ts';
import { type Payment, PaymentService } from './payment-service.ts';
import { Owner } from './owner.ts';
import { OPERATOR_LOOKS_MS, PLAIN_STOCK, type Plan, type Quality } from './plan.ts';
import { Fraud } from './fraud.ts';
import { decided, judged, operate } from './operator.ts';
import { Provisioner } from './provisioner.ts';
import { Shopper } from './shopper.ts';
import { offersOf, setRules } from './rules.ts';

/** Changes of the world that a test plants: what the invariants must catch. */
export interface Sabotage {
  ports?(ports: OutsidePorts): OutsidePorts;
}
export interface Chaos {
  ms: number;
  sweeps: number;
}
const chaosOf = (kernel: Kernel): Chaos => {
  const chance = kernel.stream('phases');
  return {
    ms: chance.weighted([
      [3, 10 * MINUTE_MS],
      [4, 90 * MINUTE_MS],
      [2, 5 * DAY_MS],
    ]),
    sweeps: chance.int(0, 2),
  };
};
export interface WorldOptions {
  kernel: Kernel;
  plan: Plan;
  quality: Quality;
  crash?: CrashPlan;
  sabotage?: Sabotage;
  /** How long things go wrong, and how often the sweeper goes round meanwhile; else the seed decides. */
  chaos?: Chaos;
  /** Called with each step of an order's machine. */
  watch(world: World, event: OrderEvent, outcome: Outcome): void;
  /** Called after each task with the objects it touched, everything written being durable. */
  settled(world: World, touched: SimulatedObject<object>[]): void;
}

const CALL = { requestId: 'simulation' };
/** Tasks of one history: more than any sound one takes. */
const CHAOS_STEPS_MAX = 3_000;
const STEPS_MAX = 12_000;
/** An operator gives up on an order after as many rounds: it never comes to an end. */
const OPERATOR_ROUNDS_MAX = 12;

/**
 * Several orders and everything around them: the real engines of orders, stock and buyers on real storage, and models of
 * the payment service, the provisioner, mail, catalogue, queues and people, all in virtual time.
 */
export class World {
  readonly kernel: Kernel;
  readonly plan: Plan;
  readonly network: Network;
  readonly objects: Objects;
  readonly payments: PaymentService;
  readonly giftCards: GiftCards;
  readonly provisioner: Provisioner;
  readonly database: SimulatedDatabase;
  readonly commerce: SimulatedDatabase;
  readonly directory: Directory;
  readonly customers: Customer[];
  readonly shoppers: Shopper[];
  readonly owners: Owner[];
  readonly violations = new Set<string>();
  /** The most that each order ever came to, minor units. */
  readonly totals = new Map<string, number>();
  /** Every mail that was taken, in order. */
  readonly mails: Mail[] = [];
  /** Public events that reached their readers, by order: sequence number to type. */
  readonly published = new Map<string, Map<number, string>>();
  /** What the catalogue knows of each SKU. */
  readonly availability = new Map<string, { sequence: number; available: number }>();
  readonly orders;
  readonly stocks: SimulatedNamespace<StockFace>;
  readonly promotions;
  readonly carts: SimulatedNamespace<CartFace>;
  readonly buyers;
  readonly #queues;
  readonly #options: WorldOptions;
  readonly #fraud: Fraud;
  readonly #operatorRounds = new Map<string, number>();
  #operatorActed = false;

  constructor(options: WorldOptions) {
    silenceLog();
    const { kernel, plan, quality } = options;
    this.#options = options;
    this.kernel = kernel;
    this.plan = plan;
    this.network = new Network(kernel, quality.line);
    this.objects = new Objects(kernel, {
      mortality: quality.mortality,
      plan: options.crash ?? null,
      failed: (what) => this.violated(what),
    });
    this.database = new SimulatedDatabase('orders', this.network);
    this.commerce = new SimulatedDatabase('commerce', this.network);
    setRules(this.commerce, offersOf(plan));
    this.directory = new Directory(this.network);
    this.#queues = this.#makeQueues(quality);
    this.payments = new PaymentService({
      kernel,
      network: this.network,
      quality: quality.payments,
      told: ({ orderId, paymentId }, eventId) =>
        this.#queues.payments.accept([
          {
            type: 'payment.changed',
            ...CALL,
            messageId: eventId,
            eventId,
            eventType: 'x',
            orderId,
            paymentId,
          },
        ]),
    });
    this.payments.opened = (payment) => this.#opened(payment);
    const { objects, network } = this;
    this.giftCards = new GiftCards({ kernel, objects, network, plans: plan.cards ?? [] });
    this.#fraud = new Fraud({ kernel, network: this.network, quality: quality.fraud });
    this.provisioner = new Provisioner({
      kernel,
      quality: quality.provisioner,
      tell: (message) => this.#queues.results.accept([message]),
    });
    this.stocks = this.objects.namespace<StockFace>(
      'stock',
      this.network,
      (_, host, self) =>
        new StockEngine(host, {
          events: this.#queues.stock.seenBy(self),
          stock: { getByName: (name) => this.stocks.seenBy(self).getByName(name) },
          order: { getByName: (name) => this.orders.seenBy(self).getByName(name) },
        }),
    );
    this.promotions = this.objects.namespace<PromotionFace>(
      'promotion',
      this.network,
      (_, host) => new PromotionEngine(host),
    );
    this.buyers = this.objects.namespace<BuyerFace>(
      'buyer',
      this.network,
      (_, host) => new BuyerEngine(host),
    );
    this.orders = this.objects.namespace<OrderFace>(
      'order',
      this.network,
      (name, host, self) => new OrderEngine(host, this.#outside(name, self)),
    );
    this.carts = this.objects.namespace<CartFace>(
      'cart',
      this.network,
      (_, host, self) => new CartEngine(host, this.#cartPorts(self, host)),
    );
    this.shoppers = plan.shoppers.map((shopper) => {
      const caller = person(`customer of ${shopper.name}`);
      return new Shopper(
        {
          kernel,
          carts: this.carts.seenBy(caller),
          buyers: this.buyers.seenBy(caller),
          cartOf: (cartId) => this.cartOf(cartId),
          documentOf: (orderId) => this.documentOf(orderId),
          violated: (rule) => this.violated(rule),
        },
        shopper,
      );
    });
    this.owners = (plan.owners ?? []).map((owner) => {
      const caller = person(`customer of ${owner.name}`);
      return new Owner(
        {
          kernel,
          buyers: this.buyers.seenBy(caller),
          orders: this.orders.seenBy(caller),
          pricing: this.#pricingSeenBy(caller),
          provisioner: this.provisioner,
          documentOf: (orderId) => this.documentOf(orderId),
          violated: (rule) => this.violated(rule),
        },
        owner,
      );
    });
    this.customers = plan.orders.map((order) => {
      const caller = person(`customer of ${order.name}`);
      return new Customer(
        {
          kernel,
          payments: this.payments,
          giftCards: this.giftCards,
          buyers: this.buyers.seenBy(caller),
          orders: this.orders.seenBy(caller),
          isKnown: (orderId) => this.directory.known.has(orderId),
          offersCode: plan.promotionCap !== null,
          pricing: this.#pricingSeenBy(caller),
          documentOf: (orderId) => this.documentOf(orderId),
          violated: (rule) => this.violated(rule),
        },
        order,
      );
    });
  }

  /** A customer confirms a renewal as he said; what others order for him, a replacement, mostly by card. */
  #opened({ orderId, paymentId, attempt }: Payment): void {
    const { kernel, payments } = this;
    const customer = this.customers.find((each) => each.orderId === orderId);
    if (customer !== undefined) {
      if (attempt > 1) customer.renew(paymentId);
      return;
    }
    const chance = kernel.stream(`${orderId} pays`);
    const [pays, multicapture] = [chance.next(), chance.chance(0.5)];
    kernel.after(chance.int(5, 90) * 1_000, `${orderId} pays`, () => {
      if (pays < 0.8) payments.authorise(paymentId, { multicapture });
      else if (pays < 0.9) payments.decline(paymentId);
    });
  }

  /** Every order that was ever asked for: by customers, for carts, as replacements. */
  get orderIds(): string[] {
    return this.#namesOf('order');
  }
  #namesOf(kind: string): string[] {
    const names = [...this.objects.all.keys()].filter((name) => name.startsWith(`${kind}:`));
    return names.map((name) => name.slice(kind.length + 1));
  }

  /** The whole history: what goes wrong, then calm until everything has ended. */
  async play(): Promise<void> {
    const { kernel } = this;
    await this.open();
    for (const customer of this.customers) customer.start();
    for (const shopper of this.shoppers) shopper.start();
    for (const owner of this.owners) owner.start();
    const { ms, sweeps } = this.#options.chaos ?? chaosOf(kernel);
    for (let sweep = 1; sweep <= sweeps; sweep += 1) {
      await this.#run((ms / (sweeps + 1)) * sweep);
      await this.#sweep();
    }
    await this.#run(ms);
    kernel.faulty = false;
    kernel.note(() => '── nothing goes wrong from here on ──');
    await this.calm();
  }

  /** At most three sweeps, counted anew after a person acted, then everything comes to its end by itself. */
  async calm(): Promise<void> {
    do {
      this.#operatorActed = false;
      for (let sweep = 0; sweep < 3; sweep += 1) {
        await this.runFor(10 * MINUTE_MS);
        this.#replayDeadLetters();
        await this.#sweep();
      }
      await this.#run(Number.POSITIVE_INFINITY);
    } while (this.violations.size === 0 && (this.#operatorActed || this.#replayDeadLetters() > 0));
  }

  violated(rule: string): void {
    if (!this.violations.has(rule)) this.kernel.note(() => `✗ ${rule}`);
    this.violations.add(rule);
  }

  /** In words that are the same when other orders are left out. */
  nameOf(orderId: string): string {
    const name = this.customers.find((customer) => customer.orderId === orderId)?.plan.name;
    const cart = this.shoppers.find(({ orderIds }) => orderIds.has(orderId))?.plan.name;
    const change = this.owners.find(({ orderIds }) => orderIds.has(orderId))?.plan.name;
    return name ?? cart ?? change ?? 'a replacement';
  }

  /** A cart as its object keeps it, or last did: carts are forgotten. */
  cartOf(cartId: string): CartDocument | null {
    const rows = this.carts.of(cartId).disk.rows<{ document: string }>('cart_document', 'document');
    const [row] = rows ?? [];
    if (row !== undefined) this.#lastCarts.set(cartId, JSON.parse(row.document) as CartDocument);
    return this.#lastCarts.get(cartId) ?? null;
  }
  readonly #lastCarts = new Map<string, CartDocument>();
  get cartIds(): string[] {
    return this.#namesOf('cart');
  }

  /** The order as its object keeps it; null before it was placed and after it was forgotten. */
  documentOf(orderId: string): OrderDocument | null {
    const rows = this.orders.of(orderId).disk.rows<{ document: string }>('order_document', 'document');
    const [row] = rows ?? [];
    if (row === undefined) return null;
    const known = this.#documents.get(orderId);
    if (known?.text === row.document) return known.document;
    const document = upgradeDocument(JSON.parse(row.document) as OrderDocument);
    this.#documents.set(orderId, { text: row.document, document });
    return document;
  }
  /** As they were read last. */
  readonly #documents = new Map<string, { text: string; document: OrderDocument }>();

  close(): void {
    this.objects.close();
    this.database.close();
    this.commerce.close();
  }

  /** The merchant says what there is, before anything goes wrong. */
  async open(): Promise<void> {
    const { kernel } = this;
    kernel.faulty = false;
    this.giftCards.open();
    const stocks = this.stocks.seenBy(person('merchant'));
    for (const [index, onHand] of this.plan.stock.entries()) {
      const sku = skuOf(index);
      const { shards, backorder, arriveAfterMs } = this.plan.selling[index] ?? PLAIN_STOCK;
      if (onHand === null) continue;
      const stock = stocks.getByName(sku);
      this.#declared(stock.declare(CALL, { sku, onHand, sequence: 1 }));
      if (shards === 1 && backorder === 0) continue;
      await this.runFor(15_000);
      const settings = {
        shards,
        ...(backorder === 0 ? {} : { backorder: { limit: backorder, expectedAt: null } }),
      };
      this.#declared(stock.changeSettings(CALL, { sku, version: null, settings }));
      if (backorder > 0) kernel.after(arriveAfterMs, `${sku} arrives`, () => this.#arrive(sku, backorder));
    }
    await this.runFor(15_000);
    kernel.faulty = true;
  }
  #soldAs(index: number): SoldAs {
    const counted = (this.plan.stock[index] ?? null) !== null;
    const shards = counted ? (this.plan.selling[index]?.shards ?? 1) : null;
    const { parcels, customerLimits = [] } = this.plan;
    return { shards, isParcel: parcels[index] ?? false, customerLimit: customerLimits[index] ?? null };
  }
  /**
   * What is on order arrives, however often it takes to say so. Nothing more can be ordered ahead from then on: what is
   * owed after the only arrival would never be delivered.
   */
  #arrive(sku: string, quantity: number): void {
    let isHeard = false;
    const stock = this.stocks.seenBy(person('merchant')).getByName(sku);
    stock
      .changeSettings(CALL, { sku, version: null, settings: { backorder: { limit: 0 } } })
      .then((changed) => (changed.ok ? stock.restock(CALL, { sku, key: 'arrival', quantity }) : changed))
      .then(
        ({ ok }) => (isHeard = ok),
        () => false,
      );
    this.kernel.after(MINUTE_MS, `${sku} arrives again`, () => {
      if (!isHeard) this.#arrive(sku, quantity);
    });
  }
  #declared(declared: Promise<unknown>): void {
    declared.catch((error: unknown) => this.violated(`the stock could not be declared: ${String(error)}`));
  }

  async #run(until: number): Promise<void> {
    const { kernel } = this;
    const end = await kernel.run(
      until === Number.POSITIVE_INFINITY ? until : kernel.start + until,
      () => this.#options.settled(this, this.objects.settle()),
      kernel.faulty ? CHAOS_STEPS_MAX : STEPS_MAX,
    );
    if (end === 'exhausted' && !kernel.faulty && this.violations.size === 0)
      this.violated(`no end after ${kernel.steps} steps; next: ${kernel.next.replace(/_[0-9a-f]{32}/, '')}`);
  }
  /** Lets the world go on for a while. */
  runFor(ms: number): Promise<void> {
    return this.#run(this.kernel.now + ms - this.kernel.start);
  }

  async #sweep(): Promise<void> {
    const sweeper = person('sweeper');
    const database = this.database.seenBy(sweeper);
    const orders = this.orders.seenBy(sweeper);
    this.kernel.note(() => 'the sweeper goes round');
    void sweepOrders(
      {
        order: (orderId, call) => call(orders.getByName(orderId)),
        directory: (_, call) => call(this.directory.seenBy(sweeper).getByName('any')),
        ordersToSweep: (now, limit) => ordersToSweep(database, { now, limit }),
        ordersNotListed: (ids) => ordersNotListed(database, ids),
      },
      CALL.requestId,
      this.kernel.now,
    ).catch((error: unknown) => this.kernel.note(() => `the sweep failed: ${String(error)}`));
    await this.runFor(0);
  }

  #replayDeadLetters(): number {
    const { payments, results, provisioning, stock, events } = this.#queues;
    const replayed =
      payments.replay() + results.replay() + provisioning.replay() + stock.replay() + events.replay();
    if (replayed > 0) this.#operatorActed = true;
    return replayed;
  }

  #makeQueues(quality: Quality) {
    const make = <Message extends { orderId?: string; sku?: string }>(
      name: string,
      consume: (message: Message) => Promise<unknown>,
    ): SimulatedQueue<Message> =>
      new SimulatedQueue(name, {
        kernel: this.kernel,
        network: this.network,
        quality: quality.queue,
        consume: async (message) => void (await consume(message)),
      });
    const order = (queue: string, orderId: string): OrderFace =>
      this.orders.seenBy(person(queue)).getByName(orderId);
    return {
      payments: make<PaymentEventMessage>('payment-events', (message) =>
        order('payment-events', message.orderId).paymentChanged(CALL, message),
      ),
      results: make<ProvisioningResultMessage>('provisioning-results', (message) =>
        order('provisioning-results', message.orderId).lineChanged(CALL, message),
      ),
      provisioning: make<ProvisioningMessage>('provisioning', async (message) =>
        this.provisioner.take(message),
      ),
      events: make<OrderEventMessage>('order-events', async ({ orderId, event }) =>
        this.#publish(orderId, event),
      ),
      stock: make<StockEventMessage>('stock-events', async ({ sku, sequence, available }) => {
        if (sequence > (this.availability.get(sku)?.sequence ?? 0))
          this.availability.set(sku, { sequence, available });
      }),
    };
  }

  #cartPorts(self: Caller, chance: Chance): CartPorts {
    const orders = this.orders.seenBy(self);
    const carts = this.carts.seenBy(self);
    const buyers = this.buyers.seenBy(self);
    return {
      pricer: cartPricer(this.#pricingSeenBy(self)),
      order: (orderId, act) => callObject(orders, orderId, act, chance),
      cart: (cartId, act) => callObject(carts, cartId, act, chance),
      buyer: (customerId, act) => callObject(buyers, customerId, act, chance),
    };
  }

  #pricingSeenBy(self: Caller): PricingService {
    return pricingService({
      clock: { now: () => this.kernel.now },
      catalogue: catalogueSeenBy(self, this.network, (sku) => this.#soldAs(sku)),
      commerce: this.commerce.seenBy(self),
      orders: this.database.seenBy(self),
      promotions: this.promotions.seenBy(self),
      chance: this.#chanceOf(self),
      taxService: null,
      home: { country: 'DE', region: null },
    });
  }

  #chanceOf(self: Caller): Chance {
    return {
      random: () => this.kernel.stream(`${self.name} prices`).next(),
      after: (ms, act) =>
        this.kernel.after(ms, `timer of ${self.name}`, () => {
          if (!self.isAlive()) return;
          self.wake();
          act();
        }),
    };
  }

  #outside(orderId: string, self: Caller): OutsidePorts {
    const { network } = this;
    const ports: OutsidePorts = {
      orders: this.orders.seenBy(self),
      pricing: this.#pricingSeenBy(self),
      promotions: this.promotions.seenBy(self),
      buyers: this.buyers.seenBy(self),
      fraud: this.#fraud.seenBy(self),
      operatorMailTo: '',
      payments: this.giftCards.beside(this.payments.seenBy(self), self),
      auth: {
        getJwks: () => Promise.resolve({ keys: [] }),
        findAccount: () => Promise.resolve(null),
        useOnce: () => Promise.resolve(true),
        exchangeApiKey: () => Promise.resolve(null),
        getContact: () => network.call(self, 'auth', () => ({ email: 'buyer@mail.test' })),
      },
      stock: this.stocks.seenBy(self),
      provisioning: this.#queues.provisioning.seenBy(self),
      events: this.#queues.events.seenBy(self),
      directory: this.directory.seenBy(self),
      database: this.database.seenBy(self),
      mailer: {
        send: async (mail) => {
          await network.call(self, 'mail', () => this.#mailed(mail));
          return { state: 'taken' };
        },
      },
      wording: () => Promise.resolve(null),
      publicOrigin: 'https://shop.test',
      watch: (event, outcome) => {
        this.kernel.note(
          () =>
            `  ${orderId.slice(-6)} ${event.type}: ${outcome.document.state} v${outcome.document.version}`,
        );
        if (outcome.document.state === 'needs_operator') this.#callOperator(orderId);
        if (outcome.document.state === 'in_review') this.#callReviewer(orderId);
        this.#options.watch(this, event, outcome);
      },
    };
    return this.#options.sabotage?.ports?.(ports) ?? ports;
  }

  #publish(orderId: string, { sequence, type }: OrderEventMessage['event']): void {
    const known = this.published.get(orderId) ?? new Map<number, string>();
    this.published.set(orderId, known);
    if ((known.get(sequence) ?? type) !== type) this.violated('one sequence number, one event');
    known.set(sequence, type);
  }

  /** The provider drops repeats of a key for a day. */
  readonly #mailedAt = new Map<string, number>();
  #mailed(mail: Mail): void {
    const { idempotencyKey } = mail;
    const before = this.#mailedAt.get(idempotencyKey);
    if (before !== undefined && this.kernel.now - before < DAY_MS) return;
    this.#mailedAt.set(idempotencyKey, this.kernel.now);
    this.mails.push(mail);
  }

  /** Somebody looks at an order that asks for it, and gives it another round. */
  readonly #called = new Set<string>();
  #callOperator(orderId: string): void {
    if (this.#called.has(orderId)) return;
    this.#called.add(orderId);
    this.kernel.after(this.plan.operatorLooksMs ?? OPERATOR_LOOKS_MS, `operator looks at ${orderId}`, () => {
      this.#called.delete(orderId);
      void this.#operate(orderId);
    });
  }
  /** Somebody judges it, some minutes or hours later, or nobody does. */
  readonly #reviewed = new Set<string>();
  #callReviewer(orderId: string): void {
    if (this.#reviewed.has(orderId)) return;
    this.#reviewed.add(orderId);
    const chance = this.kernel.stream(`reviewer of ${orderId}`);
    const [decision, after] = [judged(chance), chance.int(1, 40) * chance.int(1, 60) * MINUTE_MS];
    if (decision === null) return;
    this.kernel.after(after, `reviewer looks at ${orderId}`, () => void this.#review(orderId, decision));
  }
  async #review(orderId: string, decision: 'approve' | 'refuse'): Promise<void> {
    const order = this.orders.seenBy(person('reviewer')).getByName(orderId);
    const answer = await order.review(CALL, { decision, text: 'As it looks' }).catch(() => null);
    if (answer === null && this.documentOf(orderId)?.state === 'in_review')
      this.kernel.after(
        MINUTE_MS,
        `reviewer of ${orderId} again`,
        () => void this.#review(orderId, decision),
      );
  }
  async #operate(orderId: string): Promise<void> {
    const document = this.documentOf(orderId);
    if (document?.state !== 'needs_operator') return;
    const rounds = (this.#operatorRounds.get(orderId) ?? 0) + 1;
    this.#operatorRounds.set(orderId, rounds);
    if (rounds > OPERATOR_ROUNDS_MAX) {
      this.violated(`an operator gets no order to its end: ${document.attention?.code ?? ''}`);
      return;
    }
    this.#operatorActed = true;
    const order = this.orders.seenBy(person('operator')).getByName(orderId);
    const acts = decided(this.kernel.stream(`operator of ${orderId}`), document.attention?.code ?? '');
    this.kernel.note(() => `operator ${acts} ${orderId}: ${document.attention?.code ?? ''}`);
    const answer = await operate(order, acts).catch(() => null);
    if (answer?.ok !== true) this.#callOperator(orderId);
  }

  hasEnded(document: OrderDocument): boolean {
    return specOf(document.state).terminal === true;
  }
}
