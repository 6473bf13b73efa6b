import type { PaymentSnapshot } from '#shared/contracts/payments.ts';
import type { ProvisioningMessage } from '#shared/contracts/messages.ts';
import { price } from '#shared/domain/pricing/price.ts';
import type { PromotionOffer } from '#shared/domain/pricing/promotion.ts';
import { fail, ok } from '#shared/domain/result.ts';
import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import { systemChance } from '../../lib/host.ts';
import type { PriceAnswer, PriceRequest } from '../../pricing/face.ts';
import { priceInput } from '../../pricing/input.ts';
import { NO_RULES } from '../../pricing/rules.ts';
import type { PromotionFace } from '../../promotion/face.ts';
import type { StockFace } from '../../stock/face.ts';
import { commit, expire, giveBack, hold, type Hold, type Shelf } from '../../stock/machine.ts';
import { deliverEffect, type OrderPorts } from '../effects.ts';
import type { OrderDocument } from '../machine/document.ts';
import type { OrderEvent } from '../machine/events.ts';
import { type Intent, isWanted, supersedes } from '../machine/intents.ts';
import { openOrder, type Outcome, transition } from '../machine/transition.ts';
import { orderNumber } from '../number.ts';
import { Provider } from './provider.ts';

const ORDER_ID = `ord_${'0'.repeat(31)}1`;
const hexId = (prefix: string, index: number): string => `${prefix}_${index.toString(16).padStart(32, '0')}`;
const ATTEMPTS_MAX = 3;

export interface WorldPlan {
  delivery: 'together' | 'as_ready';
  /** Can the provider collect a hold in several parts? */
  multicapture: boolean;
  /** Units on hand per SKU; null: not tracked. */
  stock: (number | null)[];
  /** Price and quantity per line; the index is the line's SKU. */
  lines: { sku: number; price: number; quantity: number }[];
  /** A tenth off by a promotion that has a use left, or none. */
  promotion?: 'none' | 'left' | 'used_up';
}
/**
 * What goes wrong with the next call to the outside: its reply is lost, nobody is there; or the payment provider refuses
 * the next step because the customer was faster (`overtaken`), or does it and answers with a fault (`poisoned`), and
 * answers so to this key for ever.
 */
export type Fault = 'none' | 'lost' | 'away' | 'overtaken' | 'poisoned';

type InstanceState = 'running' | 'ready' | 'active' | 'failed' | 'undone';

/**
 * An order and everything around it in memory: the real machine and the real effects against a payment provider, stock,
 * a provisioner and queues that lose, repeat and reorder. Time moves only when told.
 */
export class World {
  now = 1_000_000;
  document: OrderDocument;
  outbox: (Intent & { attempts: number; state: 'pending' | 'done' | 'parked' })[] = [];
  readonly keys = new Set<string>();
  /** Messages on their way to the order. */
  readonly inbox: { id: string; event: (at: number) => OrderEvent }[] = [];
  readonly #applied = new Set<string>();
  readonly provisionerInbox: ProvisioningMessage[] = [];
  readonly instances = new Map<string, { state: InstanceState; workflows: Set<string> }>();
  readonly provider: Provider;
  readonly stock = new Map<string, { shelf: Shelf; holds: Hold[]; closed: boolean; supply: number }>();
  readonly #ports: OrderPorts;
  readonly #check: (world: World, outcome: Outcome, event: OrderEvent) => void;
  /** What became of the use of the promotion. */
  use: 'claimed' | 'refused' | 'returned' | null = null;
  readonly #promotion: PromotionOffer | null;
  #fault: Fault = 'none';
  #events = 0;

