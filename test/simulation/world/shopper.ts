import type { BuyerFace } from '#objects/buyer/face.ts';
import type { Asker, CartError, CartFace } from '#objects/cart/face.ts';
import type { CartDocument } from '#objects/cart/machine/document.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { OrderDocument } from '#objects/order/machine/document.ts';
import type { Quote } from '#shared/contracts/http/carts.ts';
import type { Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Stream } from '../kernel/random.ts';
import { variantIdOf } from './catalogue.ts';
import type { LinePlan, ShopperPlan } from './plan.ts';
import { ADDRESS } from './rules.ts';

export interface ShopperWorld {
  kernel: Kernel;
  carts: ObjectNamespace<CartFace>;
  buyers: ObjectNamespace<BuyerFace>;
  cartOf(cartId: string): CartDocument | null;
  documentOf(orderId: string): OrderDocument | null;
  violated(rule: string): void;
}

const CALL = { requestId: 'shopper' };
const PATIENCE_MS = 25 * SECOND_MS;
const TRIES_MAX = 8;
const FINGERPRINT = 'f'.repeat(64);

/** What somebody put into a cart: every quantity that may stand there, 0 for none, as far as answers tell. */
interface Wanted {
  /** Where it was put in. */
  cartId: string;
  variantId: string;
  lineId: string | null;
  quantities: Set<number>;
}

/** Somebody who fills a cart as a guest, several tabs at once, signs in, where another cart may be waiting, and orders it. */
export class Shopper {
  readonly customerId: string;
  readonly plan: ShopperPlan;
  /** Orders that answers named. */
  readonly orderIds = new Set<string>();
  /** Orders at the price of a quote, and that price. */
  readonly quoted = new Map<string, number>();
  /** Where the lines are, by the last answer. */
  cartId: string;
  readonly #world: ShopperWorld;
  readonly #guestCart: string;
  readonly #ownCart: string;
  readonly #tokenHash: string;
  readonly #wanted: Wanted[] = [];
  /** Nothing is known for sure of a cart whose merging was never answered. */
  #isSure = true;
  #asker: Asker;
  #keys = 0;

  constructor(world: ShopperWorld, plan: ShopperPlan) {
    this.#world = world;
    this.plan = plan;
    const ids = world.kernel.stream(`${plan.name} ids`);
    this.customerId = `usr_${ids.hex(32)}`;
    this.#guestCart = `cart_${ids.hex(32)}`;
    this.#ownCart = `cart_${ids.hex(32)}`;
    this.#tokenHash = ids.hex(64);
    this.#asker = { customerId: null, tokenHash: this.#tokenHash };
    this.cartId = this.#guestCart;
  }

  start(): void {
    this.#world.kernel.after(this.plan.startsMs, `${this.plan.name} comes`, () => void this.#shop());
  }

