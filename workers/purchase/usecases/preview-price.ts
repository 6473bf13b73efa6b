import type { PriceRequest } from '#objects/pricing/face.ts';
import { refusedVariants } from '#objects/pricing/refused-variants.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { PriceRefusal } from '#shared/domain/pricing/price.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../ports.ts';

export interface Preview {
  priced: PricedOrder;
  refusedCodes: { code: string; detail: string }[];
  shippingMethods: { id: string; title: string; amount: number }[];
}
type PreviewRequest = Pick<PlaceOrder, 'currency' | 'codes' | 'destination' | 'shippingMethodId'> &
  Pick<PriceRequest, 'lines'>;

/** What an order of these lines would cost; codes that do not count are told and left out. */
export async function previewPrice(
  ports: Pick<Ports, 'pricing'>,
  call: CallContext,
  { request, customerId }: { request: PreviewRequest; customerId: string | null },
): Promise<Result<Preview, PriceRefusal[]>> {
  const { destination, shippingMethodId = null, currency, codes, lines } = request;
  const asked: PriceRequest = {
    currency,
    lines,
    codes,
    shippingMethodId,
    destination:
      destination === undefined ? null : { country: destination.country, region: destination.region ?? null },
    customerId,
    orderId: null,
  };
  const { resolved, priced, refusedCodes, refusals, shippingMethods } = await ports.pricing.estimate(
    call,
    asked,
  );
  const all = [...refusedVariants(resolved, asked), ...refusals];
  return all.length > 0 || priced === null ? fail(all) : ok({ priced, refusedCodes, shippingMethods });
}
