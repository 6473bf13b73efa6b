import type { ClientOrigin } from '#objects/fraud/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { OrderInstanceChange } from '#shared/contracts/http/instance-changes.ts';
import { type Buyer, buyerName, customerOf } from '#shared/domain/customer.ts';
import { placeOrderSchema } from '#shared/contracts/http/orders.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { fingerprintOf } from './fingerprint.ts';
import { placed, type Placed } from './place-order.ts';

/**
 * Accepts a quote: an order like any other, at the price that was promised, whose one line changes the instance. A quote
 * becomes one order, however often and under whatever key it is accepted.
 */
export async function orderInstanceChange(
  ports: Pick<Ports, 'buyer' | 'order' | 'quotes'>,
  call: CallContext,
  input: { buyer: Buyer; key: string; wanted: OrderInstanceChange; origin: ClientOrigin; now: number },
): Promise<Result<Placed, PurchaseError>> {
  const { buyer, key, wanted, origin, now } = input;
  const { quoteId, ...paying } = wanted;
  const claim = await ports.buyer(buyerName(buyer), (object) =>
    object.claim(call, { key, fingerprint: fingerprintOf(wanted) }),
  );
  if (!claim.ok) return fail({ code: 'key_reused' });
  const { orderId } = claim.value;
  const customerId = customerOf(buyer);
  const accepted = await ports.quotes.accept({ id: quoteId, customerId, orderId }, now);
  if (accepted === null) return fail({ code: 'unknown_quote' });
  if (accepted.orderId === null) return fail({ code: 'quote_ended' });
  if (accepted.orderId !== orderId)
    return fail({ code: 'not_now', detail: `The quote was accepted with order ${accepted.orderId}.` });
  const { priced, expiresAt, changeOf, request } = accepted.quote;
  const reply = await ports.order(orderId, (order) =>
    order.place(call, {
      orderId,
      customerId,
      placedBy: buyer.personId,
      request: placeOrderSchema.parse({ ...request, ...paying }),
      quote: { priced, expiresAt },
      changeOf,
      origin,
    }),
  );
  return placed(orderId, reply);
}
