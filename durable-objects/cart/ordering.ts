import type { CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PlaceReply } from '../order/face.ts';
import type { CartPorts } from './ports.ts';
import type { CartError, CheckoutAsked, CheckoutKey } from './face.ts';
import type { CartDocument } from './machine/document.ts';
import { beginOrder, endOrder, type Placing } from './machine/checkout.ts';
import type { CartRecord } from './record.ts';

/**
 * How a cart is ordered exactly once: what is asked for is written down with the order's id before anybody is asked, and
 * asked for again until there is an answer. The order itself is one by its id.
 */
export class Ordering {
  readonly #record: CartRecord;
  readonly #ports: CartPorts;

  constructor(record: CartRecord, ports: CartPorts) {
    this.#record = record;
    this.#ports = ports;
  }

  async checkout(
    call: CallContext,
    wanted: CheckoutAsked,
  ): Promise<Result<{ orderId: string; reply: PlaceReply }, CartError>> {
    const begun = this.#record.inOne(() => this.#beginOrder(wanted));
    return begun.ok
      ? ok({ orderId: begun.value.orderId, reply: await this.#place(call, begun.value) })
      : begun;
  }

  /** What was asked for under this key before, asked for again; null: nothing was. */
  async again(
    call: CallContext,
    key: CheckoutKey,
  ): Promise<Result<{ orderId: string; reply: PlaceReply } | null, CartError>> {
    const known = this.#record.inOne(() => this.#known(key));
    if (!known.ok || known.value.placing === null) return known.ok ? ok(null) : known;
    const { placing } = known.value;
    return ok({ orderId: placing.orderId, reply: await this.#place(call, placing) });
  }

  /** Goes on with an order nobody heard of again. */
  async resume(call: CallContext): Promise<void> {
    const cart = this.#record.document();
    if (cart?.state.name !== 'ordering') return;
    const kept = this.#record.storage.checkoutOf(cart.state.orderId);
    if (kept !== null) await this.#place(call, kept.placing);
  }

  /** What to order under this key: what was ordered under it before, or the cart as it is now. */
  #beginOrder(wanted: CheckoutAsked): Result<Placing, CartError> {
    const { key, fingerprint, customerId, ...terms } = wanted;
    const known = this.#known({ key, fingerprint, customerId });
    if (!known.ok) return known;
    if (known.value.placing !== null) return ok(known.value.placing);
    const at = this.#record.now();
    const orderId = this.#record.host.newId('order');
    const begun = beginOrder(known.value.cart, { orderId, ...terms }, at);
    if (!begun.ok) return begun;
    this.#record.save(begun.value.cart);
    this.#record.storage.saveCheckout(key, { fingerprint, placing: begun.value.placing }, at);
    this.#record.lookAgain('ordering');
    return ok(begun.value.placing);
  }

  /** The customer's cart, and what was asked for under this key; null: nothing was. */
  #known({
    key,
    fingerprint,
    customerId,
  }: CheckoutKey): Result<{ cart: CartDocument; placing: Placing | null }, CartError> {
    const mine = this.#record.of({ customerId, tokenHash: null });
    if (!mine.ok) return mine;
    // The order an old key stands for may be forgotten: asked again, it would be placed as the cart once was.
    this.#record.forgetKeys(mine.value);
    const known = this.#record.storage.checkout(key);
    if (known !== null && known.fingerprint !== fingerprint) return fail({ code: 'key_reused' });
    return ok({ cart: mine.value, placing: known?.placing ?? null });
  }

  async #place(call: CallContext, placing: Placing): Promise<PlaceReply> {
    const reply = await this.#ports.order(placing.orderId, (order) => order.place(call, placing));
    this.#record.inOne(() => {
      const cart = this.#record.document();
      if (cart === null) return;
      if (reply.kind === 'in_flight') {
        if (cart.state.name === 'ordering') this.#record.lookAgain('ordering');
        return;
      }
      const ended = endOrder(cart, placing.orderId, reply.kind === 'placed', this.#record.now());
      if (ended === cart) return;
      this.#record.save(ended);
      this.#record.alarms.clear('ordering');
    });
    return reply;
  }
}
