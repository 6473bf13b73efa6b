import { type Buyer, buyerName } from '#shared/domain/customer.ts';
import type { ClientOrigin } from '#objects/fraud/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Checkout } from '#shared/contracts/http/carts.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../ports.ts';
import type { PurchaseError } from '../problem.ts';
import { findGiftCards, type NamedCodes, paidWith } from './find-gift-cards.ts';
import { fingerprintOf } from './fingerprint.ts';
import { placed, type Placed } from './place-order.ts';

/** Orders a cart exactly once. The cart's object decides which order the key means, and remembers what it asked for:
 * a repeat with gift cards tries none of their codes. */
export async function checkoutCart(
  ports: Pick<Ports, 'cart' | 'giftCards' | 'clock'>,
  call: CallContext,
  input: {
    cartId: string;
    buyer: Buyer;
    key: string;
    wanted: Omit<Checkout, 'giftCards'>;
    giftCards: NamedCodes;
    origin: ClientOrigin;
  },
): Promise<Result<Placed, PurchaseError>> {
  const { cartId, buyer, key, wanted, giftCards, origin } = input;
  const customerId = buyerName(buyer);
  const { quoteId = null, ...terms } = wanted;
  const asked = { customerId, key, fingerprint: fingerprintOf(paidWith(wanted, giftCards.codes)) };
  if (giftCards.codes.length > 0) {
    const again = await ports.cart(cartId, (cart) => cart.checkoutAgain(call, asked));
    if (!again.ok) return fail({ code: 'cart', error: again.error });
    if (again.value !== null) return placed(again.value.orderId, again.value.reply);
  }
  const cards = await findGiftCards(ports, call, giftCards);
  if (!cards.ok) return cards;
  const done = await ports.cart(cartId, (cart) =>
    cart.checkout(call, { ...asked, quoteId, origin, giftCards: cards.value, ...terms }),
  );
  return done.ok ? placed(done.value.orderId, done.value.reply) : fail({ code: 'cart', error: done.error });
}
