import type { CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { CartPorts } from './ports.ts';
import type { CartError, ClaimInput } from './face.ts';
import { absorb, type AbsorbedCart } from './machine/lines.ts';
import { claim, mergeDelivered, mergeRefused } from './machine/owner.ts';
import type { CartRecord } from './record.ts';

/** How soon to look again whether a cart that is being ordered was. */
const ORDERING_LOOK_MS = 5 * SECOND_MS;
/** Rounds before a current cart that changes hands all the time is given up on. */
const ROUNDS_MAX = 5;

/**
 * How a guest's cart becomes a customer's: their current cart, or part of the one they have. The lines are this cart's
 * until the other has them, and go there under this cart's id, once.
 */
export class Merging {
  readonly #record: CartRecord;
  readonly #ports: CartPorts;

  constructor(record: CartRecord, ports: CartPorts) {
    this.#record = record;
    this.#ports = ports;
  }

  async claim(call: CallContext, asker: ClaimInput): Promise<Result<{ cartId: string }, CartError>> {
    const { customerId } = asker;
    const mine = this.#record.of(asker);
    if (!mine.ok) return mine;
    if (mine.value.state.name === 'merged') return this.deliver(call);
    if (mine.value.state.name === 'open') {
      const cartId = mine.value.id;
      const current = await this.#ports.buyer(customerId, (buyer) =>
        buyer.keepCart(call, { cartId, instead: null }),
      );
      const claimed = this.#record.inOne(() => {
        const cart = this.#record.of(asker);
        if (!cart.ok) return cart;
        const next = claim(cart.value, asker, current === cartId ? null : current, this.#record.now());
        if (next.ok) this.#record.save(next.value);
        return next;
      });
      if (!claimed.ok) return claimed;
      if (claimed.value.state.name === 'merged') return this.deliver(call);
    }
    return ok({ cartId: mine.value.id });
  }

  absorb(input: AbsorbedCart): Result<null, CartError> {
    return this.#record.inOne(() => {
      const cart = this.#record.document();
      if (cart === null) return fail({ code: 'not_found' });
      const next = absorb(cart, input, this.#record.now());
      if (!next.ok) return next;
      if (next.value !== cart) this.#record.save(next.value);
      return ok(null);
    });
  }

  /**
   * Brings the lines to the cart they belong to; where that takes none, this one becomes the customer's current cart. While
   * that one is being ordered they wait here.
   */
  async deliver(call: CallContext): Promise<Result<{ cartId: string }, CartError>> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const cart = this.#record.document();
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
        this.#record.update(mergeDelivered);
        this.#record.alarms.clear('merging');
        return ok({ cartId: into });
      }
      // Its order may yet be refused: until then nobody knows which of the two is the customer's.
      if (taken.error.code === 'closed' && taken.error.state.name === 'ordering') {
        this.#record.alarms.set('merging', this.#record.now() + ORDERING_LOOK_MS);
        return ok({ cartId: into });
      }
      this.#record.update((present) => mergeRefused(present, this.#record.now()));
      this.#record.alarms.clear('merging');
      if (taken.error.code === 'full') return taken;
      const current = await this.#ports.buyer(customerId, (buyer) =>
        buyer.keepCart(call, { cartId: from, instead: into }),
      );
      if (current === from) return ok({ cartId: from });
      this.#record.update((present) =>
        present.state.name === 'open'
          ? { ...present, state: { name: 'merged', into: current, delivered: false } }
          : present,
      );
    }
    return fail({ code: 'unavailable' });
  }
}