  constructor(plan: WorldPlan, check: (world: World, outcome: Outcome, event: OrderEvent) => void) {
    this.#check = check;
    this.#promotion = promotionOf(plan.promotion ?? 'none');
    for (const [sku, onHand] of plan.stock.entries()) {
      if (onHand === null) continue;
      this.stock.set(`sku-${sku}`, {
        shelf: [{ code: 'main', priority: 0, onHand, held: 0 }],
        holds: [],
        closed: false,
        supply: onHand,
      });
    }
    this.provider = new Provider(
      {
        now: () => this.now,
        outside: (act) => this.#outside(act),
        takeFault: () => this.#take('overtaken', 'poisoned'),
        webhook: (paymentId) => this.#webhook(paymentId),
      },
      plan.multicapture,
    );
    this.#ports = this.#makePorts(plan);
    const request = {
      currency: 'EUR' as const,
      lines: plan.lines.map((line, index) => ({
        variantId: hexId('var', index),
        quantity: line.quantity,
        customisation: {},
      })),
      codes: [],
      delivery: plan.delivery,
      paymentWindowSeconds: 600,
      locale: 'en',
    };
    const lineIds = plan.lines.map((_, index) => ({
      lineId: hexId('line', index),
      instanceId: hexId('ins', index),
      workflowId: `provision-${index}`,
    }));
    const opened = openOrder({
      id: ORDER_ID,
      number: orderNumber(ORDER_ID),
      customerId: hexId('usr', 1),
      request,
      lineIds,
      at: this.now,
    });
    this.document = opened.document;
    this.#enqueue(opened);
  }

  apply(event: OrderEvent): Outcome {
    const outcome = transition(this.document, event);
    this.document = outcome.document;
    this.#enqueue(outcome);
    if (event.type === 'operator.retried' && outcome.allowed) {
      for (const row of this.outbox.filter(({ state }) => state === 'parked')) {
        const superseded = outcome.intents.some(({ effect }) => supersedes(effect, row.effect));
        Object.assign(row, superseded ? { state: 'done' } : { state: 'pending', attempts: 0 });
      }
    }
    this.#check(this, outcome, event);
    return outcome;
  }

  /** The oldest pending effect of each lane. */
  heads(): World['outbox'] {
    const lanes = new Map<string, World['outbox'][number]>();
    for (const row of this.outbox) {
      if (row.state === 'pending' && !lanes.has(row.lane)) lanes.set(row.lane, row);
    }
    return [...lanes.values()];
  }

  async deliver(row: World['outbox'][number], fault: Fault): Promise<void> {
    if (!isWanted(this.document, row.effect)) {
      row.state = 'done';
      return;
    }
    this.#fault = fault;
    try {
      const call = { requestId: 'world' };
      const events = await deliverEffect(this.#ports, this.document, {
        key: row.key,
        step: row.effect,
        call,
      });
      if (this.#fault === 'lost' || this.#fault === 'away')
        throw new Error('the process died before it was written down');
      row.state = 'done';
      for (const event of events) this.apply({ ...event, at: this.now });
    } catch (error) {
      row.attempts += 1;
      if (row.attempts < ATTEMPTS_MAX) return;
      row.state = 'parked';
      const { step } = row.effect;
      if (step === 'payment.fetch' || step === 'project' || step === 'publish' || step === 'mails.gather')
        Object.assign(row, { state: 'pending', attempts: 0 });
      else if (step !== 'mail')
        this.apply({ type: 'effect.parked', step, error: String(error), at: this.now });
    } finally {
      this.#fault = 'none';
    }
  }

