import type { CallContext } from '#shared/contracts/call.ts';
import type { ExchangeReturn } from '#shared/contracts/http/after-sale.ts';
import { type Order, PAYMENT_WINDOW_SECONDS, placeOrderSchema } from '#shared/contracts/http/orders.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { askAfterSale, lookAfterSale } from './after-sale.ts';
import type { Asker } from './read-order.ts';

/**
 * Sends something else for what came back: another order of the customer, priced by the rules of today, of which the
 * returned units pay what they cost. What is left of their price is given back.
 */
export async function exchangeReturn(
  ports: Pick<Ports, 'order' | 'pricing'>,
  call: CallContext,
  asker: Asker,
  input: { orderId: string; returnId: string; key: string; body: ExchangeReturn },
): Promise<Result<{ order: Order; replayed: boolean }, PurchaseError>> {
  const { orderId, returnId, key, body } = input;
  const asked = { orderId, key, fingerprinted: { returnId, body } };
  // A repeat is answered as before, whatever the price of today is.
  const known = await lookAfterSale(ports, call, asker, asked);
  if (!known.ok || known.value.replayed) return known;
  const { currency, customerId, shippingAddress } = known.value.order;
  const place =
    shippingAddress === null
      ? null
      : { country: shippingAddress.country, region: shippingAddress.region ?? null };
  const { priced } = await ports.pricing.price(call, {
    currency,
    lines: body.lines,
    codes: [],
    shippingMethodId: null,
    destination: place,
    customerId,
    orderId: null,
  });
  if (!priced.ok) return fail({ code: 'refused', refusals: priced.error, replayed: false });
  const request = placeOrderSchema.parse({
    currency,
    lines: body.lines,
    // A difference may be paid as long as an order may be paid at all.
    paymentWindowSeconds: PAYMENT_WINDOW_SECONDS.max,
    ...(shippingAddress === null ? {} : { shippingAddress }),
  });
  const wish = {
    type: 'return.exchanged' as const,
    returnId,
    request,
    priced: priced.value,
    why: body.reason ?? '',
  };
  return askAfterSale(ports, call, asker, { ...asked, wish });
}
