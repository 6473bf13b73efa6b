import type { BuyerFace } from '#objects/buyer/face.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { PlaceInput } from '#objects/order/face.ts';
import type { ChangeOrigin } from '#shared/contracts/instance-changes.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { variantIdOf } from './catalogue.ts';
import type { ChangePlan, OwnerPlan } from './plan.ts';
import type { Provisioner } from './provisioner.ts';
import { type WishWorld, Wishes } from './wishes.ts';

export interface OwnerWorld extends WishWorld {
  buyers: ObjectNamespace<BuyerFace>;
  provisioner: Provisioner;
}

const CALL = { requestId: 'owner' };
const PATIENCE_MS = 25 * SECOND_MS;
const TRIES_MAX = 8;
const QUOTE_TTL_MS = 30 * MINUTE_MS;
const RENEWAL_DAYS = 30;
const FINGERPRINT = 'f'.repeat(64);

/**
 * Somebody who owns an instance since before the history, and orders other plans and further terms of it: each for the price
 * of a quote, which says how the instance was then. Of quotes of the same state one can count.
 */
export class Owner {
  readonly plan: OwnerPlan;
  readonly customerId: string;
  readonly instanceId: string;
  /** The orders of its changes, once they have a name. */
  readonly orderIds = new Set<string>();
  readonly #world: OwnerWorld;

  constructor(world: OwnerWorld, plan: OwnerPlan) {
    this.#world = world;
    this.plan = plan;
    const ids = world.kernel.stream(`${plan.name} ids`);
    this.customerId = `usr_${ids.hex(32)}`;
    this.instanceId = `ins_${ids.hex(32)}`;
    world.provisioner.own(this.instanceId, {
      variantId: variantIdOf({ index: 0, sku: plan.sku, price: 100 }),
      endsAt: world.kernel.now + RENEWAL_DAYS * DAY_MS,
    });
  }

  start(): void {
    for (const change of this.plan.changes) {
      this.#world.kernel.after(change.startsMs, change.name, () => void this.#order(change));
    }
  }

  async #order(change: ChangePlan): Promise<void> {
    const quoted = await this.#insist(() => this.#quote(change));
    if (quoted === null) return;
    // As long as somebody looks for his card; meanwhile the instance may become another.
    await this.#sleep(change.acceptsAfterMs);
    const named: { orderId: string | null } = { orderId: null };
    const placed = this.#insist(async () => {
      const { buyers, orders } = this.#world;
      const claim = await buyers
        .getByName(this.customerId)
        .claim(CALL, { key: change.name, fingerprint: FINGERPRINT });
      if (!claim.ok) throw new Error('the key was refused');
      const { orderId } = claim.value;
      if (named.orderId !== null && named.orderId !== orderId)
        this.#world.violated('one quote, one change of an instance');
      named.orderId = orderId;
      this.orderIds.add(orderId);
      const reply = await orders
        .getByName(orderId)
        .place(CALL, { orderId, customerId: this.customerId, ...quoted });
      if (reply.kind === 'in_flight') throw new Error('not yet');
      return reply;
    });
    const wishes = new Wishes(this.#world, change.name, this.customerId, () => named.orderId);
    for (const { kind, afterMs } of change.wishes) {
      this.#world.kernel.after(afterMs, `${change.name} ${kind}`, () => void wishes.make(kind));
    }
    await placed;
    if (change.cancelsAfterMs !== null) {
      await this.#sleep(change.cancelsAfterMs);
      await this.#cancel(named.orderId, change.cancelledBy);
    }
  }

  /** What it costs now, for the instance as it is. */
  async #quote({
    kind,
    price,
  }: ChangePlan): Promise<Pick<PlaceInput, 'request' | 'quote' | 'changeOf'> | null> {
    const { kernel, pricing, provisioner } = this.#world;
    const { sku } = this.plan;
    const now = kernel.now;
    const present = provisioner.presentOf(this.instanceId);
    if (present === null) return null;
    const variantId = kind === 'renew' ? present.variantId : variantIdOf({ index: 0, sku, price });
    const { priced } = await pricing.price(CALL, {
      currency: 'EUR',
      lines: [{ variantId, quantity: 1 }],
      codes: [],
      shippingMethodId: null,
      destination: { country: 'DE', region: null },
      customerId: this.customerId,
      orderId: null,
      ...(kind === 'renew' ? {} : { instead: { amount: price, reason: 'For the rest of the term' } }),
    });
    if (!priced.ok) return null;
    const { taxMode, total } = priced.value;
    const to = present.endsAt + (kind === 'renew' ? RENEWAL_DAYS * DAY_MS : 0);
    const changeOf: ChangeOrigin = {
      instanceId: this.instanceId,
      kind,
      expects: present,
      days: kind === 'renew' ? RENEWAL_DAYS : null,
      taxMode,
      covers: [{ from: now, to, amount: total }],
    };
    const request = {
      currency: 'EUR' as const,
      lines: [{ variantId, quantity: 1, customisation: {} }],
      codes: [],
      paymentWindowSeconds: 600,
      destination: { country: 'DE' },
    };
    return { request, quote: { priced: priced.value, expiresAt: now + QUOTE_TTL_MS }, changeOf };
  }

  async #cancel(orderId: string | null, by: 'customer' | 'operator'): Promise<void> {
    if (orderId === null) return;
    await this.#insist(() => this.#world.orders.getByName(orderId).cancel(CALL, { by, text: null }));
  }

  /** Null when it was never answered. */
  async #insist<Value>(act: () => Promise<Value>): Promise<Value | null> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const patience = this.#sleep(PATIENCE_MS).then(() => null);
      const answer = await Promise.race([act().catch(() => null), patience]);
      if (answer !== null) return answer;
      await this.#sleep(3 * SECOND_MS * attempt);
    }
    return null;
  }
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.kernel.after(ms, this.plan.name, resolve);
    });
  }
}