  receive(index: number, repeat: boolean): void {
    const message = this.inbox[index % Math.max(1, this.inbox.length)];
    if (message === undefined) return;
    if (!repeat) this.inbox.splice(this.inbox.indexOf(message), 1);
    if (this.#applied.has(message.id)) return;
    this.#applied.add(message.id);
    this.apply(message.event(this.now));
  }

  /** The provider changes a payment and tells of it. */
  atProvider(pick: number, change: (payment: PaymentSnapshot) => void): void {
    this.provider.change(pick, change);
  }

  /** The provisioner takes one message, in no order; it tolerates repeats and undoing what never began. */
  provision(index: number, outcome: 'provisioned' | 'failed' | 'stuck'): void {
    const at = index % Math.max(1, this.provisionerInbox.length);
    const message = this.provisionerInbox[at];
    if (message === undefined) return;
    this.provisionerInbox.splice(at, 1);
    const instance = this.instances.get(message.instanceId) ?? {
      state: 'running' as const,
      workflows: new Set(),
    };
    const known = this.instances.has(message.instanceId);
    this.instances.set(message.instanceId, instance);
    if (message.type === 'line.provision') {
      if (instance.state === 'undone') return this.#result('line.deprovisioned', message.lineId);
      if (known && instance.state !== 'running')
        return this.#result(RESULT_OF[instance.state], message.lineId);
      instance.workflows.add(message.workflowId);
      if (outcome === 'stuck') return this.#result('line.stuck', message.lineId);
      instance.state = outcome === 'provisioned' ? 'ready' : 'failed';
      return this.#result(outcome === 'provisioned' ? 'line.provisioned' : 'line.failed', message.lineId);
    }
    if (message.type === 'line.activate') {
      if (instance.state === 'ready' || instance.state === 'active') {
        instance.state = 'active';
        this.#result('line.activated', message.lineId);
      }
      return;
    }
    instance.state = 'undone';
    this.#result('line.deprovisioned', message.lineId);
  }

  expireHolds(): void {
    for (const stock of this.stock.values()) {
      const expired = expire(stock.shelf, stock.holds);
      stock.shelf = expired.shelf;
      merge(stock.holds, expired.holds);
    }
  }

  #result(type: LineResult, lineId: string): void {
    this.#events += 1;
    const event = (at: number): OrderEvent =>
      type === 'line.failed' || type === 'line.stuck'
        ? { type, lineId, code: 'refused', detail: 'no place', at }
        : { type, lineId, detail: '', at };
    this.inbox.push({ id: `line:${this.#events}`, event });
  }

