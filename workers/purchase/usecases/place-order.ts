import { type Buyer, buyerName, customerOf } from '#shared/domain/customer.ts';
import type { ClientOrigin } from '#objects/fraud/face.ts';
import type { NamedCardInput, PlaceReply } from '#objects/order/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Order, PlaceOrder } from '#shared/contracts/http/orders.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { paidWith } from './find-gift-cards.ts';
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
 * object does the rest and remembers its answer.
 */
export async function placeOrder(
  ports: Pick<Ports, 'buyer' | 'order'>,
  call: CallContext,
  input: {
    buyer: Buyer;
    key: string;
    request: PlaceOrder;
    giftCards: NamedCardInput[];
    origin: ClientOrigin;
  },
): Promise<Result<Placed, PurchaseError>> {
  const { buyer, key, request, giftCards, origin } = input;
  const fingerprint = fingerprintOf(paidWith(request, giftCards));
  const claim = await ports.buyer(buyerName(buyer), (object) => object.claim(call, { key, fingerprint }));
  if (!claim.ok) return fail({ code: 'key_reused' });
  const { orderId } = claim.value;
  const reply = await ports.order(orderId, (order) =>
    order.place(call, {
      orderId,
      customerId: customerOf(buyer),
      placedBy: buyer.personId,
      request,
      giftCards,
      origin,
    }),
  );
  return placed(orderId, reply);
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
