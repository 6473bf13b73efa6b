import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import type { Cart, Quote } from '#shared/contracts/http/carts.ts';
import { assertNever, fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import type { BuyerFace } from '../buyer/face.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import type { OrderFace, PlaceReply } from '../order/face.ts';
import {
  type AddInput,
  addInputSchema,
  type Asker,
  askerSchema,
  type CartError,
  type CartFace,
  type ChangeInput,
  changeInputSchema,
  type CheckoutInput,
  checkoutInputSchema,
  type ClaimInput,
  claimInputSchema,
  codeInputSchema,
  type OpenInput,
  openInputSchema,
  type RemoveInput,
  removeInputSchema,
  type SettingsInput,
  settingsInputSchema,
} from './face.ts';
import { changesOf, lineProblems, looksOf, problemsOf, seenNow } from './look.ts';
import { beginOrder, endOrder, keepQuote, type Placing } from './machine/checkout.ts';
import {
  type CartDocument,
  type CartRefusal,
  type FieldFault,
  newCart,
  type Quote as KeptQuote,
  standingQuote,
} from './machine/document.ts';
import { absorb, type AbsorbedCart, addLine, changeLine, removeLine, whileOpen } from './machine/lines.ts';
import { claim, mayUse, mergeDelivered, mergeRefused } from './machine/owner.ts';
import { addCode, changeSettings, removeCode } from './machine/settings.ts';
import { CART_MIGRATIONS } from './migrations.ts';
import type { CartPricer, PriceAnswer, PriceQuestion } from './pricing.ts';
import { CartStorage } from './storage.ts';
import { publicCart, publicQuote } from './view.ts';

/** The outside world of a cart. */
export interface CartPorts {
  pricer: CartPricer;
  order<Value>(orderId: string, act: (order: OrderFace) => Promise<Value>): Promise<Value>;
  cart<Value>(cartId: string, act: (cart: CartFace) => Promise<Value>): Promise<Value>;
  buyer<Value>(customerId: string, act: (buyer: BuyerFace) => Promise<Value>): Promise<Value>;
}

type AlarmName = 'forget' | 'ordering' | 'merging';
type Checked = (cart: CartDocument, answer: PriceAnswer) => FieldFault[];

/** How long a quote holds. */
export const QUOTE_TTL_MS = 30 * MINUTE_MS;
/** A quote about to end is not handed out again. */
const QUOTE_REST_MIN_MS = MINUTE_MS;
const KEY_TTL_MS = DAY_MS;
/** After this long without an answer, what was begun is gone on with. */
const CRASH_NET_MS = 30 * SECOND_MS;
/** How long a cart nobody changes is kept. */
export const CART_TTL_MS = {
  empty: DAY_MS,
  guest: 30 * DAY_MS,
  customer: 90 * DAY_MS,
  closed: 7 * DAY_MS,
} as const;
/** Rounds before a cart that changes all the time, or a current cart that changes hands, is given up on. */
const ROUNDS_MAX = 5;

/**
 * One cart: the only writer of its document. Pure functions decide, the engine reads prices, persists and acts. Whatever
 * is awaited is asked about a document that may have changed since: every change is made anew on the present one.
 */
export class CartEngine implements CartFace {
  readonly #host: Host;
  readonly #ports: CartPorts;
  readonly #storage: CartStorage;
  readonly #alarms: NamedAlarms<AlarmName>;

  constructor(host: Host, ports: CartPorts) {
    this.#host = host;
    this.#ports = ports;
    this.#storage = new CartStorage(host.storage.sql);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    if (this.#storage.exists()) migrateObject(host.storage, CART_MIGRATIONS);
  }

  async open(call: CallContext, input: OpenInput): Promise<Cart> {
    callContextSchema.parse(call);
    const { cartId, owner, currency, locale } = openInputSchema.parse(input);
    const at = this.#host.clock.now();
    const present = this.#storage.document();
    if (present !== null) return publicCart(present, null, at);
    migrateObject(this.#host.storage, CART_MIGRATIONS);
    const settings = {
      currency,
      locale,
      delivery: 'together' as const,
      shippingAddress: null,
      destination: null,
      shippingMethodId: null,
    };
    const cart = newCart({ id: cartId, owner, settings, at });
    this.#save(cart);
    return publicCart(cart, null, at);
  }

  async read(call: CallContext, asker: Asker): Promise<Result<Cart, CartError>> {
    callContextSchema.parse(call);
    const cart = this.#of(askerSchema.parse(asker));
    return cart.ok ? this.#view(call, cart.value) : cart;
  }

  async add(call: CallContext, asker: Asker, input: AddInput) {
    callContextSchema.parse(call);
    const { key, fingerprint, line } = addInputSchema.parse(input);
    const who = askerSchema.parse(asker);
    const lineId = this.#host.newId('line');
    const mine = this.#of(who);
    if (!mine.ok) return mine;
    const known = this.#storage.addedLine(key);
    if (known !== null) return this.#addedBefore(call, mine.value, known, fingerprint);
    let put = lineId;
    const done = await this.#change(call, who, {
      act: (cart) => {
        const added = addLine(cart, line, lineId, this.#host.clock.now());
        if (!added.ok) return added;
        put = added.value.lineId;
        return ok(added.value.cart);
      },
      check: (cart, answer) => lineFaults(cart, put, answer),
      // Two with the same key at once: the second finds what the first did.
      before: () => this.#storage.addedLine(key) === null,
      keep: () => this.#storage.saveAddedLine(key, { fingerprint, lineId: put }, this.#host.clock.now()),
    });
    if (done === 'overtaken') {
      const first = this.#storage.addedLine(key);
      const cart = this.#of(who);
      if (!cart.ok) return cart;
      if (first === null) return fail({ code: 'unavailable' } as const);
      return this.#addedBefore(call, cart.value, first, fingerprint);
    }
    return done.ok ? ok({ cart: done.value, lineId: put, replayed: false }) : done;
  }

  async change(call: CallContext, asker: Asker, input: ChangeInput): Promise<Result<Cart, CartError>> {
    const { lineId, ifVersion, change } = changeInputSchema.parse(input);
    const { quantity, customisation } = change;
    return this.#changed(call, asker, {
      act: (cart) =>
        changeLine(
          cart,
          {
            lineId,
            ifVersion,
            ...(quantity === undefined ? {} : { quantity }),
            ...(customisation === undefined ? {} : { customisation }),
          },
          this.#host.clock.now(),
        ),
      check: (cart, answer) => lineFaults(cart, lineId, answer),
    });
  }

  async remove(call: CallContext, asker: Asker, input: RemoveInput): Promise<Result<Cart, CartError>> {
    const wanted = removeInputSchema.parse(input);
    return this.#changed(call, asker, {
      act: (cart) => removeLine(cart, wanted, this.#host.clock.now()),
    });
  }

  async changeSettings(
    call: CallContext,
    asker: Asker,
    input: SettingsInput,
  ): Promise<Result<Cart, CartError>> {
    const wanted = settingsInputSchema.parse(input);
    return this.#changed(call, asker, {
      act: (cart) => changeSettings(cart, wanted, this.#host.clock.now()),
    });
  }

  async addCode(call: CallContext, asker: Asker, code: string): Promise<Result<Cart, CartError>> {
    const wanted = codeInputSchema.parse(code);
    return this.#changed(call, asker, {
      act: (cart) => addCode(cart, wanted, this.#host.clock.now()),
      check: (_, { refusedCodes }) =>
        refusedCodes
          .filter((refused) => refused.code === wanted)
          .map(({ detail }) => ({ pointer: '/code', detail })),
    });
  }

  async removeCode(call: CallContext, asker: Asker, code: string): Promise<Result<Cart, CartError>> {
    const unwanted = codeInputSchema.parse(code);
    return this.#changed(call, asker, {
      act: (cart) => removeCode(cart, unwanted, this.#host.clock.now()),
    });
  }

  async quote(call: CallContext, asker: Asker): Promise<Result<{ quote: Quote; isNew: boolean }, CartError>> {
    callContextSchema.parse(call);
    const who = askerSchema.parse(asker);
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const mine = this.#of(who);
      const open = mine.ok ? whileOpen(mine.value) : mine;
      if (!open.ok) return open;
      const cart = open.value;
      const standing = standingQuote(cart, this.#host.clock.now() + QUOTE_REST_MIN_MS);
      if (standing !== null) return ok({ quote: publicQuote(cart, standing), isNew: false });
      const answer = await this.#price(call, cart);
      if (answer === null) return fail({ code: 'unavailable' });
      const quote = this.#quoteOf(cart, answer);
      if (!quote.ok) return quote;
      const present = this.#storage.document();
      // Changed, or quoted for somebody who asked at the same time.
      if (present?.version !== cart.version || present.quote?.id !== cart.quote?.id) continue;
      this.#save(keepQuote(noted(cart, answer), quote.value));
      return ok({ quote: publicQuote(cart, quote.value), isNew: true });
    }
    return fail({ code: 'unavailable' });
  }

  async claim(call: CallContext, input: ClaimInput): Promise<Result<{ cartId: string }, CartError>> {
    callContextSchema.parse(call);
    const asker = claimInputSchema.parse(input);
    const { customerId } = asker;
    const mine = this.#of(asker);
    if (!mine.ok) return mine;
    if (mine.value.state.name === 'merged') return this.#merge(call);
    if (mine.value.state.name === 'open') {
      const cartId = mine.value.id;
      const current = await this.#ports.buyer(customerId, (buyer) =>
        buyer.keepCart(call, { cartId, instead: null }),
      );
      const claimed = this.#host.storage.transactionSync(() => {
        const cart = this.#of(asker);
        if (!cart.ok) return cart;
        const next = claim(cart.value, asker, current === cartId ? null : current, this.#host.clock.now());
        if (next.ok) this.#save(next.value);
        return next;
      });
      if (!claimed.ok) return claimed;
      if (claimed.value.state.name === 'merged') return this.#merge(call);
    }
    return ok({ cartId: mine.value.id });
  }

  async absorb(call: CallContext, input: AbsorbedCart): Promise<Result<null, CartError>> {
    callContextSchema.parse(call);
    return this.#host.storage.transactionSync(() => {
      const cart = this.#storage.document();
      if (cart === null) return fail({ code: 'not_found' });
      const next = absorb(cart, input, this.#host.clock.now());
      if (!next.ok) return next;
      if (next.value !== cart) this.#save(next.value);
      return ok(null);
    });
  }

  async checkout(
    call: CallContext,
    input: CheckoutInput,
  ): Promise<Result<{ orderId: string; reply: PlaceReply }, CartError>> {
    callContextSchema.parse(call);
    const wanted = checkoutInputSchema.parse(input);
    const begun = this.#host.storage.transactionSync(() => this.#beginOrder(wanted));
    return begun.ok
      ? ok({ orderId: begun.value.orderId, reply: await this.#place(call, begun.value) })
      : begun;
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#storage.exists()) return;
    const call = { requestId: 'alarm' };
    let forget = false;
    await this.#alarms.ring({
      ordering: async () => {
        const cart = this.#storage.document();
        if (cart?.state.name !== 'ordering') return;
        const kept = this.#storage.checkoutOf(cart.state.orderId);
        if (kept !== null) await this.#place(call, kept.placing);
      },
      merging: async () => void (await this.#merge(call)),
      forget: () => {
        forget = this.#isForgotten();
      },
    });
    if (forget) await this.#host.storage.deleteAll();
  }

  #isForgotten(): boolean {
    const cart = this.#storage.document();
    if (cart === null) return true;
    const now = this.#host.clock.now();
    this.#storage.forgetKeys(now - KEY_TTL_MS, cart.state.name === 'ordered' ? cart.state.orderId : null);
    const until = keptUntil(cart);
    if (until <= now) return true;
    this.#alarms.set('forget', Math.min(until, now + DAY_MS));
    return false;
  }

  /** The cart of whoever asks; what is not theirs is not there. */
  #of(asker: Asker): Result<CartDocument, CartRefusal> {
    const cart = this.#storage.document();
    return cart !== null && mayUse(cart, asker) ? ok(cart) : fail({ code: 'not_found' });
  }

  async #addedBefore(
    call: CallContext,
    cart: CartDocument,
    known: { fingerprint: string; lineId: string },
    fingerprint: string,
  ): Promise<Result<{ cart: Cart; lineId: string; replayed: boolean }, CartError>> {
    if (known.fingerprint !== fingerprint) return fail({ code: 'key_reused' });
    const view = await this.#view(call, cart);
    return view.ok ? ok({ cart: view.value, lineId: known.lineId, replayed: true }) : view;
  }

  async #changed(
    call: CallContext,
    asker: Asker,
    wanted: { act: (cart: CartDocument) => Result<CartDocument, CartRefusal>; check?: Checked },
  ): Promise<Result<Cart, CartError>> {
    callContextSchema.parse(call);
    const done = await this.#change(call, askerSchema.parse(asker), wanted);
    return done === 'overtaken' ? fail({ code: 'unavailable' }) : done;
  }

  /**
   * Prices the cart as it would be, then makes the change on the cart as it is by then. When nothing came between, the
   * prices are those of the answer; else they are read once more.
   */
  async #change(
    call: CallContext,
    asker: Asker,
    wanted: {
      act: (cart: CartDocument) => Result<CartDocument, CartRefusal>;
      check?: Checked;
      before?: () => boolean;
      keep?: () => void;
    },
  ): Promise<Result<Cart, CartError> | 'overtaken'> {
    const mine = this.#of(asker);
    const wish = mine.ok ? wanted.act(mine.value) : mine;
    if (!wish.ok) return wish;
    if (mine.ok && wish.value === mine.value) return this.#view(call, mine.value);
    const answer = await this.#price(call, wish.value);
    if (answer === null) return fail({ code: 'unavailable' });
    const done = this.#host.storage.transactionSync((): Result<CartDocument, CartError> | 'overtaken' => {
      const present = this.#of(asker);
      if (!present.ok) return present;
      if (wanted.before?.() === false) return 'overtaken';
      const next = wanted.act(present.value);
      if (!next.ok) return next;
      const faults = wanted.check?.(next.value, answer) ?? [];
      if (faults.length > 0) return fail({ code: 'refused', faults });
      const cart = next.value.version === wish.value.version ? noted(next.value, answer) : next.value;
      this.#save(cart);
      wanted.keep?.();
      return ok(cart);
    });
    if (done === 'overtaken' || !done.ok) return done;
    if (done.value.version !== wish.value.version) return this.#view(call, done.value);
    return ok(publicCart(done.value, answer, this.#host.clock.now()));
  }

  /** The cart with the prices of now. What the customer had not been told of yet counts as told. */
  async #view(call: CallContext, cart: CartDocument): Promise<Result<Cart, CartError>> {
    const { name } = cart.state;
    if (name === 'ordered' || name === 'merged') {
      return ok(publicCart(cart, null, this.#host.clock.now()));
    }
    const answer = await this.#price(call, cart);
    if (answer === null) return fail({ code: 'unavailable' });
    const told = noted(cart, answer);
    if (told !== cart && this.#storage.document()?.version === cart.version) this.#save(told);
    return ok(publicCart(told, answer, this.#host.clock.now()));
  }

  /** Null when the prices cannot be read for the moment. */
  async #price(call: CallContext, cart: CartDocument): Promise<PriceAnswer | null> {
    try {
      return await this.#ports.pricer.price(call, questionOf(cart));
    } catch (error) {
      log.error('cart not priced', { requestId: call.requestId, cartId: cart.id, error });
      return null;
    }
  }

  #quoteOf(cart: CartDocument, answer: PriceAnswer): Result<KeptQuote, CartError> {
    const looks = looksOf(cart, answer);
    // The stock alone decides whether there is enough: what it said last may be old.
    const problems = problemsOf(cart, looks, answer).filter(({ code }) => code !== 'out_of_stock');
    if (answer.priced === null && problems.length === 0) {
      return fail({
        code: 'refused',
        faults: [{ pointer: '/lines', detail: 'are none: put something in first' }],
      });
    }
    if (problems.length > 0 || answer.priced === null) {
      return fail({ code: 'refused', faults: problems.map(({ pointer, detail }) => ({ pointer, detail })) });
    }
    const createdAt = this.#host.clock.now();
    return ok({
      id: this.#host.newId('quote'),
      cartVersion: cart.version,
      lineIds: cart.lines.map(({ id }) => id),
      priced: answer.priced,
      changes: changesOf(looks, cart.settings.currency),
      createdAt,
      expiresAt: createdAt + QUOTE_TTL_MS,
    });
  }

  /** What to order under this key: what was ordered under it before, or the cart as it is now. */
  #beginOrder(wanted: CheckoutInput): Result<Placing, CartError> {
    const { key, fingerprint, customerId, quoteId, paymentWindowSeconds } = wanted;
    const mine = this.#of({ customerId, tokenHash: null });
    if (!mine.ok) return mine;
    const known = this.#storage.checkout(key);
    if (known !== null) {
      return known.fingerprint === fingerprint ? ok(known.placing) : fail({ code: 'key_reused' });
    }
    const at = this.#host.clock.now();
    const orderId = this.#host.newId('order');
    const begun = beginOrder(mine.value, { orderId, quoteId, paymentWindowSeconds }, at);
    if (!begun.ok) return begun;
    this.#save(begun.value.cart);
    this.#storage.saveCheckout(key, { fingerprint, placing: begun.value.placing }, at);
    this.#alarms.set('ordering', at + CRASH_NET_MS);
    return ok(begun.value.placing);
  }

  async #place(call: CallContext, placing: Placing): Promise<PlaceReply> {
    const reply = await this.#ports.order(placing.orderId, (order) => order.place(call, placing));
    this.#host.storage.transactionSync(() => {
      const cart = this.#storage.document();
      if (cart === null) return;
      if (reply.kind === 'in_flight') {
        if (cart.state.name === 'ordering')
          this.#alarms.set('ordering', this.#host.clock.now() + CRASH_NET_MS);
        return;
      }
      const ended = endOrder(cart, placing.orderId, reply.kind === 'placed', this.#host.clock.now());
      if (ended === cart) return;
      this.#save(ended);
      this.#alarms.clear('ordering');
    });
    return reply;
  }

  /** Brings the lines to the cart they belong to; where that takes none, this one becomes the customer's current cart. */
  async #merge(call: CallContext): Promise<Result<{ cartId: string }, CartError>> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const cart = this.#storage.document();
      if (cart === null || cart.owner.as !== 'customer') return fail({ code: 'not_found' });
      if (cart.state.name !== 'merged') return ok({ cartId: cart.id });
      const { into, delivered } = cart.state;
      if (delivered) return ok({ cartId: into });
      const { customerId } = cart.owner;
      const { id: from, codes, settings } = cart;
      const lines = cart.lines.map(({ id, variantId, quantity, customisation }) => ({
        id,
        variantId,
        quantity,
        customisation,
      }));
      const taken = await this.#ports.cart(into, (target) =>
        target.absorb(call, { from, customerId, lines, codes, settings }),
      );
      if (taken.ok) {
        this.#update(mergeDelivered);
        this.#alarms.clear('merging');
        return ok({ cartId: into });
      }
      this.#update((present) => mergeRefused(present, this.#host.clock.now()));
      this.#alarms.clear('merging');
      if (taken.error.code === 'full') return taken;
      const current = await this.#ports.buyer(customerId, (buyer) =>
        buyer.keepCart(call, { cartId: from, instead: into }),
      );
      if (current === from) return ok({ cartId: from });
      this.#update((present) =>
        present.state.name === 'open'
          ? { ...present, state: { name: 'merged', into: current, delivered: false } }
          : present,
      );
    }
    return fail({ code: 'unavailable' });
  }

  #update(act: (cart: CartDocument) => CartDocument): void {
    this.#host.storage.transactionSync(() => {
      const cart = this.#storage.document();
      if (cart === null) return;
      const next = act(cart);
      if (next !== cart) this.#save(next);
    });
  }

  #save(cart: CartDocument): void {
    this.#storage.saveDocument(cart);
    const now = this.#host.clock.now();
    this.#alarms.setNoLaterThan('forget', Math.min(keptUntil(cart), now + DAY_MS));
    if (cart.state.name === 'merged' && !cart.state.delivered) {
      this.#alarms.setNoLaterThan('merging', now + CRASH_NET_MS);
    }
  }
}