  #webhook(paymentId: string): void {
    this.#events += 1;
    const eventId = `evt-${this.#events}`;
    this.inbox.push({ id: eventId, event: (at) => ({ type: 'payment.notified', eventId, paymentId, at }) });
  }

  #enqueue(outcome: Outcome): void {
    for (const intent of outcome.intents) {
      if (this.keys.has(intent.key)) continue;
      this.keys.add(intent.key);
      this.outbox.push({ ...structuredClone(intent), attempts: 0, state: 'pending' });
    }
  }

  /** Runs one call to the outside with the fault planned for it: 'lost' acts and then fails. */
  async #outside<Value>(act: () => Value): Promise<Value> {
    const fault = this.#take('lost', 'away');
    if (fault === 'away') throw new Error('away');
    const value = act();
    if (fault === 'lost') throw new Error('the reply was lost');
    return value;
  }

  #take<Wanted extends Fault>(...faults: Wanted[]): Wanted | 'none' {
    const fault = faults.find((wanted) => wanted === this.#fault);
    if (fault === undefined) return 'none';
    this.#fault = 'none';
    return fault;
  }

  #makePorts(plan: WorldPlan): OrderPorts {
    const variants = plan.lines.map((line, index): PurchasableVariant => {
      const sku = `sku-${line.sku}`;
      return {
        productId: hexId('prod', line.sku),
        productVersion: 1,
        variantId: hexId('var', index),
        sku,
        kind: 'licence',
        title: sku,
        variantTitle: '',
        listPrice: { amount: line.price, currency: 'EUR' },
        compareAt: null,
        unitPrice: { amount: line.price, currency: 'EUR' },
        priceSource: { list: 'base', reason: 'Standard price' },
        taxClass: 'standard',
        collections: [],
        stockTracked: this.stock.has(sku),
        quantityMax: 1_000,
        customisationSchema: null,
        fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
      };
    });
    const statement = { bind: () => statement };
    return {
      clock: { now: () => this.now },
      chance: systemChance,
      pricing: {
        price: (_, request) => this.#outside(() => this.#priced(request, variants)),
        estimate: () => Promise.reject(new Error('not here')),
        resolve: () => this.#outside(() => ({ variants, refused: [] })),
      },
      promotions: { getByName: () => this.#promotionFace() },
      auth: {
        getJwks: () => Promise.resolve({ keys: [] }),
        findAccount: async () => null,
        getContact: () => Promise.resolve({ email: 'buyer@mail.test' }),
      },
      payments: this.provider,
      stock: { getByName: (sku) => this.#stockFace(sku) },
      orders: {
        getByName: () => {
          throw new Error('an order that knows no other');
        },
      },
      provisioning: {
        sendBatch: (messages: Iterable<{ body: ProvisioningMessage }>) =>
          this.#outside(() => {
            for (const { body } of messages) this.provisionerInbox.push(structuredClone(body));
          }),
      } as unknown as OrderPorts['provisioning'],
      events: { send: () => this.#outside(() => undefined) } as unknown as OrderPorts['events'],
      directory: {
        getByName: () => ({
          register: () => this.#outside(() => undefined),
          page: async () => [],
          walk: async () => [],
        }),
      },
      database: { prepare: () => statement, batch: () => this.#outside(() => []) } as unknown as D1Database,
      mailer: { send: () => this.#outside(() => ({ state: 'taken' as const })) },
      wording: () => Promise.resolve(null),
      publicOrigin: 'https://shop.test',
      record: (event) => void this.apply(event),
    };
  }

  #priced(request: PriceRequest, variants: PurchasableVariant[]): PriceAnswer {
    const resolved = { variants, refused: [] };
    const rules = { ...NO_RULES, offers: this.#promotion === null ? [] : [this.#promotion] };
    const home = { country: 'DE', region: null };
    return { resolved, priced: price(priceInput(request, { resolved, rules, home, hasOrdered: false })) };
  }

  #promotionFace(): PromotionFace {
    return {
      claim: () =>
        this.#outside(() => {
          this.use ??= this.#promotion?.limitTotal === 1 ? 'claimed' : 'refused';
          return this.use === 'claimed' ? ok(null) : fail({ reason: 'used_up' as const });
        }),
      giveBack: () =>
        this.#outside(() => {
          this.use = 'returned';
        }),
      uses: () => Promise.resolve({ used: this.use === 'claimed' ? 1 : 0 }),
    };
  }

  #stockFace(sku: string): StockFace {
    const stock = this.stock.get(sku);
    if (stock === undefined) throw new Error(`${sku} has no stock`);
    const take = (act: () => ReturnType<typeof hold>) =>
      this.#outside(() => {
        const taken = stock.closed ? ({ ok: false, lineId: '', available: 0 } as const) : act();
        if (!taken.ok)
          return { ok: false as const, error: { lineId: taken.lineId, available: taken.available } };
        stock.shelf = taken.shelf;
        merge(stock.holds, taken.holds);
        return ok({ backordered: 0, expectedAt: null, waiting: [] });
      });
    return {
      hold: (_, input) => take(() => hold(stock.shelf, stock.holds, input.lines)),
      commit: (_, input) => take(() => commit(stock.shelf, stock.holds, input.lines)),
      giveBack: (_, { lineIds }) =>
        this.#outside(() => {
          const some = stock.holds.filter(({ lineId }) => lineIds?.includes(lineId) ?? true);
          const given = giveBack(stock.shelf, some);
          stock.shelf = given.shelf;
          merge(stock.holds, given.holds);
          stock.closed ||= lineIds === undefined;
        }),
      declare: () => Promise.resolve(),
      setOnHand: () => Promise.reject(new Error('not here')),
      level: () => Promise.resolve(null),
    } satisfies Partial<StockFace> as unknown as StockFace;
  }
}

function promotionOf(promotion: NonNullable<WorldPlan['promotion']>): PromotionOffer | null {
  if (promotion === 'none') return null;
  return {
    id: hexId('promo', 1),
    title: 'A tenth off',
    code: null,
    stacking: 'combinable',
    priority: 0,
    conditions: {},
    effect: { type: 'percent', ratePpm: 100_000, lines: {} },
    limitTotal: promotion === 'left' ? 1 : 2,
    limitPerCustomer: null,
  };
}

type LineResult = 'line.provisioned' | 'line.failed' | 'line.stuck' | 'line.activated' | 'line.deprovisioned';
const RESULT_OF: Record<Exclude<InstanceState, 'running' | 'undone'>, LineResult> = {
  ready: 'line.provisioned',
  active: 'line.activated',
  failed: 'line.failed',
};

function merge(present: Hold[], changed: readonly Hold[]): void {
  for (const hold of changed) {
    const at = present.findIndex((candidate) => candidate.lineId === hold.lineId);
    if (at < 0) present.push({ ...hold });
    else present[at] = { ...hold };
  }
}