  async #shop(): Promise<void> {
    if (this.plan.ownLines.length > 0) await this.#fillOwnCart();
    const owner = { as: 'guest' as const, tokenHash: this.#tokenHash };
    if (!(await this.#open(this.#guestCart, owner))) return;
    await Promise.all(this.plan.lines.map((line, index) => this.#put(this.#guestCart, line, 100 + index)));
    await this.#changeSome(({ cartId }) => cartId === this.#guestCart);
    const claim = () => this.#claim();
    await Promise.all(this.plan.claimsTwice ? [claim(), claim()] : [claim()]);
    if (this.#asker.customerId === null) return;
    await this.#changeSome(() => true);
    await this.#settle();
    await this.#checkOut();
  }

  async #fillOwnCart(): Promise<void> {
    const { customerId } = this;
    this.#asker = { customerId, tokenHash: null };
    const isOpen = await this.#open(this.#ownCart, { as: 'customer', customerId });
    const kept = await this.#insist(() =>
      this.#world.buyers.getByName(customerId).keepCart(CALL, { cartId: this.#ownCart, instead: null }),
    );
    if (isOpen && kept !== null)
      await Promise.all(this.plan.ownLines.map((line, index) => this.#put(this.#ownCart, line, index)));
    this.#asker = { customerId: null, tokenHash: this.#tokenHash };
  }

  async #open(cartId: string, owner: CartDocument['owner']): Promise<boolean> {
    const cart = this.#world.carts.getByName(cartId);
    const opened = await this.#insist(() =>
      cart.open(CALL, { cartId, owner, currency: 'EUR', locale: 'en' }),
    );
    if (opened === null) return false;
    const values = { shippingAddress: ADDRESS };
    await this.#tried(() => cart.changeSettings(CALL, this.#asker, { ifVersion: null, values }));
    return true;
  }

  async #put(cartId: string, { sku, price, quantity }: LinePlan, index: number): Promise<void> {
    const wanted: Wanted = {
      cartId,
      variantId: variantIdOf({ index, sku, price }),
      lineId: null,
      quantities: new Set([0, quantity]),
    };
    this.#wanted.push(wanted);
    const line = { variantId: wanted.variantId, quantity, customisation: {} };
    const input = { key: this.#key(), fingerprint: FINGERPRINT, line };
    const asker = this.#asker;
    const added = await this.#tried(() => this.#world.carts.getByName(cartId).add(CALL, asker, input));
    if (added?.ok !== true) return;
    wanted.lineId = added.value.lineId;
    wanted.quantities.delete(0);
  }

  /** Changes and removals side by side; a late one may still come, so every quantity asked for may stand. */
  async #changeSome(isThere: (wanted: Wanted) => boolean): Promise<void> {
    const chance = this.#chance;
    await Promise.all(
      this.#wanted.map(async (wanted) => {
        const [acts, removes, quantity] = [chance.chance(0.4), chance.chance(0.3), chance.int(1, 5)];
        const { lineId } = wanted;
        if (!acts || lineId === null || !isThere(wanted)) return;
        const cart = this.#world.carts.getByName(this.cartId);
        wanted.quantities.add(removes ? 0 : quantity);
        const answer = await this.#tried(() =>
          removes
            ? cart.remove(CALL, this.#asker, { lineId, ifVersion: null })
            : cart.change(CALL, this.#asker, { lineId, ifVersion: null, change: { quantity } }),
        );
        if (removes && answer?.ok === true) wanted.quantities = new Set([0]);
      }),
    );
  }

  async #claim(): Promise<void> {
    const { customerId } = this;
    const input = { customerId, tokenHash: this.#tokenHash };
    const claimed = await this.#tried(() => this.#world.carts.getByName(this.#guestCart).claim(CALL, input));
    if (claimed?.ok !== true) {
      this.#isSure = false;
      return;
    }
    this.cartId = claimed.value.cartId;
    this.#asker = { customerId, tokenHash: null };
  }

  /** Nothing that was put in and answered is lost, nothing is there twice. */
  async #settle(): Promise<void> {
    const read = await this.#tried(() => this.#world.carts.getByName(this.cartId).read(CALL, this.#asker));
    if (read?.ok !== true || !this.#isSure) return;
    const { lines } = read.value;
    // What was put in under no name lies in the customer's own cart until that one is claimed: it is the same here.
    for (const { variantId, quantities } of this.#wanted) {
      const there = lines.filter((line) => line.variantId === variantId);
      const quantity = there.reduce((sum, line) => sum + line.quantity, 0);
      if (!quantities.has(quantity) || there.length > 1)
        this.#world.violated(
          `what is put in a cart stays in it (${this.plan.name}: ${variantId} ${quantity}, not ${[...quantities].join(' or ')})`,
        );
    }
  }

  async #checkOut(): Promise<void> {
    const quote = this.plan.quotes ? await this.#quote() : null;
    const keys = this.plan.ordersTwice ? [this.#key(), this.#key()] : [this.#key()];
    await Promise.all(keys.map((key) => this.#checkOutAs(key, quote)));
  }

  async #quote(): Promise<Quote | null> {
    const quoted = await this.#tried(() => this.#world.carts.getByName(this.cartId).quote(CALL, this.#asker));
    return quoted?.ok === true ? quoted.value.quote : null;
  }

  async #checkOutAs(key: string, quote: Quote | null): Promise<void> {
    const { customerId } = this;
    const input = {
      customerId,
      key,
      fingerprint: FINGERPRINT,
      quoteId: quote?.id ?? null,
      paymentWindowSeconds: 600,
    };
    const cart = this.#world.carts.getByName(this.cartId);
    const named = new Set<string>();
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const done = await this.#tried(() => cart.checkout(CALL, input));
      if (done === null || !done.ok) return;
      const { orderId, reply } = done.value;
      named.add(orderId);
      this.orderIds.add(orderId);
      if (named.size > 1) this.#world.violated('one key, one order of a cart');
      if (quote !== null) this.quoted.set(orderId, quote.price.total.amount);
      if (reply.kind !== 'in_flight') return;
      await this.#sleep(5 * SECOND_MS);
    }
  }

  /** Null when it was never answered; a refusal for the moment counts as none. */
  #tried<Value>(act: () => Promise<Result<Value, CartError>>): Promise<Result<Value, CartError> | null> {
    return this.#insist(async () => {
      const answer = await act();
      if (!answer.ok && answer.error.code === 'unavailable') throw new Error('not now');
      return answer;
    });
  }

  async #insist<Value>(act: () => Promise<Value>): Promise<Value | null> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const patience = this.#sleep(PATIENCE_MS).then(() => null);
      const answer = await Promise.race([act().catch(() => null), patience]);
      if (answer !== null) return answer;
      await this.#sleep(2 * SECOND_MS * attempt);
    }
    return null;
  }
  #key(): string {
    return `${this.plan.name} ${(this.#keys += 1)}`;
  }
  get #chance(): Stream {
    return this.#world.kernel.stream(`${this.plan.name} chance`);
  }
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.kernel.after(ms, this.plan.name, resolve);
    });
  }
}