/** Epoch milliseconds; what is under way is never forgotten. */
function keptUntil({ state, owner, lines, updatedAt }: CartDocument): number {
  switch (state.name) {
    case 'open':
      if (lines.length === 0 && owner.as === 'guest') return updatedAt + CART_TTL_MS.empty;
      return updatedAt + CART_TTL_MS[owner.as];
    case 'ordering':
      return Number.POSITIVE_INFINITY;
    case 'ordered':
      return updatedAt + CART_TTL_MS.closed;
    case 'merged':
      return state.delivered ? updatedAt + CART_TTL_MS.closed : Number.POSITIVE_INFINITY;
    default:
      return assertNever(state);
  }
}

function questionOf({ owner, settings, lines, codes }: CartDocument): PriceQuestion {
  return {
    currency: settings.currency,
    customerId: owner.as === 'customer' ? owner.customerId : null,
    lines: lines.map(({ variantId, quantity, customisation }) => ({ variantId, quantity, customisation })),
    codes,
    shippingAddress: settings.shippingAddress,
    destination: settings.destination,
    shippingMethodId: settings.shippingMethodId,
  };
}

/** Lines the customer was told nothing of yet are as they are now. Returns the same cart when there are none. */
function noted(cart: CartDocument, answer: PriceAnswer): CartDocument {
  const looks = looksOf(cart, answer);
  if (looks.every(({ line, truth }) => line.seen !== null || 'refused' in truth)) return cart;
  return {
    ...cart,
    lines: looks.map((look) =>
      look.line.seen === null && 'variant' in look.truth ? { ...look.line, seen: seenNow(look) } : look.line,
    ),
  };
}

/** What is wrong with one line, as fields of the request that put it in. Being out of stock is no fault of the request. */
function lineFaults(cart: CartDocument, lineId: string, answer: PriceAnswer): FieldFault[] {
  const line = cart.lines.find(({ id }) => id === lineId);
  const truth = answer.lines.find((each) => 'variant' in each && each.variant.variantId === line?.variantId);
  if (line === undefined) return [];
  const same = cart.lines.filter(({ variantId }) => variantId === line.variantId);
  const quantity = same.reduce((sum, each) => sum + each.quantity, 0);
  return lineProblems(
    '',
    { ...line, quantity },
    truth ?? { refused: 'not_published' },
    cart.settings.currency,
  )
    .filter(({ code }) => code !== 'out_of_stock')
    .map(({ pointer, detail }) => ({ pointer, detail }));
}
