import { buyerNamed, customerOf } from '#shared/domain/customer.ts';
import { type ClientOrigin } from '../../fraud/face.ts';
import type { NamedCardInput } from '../../order/face.ts';
import { CART_LIMITS } from '#shared/contracts/http/carts.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { FrozenPrice } from '#shared/domain/pricing/frozen.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { type CartDocument, type CartRefusal, changed, type Quote, standingQuote } from './document.ts';
import { whileOpen } from './lines.ts';

/** What an order is asked for. */
export interface Placing {
  orderId: string;
  customerId: string;
  /** Absent where it was asked for by an older release. */
  placedBy?: string;
  request: PlaceOrder;
  quote: FrozenPrice | null;
  /** Absent where it was asked for by an older release. */
  origin?: ClientOrigin;
  /** Absent: none. */
  giftCards?: NamedCardInput[];
}

/** Keeps a price for the cart as it is; the customer is told what it changes, so that is what they have seen. */
export function keepQuote(cart: CartDocument, quote: Quote): CartDocument {
  const byId = new Map(quote.lineIds.map((id, index) => [id, quote.priced.lines[index]]));
  const lines = cart.lines.map((line) => {
    const unitPrice = byId.get(line.id)?.unitPrice;
    if (line.seen === null || unitPrice === undefined) return line;
    return { ...line, seen: { ...line.seen, unitPrice, forSale: 'for_sale' as const } };
  });
  return { ...cart, quote, lines };
}

/** How it is to be paid, beside the prices. */
export type PaymentTerms = Pick<PlaceOrder, 'paymentWindowSeconds' | 'paymentMethodId' | 'savePaymentMethod'>;

/** Closes the cart and says what to order. `quoteId` null: at the prices of the moment it is placed. */
export function beginOrder(
  cart: CartDocument,
  {
    orderId,
    quoteId,
    origin,
    giftCards = [],
    ...terms
  }: {
    orderId: string;
    quoteId: string | null;
    origin?: ClientOrigin;
    giftCards?: NamedCardInput[];
  } & PaymentTerms,
  at: number,
): Result<{ cart: CartDocument; placing: Placing }, CartRefusal> {
  const open = whileOpen(cart);
  if (!open.ok) return open;
  if (cart.owner.as === 'guest') return fail({ code: 'not_found' });
  const { length } = cart.lines;
  if (length === 0) return refusedLines('are none: put something in first');
  if (length > CART_LIMITS.lines) {
    return refusedLines(`are ${length}; one order takes ${CART_LIMITS.lines}: remove some`);
  }
  const buyer = buyerNamed(cart.owner.customerId);
  const quote = standingQuote(cart, at);
  if (quoteId !== null && quote?.id !== quoteId) return fail({ code: 'quote_expired' });
  return ok({
    cart: changed(cart, { state: { name: 'ordering', orderId } }, at),
    placing: {
      orderId,
      customerId: customerOf(buyer),
      placedBy: buyer.personId,
      request: requestOf(cart, terms),
      quote: quoteId === null || quote === null ? null : { priced: quote.priced, expiresAt: quote.expiresAt },
      ...(origin === undefined ? {} : { origin }),
      ...(giftCards.length === 0 ? {} : { giftCards }),
    },
  });
}

/** What came of it: an order, or none and the cart is open again. An answer to an earlier attempt changes nothing. */
export function endOrder(cart: CartDocument, orderId: string, isPlaced: boolean, at: number): CartDocument {
  if (cart.state.name !== 'ordering' || cart.state.orderId !== orderId) return cart;
  return changed(cart, { state: isPlaced ? { name: 'ordered', orderId } : { name: 'open' } }, at);
}

/** The order this cart stands for. */
export function requestOf(cart: CartDocument, terms: PaymentTerms): PlaceOrder {
  const { currency, locale, delivery, shippingAddress, destination, shippingMethodId } = cart.settings;
  return {
    currency,
    lines: cart.lines.map(({ variantId, quantity, customisation }) => ({
      variantId,
      quantity,
      customisation,
    })),
    locale,
    delivery,
    codes: cart.codes,
    ...terms,
    ...(shippingAddress === null ? {} : { shippingAddress }),
    ...(destination === null ? {} : { destination }),
    ...(shippingMethodId === null ? {} : { shippingMethodId }),
  };
}

const refusedLines = (detail: string): Result<never, CartRefusal> =>
  fail({ code: 'refused', faults: [{ pointer: '/lines', detail }] });
