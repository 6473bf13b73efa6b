import { type Buyer, buyerName } from '#shared/domain/customer.ts';
import type { ClientOrigin } from '#objects/fraud/face.ts';
import type { NamedCardInput } from '#objects/order/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Checkout } from '#shared/contracts/http/carts.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../ports.ts';
import type { PurchaseError } from '../problem.ts';
import { paidWith } from './find-gift-cards.ts';
import { fingerprintOf } from './fingerprint.ts';
import { placed, type Placed } from './place-order.ts';

/** Orders a cart exactly once. The cart's object decides which order the key means, and remembers what it asked for. */
export async function checkoutCart(
  ports: Pick<Ports, 'cart'>,
  call: CallContext,
  input: {
    cartId: string;
    buyer: Buyer;
    key: string;
    wanted: Omit<Checkout, 'giftCards'>;
    giftCards: NamedCardInput[];
    origin: ClientOrigin;
  },
): Promise<Result<Placed, PurchaseError>> {
  const { cartId, buyer, key, wanted, giftCards, origin } = input;
  const customerId = buyerName(buyer);
  const { quoteId = null, ...terms } = wanted;
  const fingerprint = fingerprintOf(paidWith(wanted, giftCards));
  const done = await ports.cart(cartId, (cart) =>
    cart.checkout(call, { customerId, key, fingerprint, quoteId, origin, giftCards, ...terms }),
  );
  return done.ok ? placed(done.value.orderId, done.value.reply) : fail({ code: 'cart', error: done.error });
}
