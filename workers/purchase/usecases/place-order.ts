import { type Buyer, buyerName, customerOf } from '#shared/domain/customer.ts';
import type { ClientOrigin } from '#objects/fraud/face.ts';
import type { PlaceReply } from '#objects/order/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Order, PlaceOrder } from '#shared/contracts/http/orders.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { findGiftCards, type NamedCodes, paidWith } from './find-gift-cards.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';

export interface Placed {
  order: Order;
  /** True when this very request was answered before. */
  replayed: boolean;
}

/**
 * Places an order exactly once per buyer and key. The buyer's object decides which order the key means; the order's
 * object does the rest and remembers its answer. A repeat with gift cards is answered by their order before their codes are
 * looked up: it tries none.
 */
export async function placeOrder(
  ports: Pick<Ports, 'buyer' | 'order' | 'giftCards' | 'clock'>,
  call: CallContext,
  input: {
    buyer: Buyer;
    key: string;
    request: PlaceOrder;
    giftCards: NamedCodes;
    origin: ClientOrigin;
  },
): Promise<Result<Placed, PurchaseError>> {
  const { buyer, key, request, giftCards, origin } = input;
  const asked = { key, fingerprint: fingerprintOf(paidWith(request, giftCards.codes)) };
  if (giftCards.codes.length > 0) {
    const answered = await answerOf(ports, call, buyer, asked);
    if (answered !== null) return answered;
  }
  const cards = await findGiftCards(ports, call, giftCards);
  if (!cards.ok) return cards;
  const claim = await ports.buyer(buyerName(buyer), (object) => object.claim(call, asked));
  if (!claim.ok) return fail({ code: 'key_reused' });
  const { orderId } = claim.value;
  const reply = await ports.order(orderId, (order) =>
    order.place(call, {
      orderId,
      customerId: customerOf(buyer),
      placedBy: buyer.personId,
      request,
      giftCards: cards.value,
      origin,
    }),
  );
  return placed(orderId, reply);
}

/** What was answered, or will be, under this key; null: nothing was asked for under it that an order heard of. */
async function answerOf(
  ports: Pick<Ports, 'buyer' | 'order'>,
  call: CallContext,
  buyer: Buyer,
  asked: { key: string; fingerprint: string },
): Promise<Result<Placed, PurchaseError> | null> {
  const known = await ports.buyer(buyerName(buyer), (object) => object.claimed(call, asked));
  if (!known.ok) return fail({ code: 'key_reused' });
  if (known.value === null) return null;
  const { orderId } = known.value;
  const reply = await ports.order(orderId, (order) => order.placeReply(call));
  return reply === null ? null : placed(orderId, reply);
}

/** What an order's answer to being placed means for the caller. */
export function placed(orderId: string, reply: PlaceReply): Result<Placed, PurchaseError> {
  switch (reply.kind) {
    case 'placed':
      return ok({ order: reply.order, replayed: reply.replayed });
    case 'in_flight':
      return fail({ code: 'in_flight' });
    case 'out_of_stock':
      return fail({
        code: 'out_of_stock',
        orderId,
        lineIndex: reply.lineIndex,
        available: reply.available,
        replayed: reply.replayed,
      });
    case 'promotion_used_up':
      return fail({
        code: 'promotion_used_up',
        orderId,
        codeIndex: reply.codeIndex,
        text: reply.text,
        replayed: reply.replayed,
      });
    case 'purchase_limit': {
      const { lineIndex, left, text, replayed } = reply;
      return fail({ code: 'purchase_limit', orderId, lineIndex, left, text, replayed });
    }
    case 'blocked':
      return fail({ code: 'blocked', orderId, replayed: reply.replayed });
    case 'refused':
      return fail({ code: 'refused', refusals: reply.refusals, replayed: reply.replayed });
  }
}
