import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import type { Cart, Quote } from '#shared/contracts/http/carts.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { type Host, orLate } from '../lib/host.ts';
import type { PlaceReply } from '../order/face.ts';
import {
  absorbInputSchema,
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
  type CheckoutKey,
  checkoutKeySchema,
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
import { lineFaults, noted } from './look.ts';
import { keepQuote } from './machine/checkout.ts';
import {
  type CartDocument,
  type CartRefusal,
  type FieldFault,
  newCart,
  standingQuote,
} from './machine/document.ts';
import { type AbsorbedCart, addLine, changeLine, removeLine, whileOpen } from './machine/lines.ts';
import { addCode, changeSettings, removeCode } from './machine/settings.ts';
import { Merging } from './merging.ts';
import { Ordering } from './ordering.ts';
import type { CartPorts } from './ports.ts';
import { type CartPricer, type PriceAnswer, questionOf } from './pricing.ts';
import { costsLess, quoteFor } from './quoting.ts';
import { CartRecord } from './record.ts';
import { publicCart, publicQuote } from './view.ts';

type Checked = (cart: CartDocument, answer: PriceAnswer) => FieldFault[];

/** A quote about to end is not handed out again. */
const QUOTE_REST_MIN_MS = MINUTE_MS;
/** Longer than placing an order takes to answer. */
const ALARM_PATIENCE_MS = MINUTE_MS;
/** Rounds before a cart that changes all the time is given up on. */
const ROUNDS_MAX = 5;

/**
 * One cart: the only writer of its document. Pure functions decide, the engine reads prices, persists and acts. Whatever
 * is awaited is asked about a document that may have changed since: every change is made anew on the present one.
 */
export class CartEngine implements CartFace {
  readonly #record: CartRecord;
  readonly #pricer: CartPricer;
  readonly #merging: Merging;
  readonly #ordering: Ordering;

  constructor(host: Host, ports: CartPorts) {
    this.#record = new CartRecord(host);
    this.#pricer = ports.pricer;
    this.#merging = new Merging(this.#record, ports);
    this.#ordering = new Ordering(this.#record, ports);
  }

  async open(call: CallContext, input: OpenInput): Promise<Cart> {
    callContextSchema.parse(call);
    const { cartId, owner, currency, locale } = openInputSchema.parse(input);
    const at = this.#record.now();
    const present = this.#record.document();
    if (present !== null) return publicCart(present, null, at);
    this.#record.migrate();
    const settings = {
      currency,
      locale,
      delivery: 'together' as const,
      shippingAddress: null,
      destination: null,
      shippingMethodId: null,
    };
    const cart = newCart({ id: cartId, owner, settings, at });
    this.#record.save(cart);
    return publicCart(cart, null, at);
  }

  async read(call: CallContext, asker: Asker): Promise<Result<Cart, CartError>> {
    callContextSchema.parse(call);
    const cart = this.#record.of(askerSchema.parse(asker));
    return cart.ok ? this.#view(call, cart.value) : cart;
  }

  async add(call: CallContext, asker: Asker, input: AddInput) {
    callContextSchema.parse(call);
    const { key, fingerprint, line } = addInputSchema.parse(input);
    const who = askerSchema.parse(asker);
    const lineId = this.#record.host.newId('line');
    const mine = this.#record.of(who);
    if (!mine.ok) return mine;
    const known = this.#record.storage.addedLine(key);
    if (known !== null) return this.#addedBefore(call, mine.value, known, fingerprint);
    let put = lineId;
    const done = await this.#change(call, who, {
      act: (cart) => {
        const added = addLine(cart, line, lineId, this.#record.now());
        if (!added.ok) return added;
        put = added.value.lineId;
        return ok(added.value.cart);
      },
      check: (cart, answer) => lineFaults(cart, put, answer),
      // Two with the same key at once: the second finds what the first did.
      before: () => this.#record.storage.addedLine(key) === null,
      keep: () => this.#record.storage.saveAddedLine(key, { fingerprint, lineId: put }, this.#record.now()),
    });
    if (done === 'overtaken') {
      const first = this.#record.storage.addedLine(key);
      const cart = this.#record.of(who);
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
          this.#record.now(),
        ),
      check: (cart, answer) => lineFaults(cart, lineId, answer),
    });
  }

  async remove(call: CallContext, asker: Asker, input: RemoveInput): Promise<Result<Cart, CartError>> {
    const wanted = removeInputSchema.parse(input);
    return this.#changed(call, asker, {
      act: (cart) => removeLine(cart, wanted, this.#record.now()),
    });
  }

  async changeSettings(
    call: CallContext,
    asker: Asker,
    input: SettingsInput,
  ): Promise<Result<Cart, CartError>> {
    const wanted = settingsInputSchema.parse(input);
    return this.#changed(call, asker, {
      act: (cart) => changeSettings(cart, wanted, this.#record.now()),
    });
  }

  async addCode(call: CallContext, asker: Asker, code: string): Promise<Result<Cart, CartError>> {
    const wanted = codeInputSchema.parse(code);
    return this.#changed(call, asker, {
      act: (cart) => addCode(cart, wanted, this.#record.now()),
      check: (_, { refusedCodes }) =>
        refusedCodes
          .filter((refused) => refused.code === wanted)
          .map(({ detail }) => ({ pointer: '/code', detail })),
    });
  }

  async removeCode(call: CallContext, asker: Asker, code: string): Promise<Result<Cart, CartError>> {
    const unwanted = codeInputSchema.parse(code);
    return this.#changed(call, asker, {
      act: (cart) => removeCode(cart, unwanted, this.#record.now()),
    });
  }

  async quote(call: CallContext, asker: Asker): Promise<Result<{ quote: Quote; isNew: boolean }, CartError>> {
    callContextSchema.parse(call);
    const who = askerSchema.parse(asker);
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const mine = this.#record.of(who);
      const open = mine.ok ? whileOpen(mine.value) : mine;
      if (!open.ok) return open;
      const cart = open.value;
      const standing = standingQuote(cart, this.#record.now() + QUOTE_REST_MIN_MS);
      const answer = await this.#price(call, cart);
      const present = this.#record.document();
      // Changed, or quoted for somebody who asked at the same time.
      if (present?.version !== cart.version || present.quote?.id !== cart.quote?.id) continue;
      const kept = standing === null ? null : ok({ quote: publicQuote(cart, standing), isNew: false });
      if (kept !== null && !costsLess(answer, standing)) return kept;
      if (answer === null) return fail({ code: 'unavailable' });
      const quote = quoteFor(cart, answer, { id: this.#record.host.newId('quote'), at: this.#record.now() });
      if (!quote.ok) return kept ?? quote;
      this.#record.save(keepQuote(noted(cart, answer), quote.value));
      return ok({ quote: publicQuote(cart, quote.value), isNew: true });
    }
    return fail({ code: 'unavailable' });
  }

  async claim(call: CallContext, input: ClaimInput): Promise<Result<{ cartId: string }, CartError>> {
    callContextSchema.parse(call);
    return this.#merging.claim(call, claimInputSchema.parse(input));
  }

  async absorb(call: CallContext, input: AbsorbedCart): Promise<Result<null, CartError>> {
    callContextSchema.parse(call);
    return this.#merging.absorb(absorbInputSchema.parse(input));
  }

  async checkoutAgain(
    call: CallContext,
    input: CheckoutKey,
  ): Promise<Result<{ orderId: string; reply: PlaceReply } | null, CartError>> {
    callContextSchema.parse(call);
    return this.#ordering.again(call, checkoutKeySchema.parse(input));
  }

  async checkout(
    call: CallContext,
    input: CheckoutInput,
  ): Promise<Result<{ orderId: string; reply: PlaceReply }, CartError>> {
    callContextSchema.parse(call);
    return this.#ordering.checkout(call, checkoutInputSchema.parse(input));
  }

  async erase(call: CallContext, asker: Asker): Promise<Result<boolean, 'ordering'>> {
    callContextSchema.parse(call);
    const cart = this.#record.of(askerSchema.parse(asker));
    if (!cart.ok) return ok(false);
    if (cart.value.state.name === 'ordering') return fail('ordering');
    await this.#record.host.storage.deleteAll();
    return ok(true);
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#record.storage.exists()) return;
    const call = { requestId: 'alarm' };
    let forget = false;
    await this.#record.alarms.ring({
      ordering: () => this.#inTime(this.#ordering.resume(call)),
      merging: () => this.#inTime(this.#merging.deliver(call)),
      forget: () => {
        forget = this.#record.isForgotten();
      },
    });
    if (forget) await this.#record.host.storage.deleteAll();
  }

  /** Nothing that was begun waits for ever for an answer: it is asked for again. */
  async #inTime(work: Promise<unknown>): Promise<void> {
    await orLate(this.#record.host.after, ALARM_PATIENCE_MS, work, () => new Error('nobody answered'));
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
    const mine = this.#record.of(asker);
    const wish = mine.ok ? wanted.act(mine.value) : mine;
    if (!wish.ok) return wish;
    if (mine.ok && wish.value === mine.value) return this.#view(call, mine.value);
    const answer = await this.#price(call, wish.value);
    if (answer === null) return fail({ code: 'unavailable' });
    const done = this.#record.inOne((): Result<CartDocument, CartError> | 'overtaken' => {
      const present = this.#record.of(asker);
      if (!present.ok) return present;
      if (wanted.before?.() === false) return 'overtaken';
      const next = wanted.act(present.value);
      if (!next.ok) return next;
      const faults = wanted.check?.(next.value, answer) ?? [];
      if (faults.length > 0) return fail({ code: 'refused', faults });
      const cart = next.value.version === wish.value.version ? noted(next.value, answer) : next.value;
      this.#record.save(cart);
      wanted.keep?.();
      return ok(cart);
    });
    if (done === 'overtaken' || !done.ok) return done;
    if (done.value.version !== wish.value.version) return this.#view(call, done.value);
    return ok(publicCart(done.value, answer, this.#record.now()));
  }

  /** The cart with the prices of now. What the customer had not been told of yet counts as told. */
  async #view(call: CallContext, cart: CartDocument): Promise<Result<Cart, CartError>> {
    const { name } = cart.state;
    if (name === 'ordered' || name === 'merged') {
      return ok(publicCart(cart, null, this.#record.now()));
    }
    const answer = await this.#price(call, cart);
    if (answer === null) return fail({ code: 'unavailable' });
    this.#record.update((present) => (present.version === cart.version ? noted(present, answer) : present));
    return ok(publicCart(noted(cart, answer), answer, this.#record.now()));
  }

  /** Null when the prices cannot be read for the moment. */
  async #price(call: CallContext, cart: CartDocument): Promise<PriceAnswer | null> {
    try {
      return await this.#pricer.price(call, questionOf(cart));
    } catch (error) {
      log.error('cart not priced', { requestId: call.requestId, cartId: cart.id, error });
      return null;
    }
  }
}
