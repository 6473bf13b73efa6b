import { plainLine } from '#shared/domain/pricing/priced.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { FrozenPrice } from '#shared/domain/pricing/frozen.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import type { Line, OrderDocument, Refund } from '../machine/document.ts';
import type { PaymentFact } from '../machine/events.ts';
import { newDocument } from '../machine/new-document.ts';

const hexId = (prefix: string, index: number): string => `${prefix}_${index.toString(16).padStart(32, '0')}`;

/** A parcel of one unit at 5.00, waiting. */
export const lineOf = (index: number, values: Partial<Line> = {}): Line => ({
  id: hexId('line', index),
  instanceId: hexId('ins', index),
  workflowId: `provision-${index}`,
  productId: hexId('prod', index),
  productVersion: 1,
  variantId: hexId('var', index),
  sku: `sku-${index}`,
  kind: 'physical',
  title: `Article ${index}`,
  variantTitle: '',
  quantity: 1,
  price: plainLine(500, values.quantity ?? 1),
  stockTracked: true,
  fulfilment: { template: 'parcel', weightGrams: 100 },
  customisation: {},
  state: 'pending',
  released: false,
  deliveredAt: null,
  revoked: 'no',
  detail: '',
  ...values,
});

export const delivered = (line: Line, at = 0): Line => ({
  ...line,
  state: 'delivered',
  released: true,
  deliveredAt: at,
});

/** A completed order, paid by card in one go. */
export function orderOf(lines: Line[], { shipping = 0 }: { shipping?: number }): OrderDocument {
  const document = newDocument({
    id: hexId('ord', 1),
    number: 'TP-1',
    customerId: hexId('usr', 1),
    request: {
      currency: 'EUR',
      lines: lines.map(({ variantId, quantity, customisation }) => ({ variantId, quantity, customisation })),
      codes: [],
      delivery: 'together',
      locale: 'en',
      paymentWindowSeconds: 600,
    },
    lineIds: lines.map(({ id, instanceId, workflowId }) => ({ lineId: id, instanceId, workflowId })),
    at: 0,
  });
  const method = { methodId: hexId('ship', 1), title: 'Parcel', discounts: [], taxes: [] };
  const pricing = totalsOf(
    { currency: 'EUR', taxMode: 'inclusive', destination: { country: 'DE', region: null }, promotions: [] },
    lines.map((line) => line.price),
    shipping === 0 ? null : { ...method, amount: shipping, total: shipping },
  );
  const { total } = pricing;
  const payment = {
    ...document.payment,
    asked: true,
    paymentId: 'pi_1',
    amount: total,
    status: 'captured' as const,
  };
  return {
    ...document,
    state: 'completed',
    lines,
    pricing,
    total,
    payment: { ...payment, authorised: total, captured: total },
  };
}

/** What staff granted of the order's payment, and the provider has made; `parts` say of what. */
export const refundOf = (values: Partial<Refund> & Pick<Refund, 'amount'>): Refund => ({
  id: 'rfd_1',
  paymentId: 'pi_1',
  state: 'made',
  cause: 'granted',
  lineIds: [],
  parts: [],
  shipping: 0,
  returnId: null,
  renewedAs: null,
  by: { kind: 'operator', id: null },
  why: '',
  at: 1,
  settledAt: 2,
  ...values,
});

/** What the provider says of a card that holds the whole amount, of which nothing is taken. */
export const factOf = (amount: number, values: Partial<PaymentFact> = {}): PaymentFact => ({
  paymentId: 'pi_1',
  attempt: 1,
  currency: 'EUR',
  amount,
  authorised: amount,
  captured: 0,
  refunded: 0,
  capturable: amount,
  captureBefore: null,
  multicapture: false,
  method: 'card',
  refunds: [],
  clientSecret: 's',
  lastError: null,
  ...NO_PAYMENT_DETAILS,
  ...values,
});

/** A promise to send what an order has once more, for nothing. */
export function frozenPrice(document: OrderDocument): { request: PlaceOrder; quote: FrozenPrice } {
  const { request, lines, pricing } = document;
  if (pricing === null) throw new Error('not priced');
  const prices = lines.map(({ price }) => ({ ...price, total: 0 }));
  const priced = { ...pricing, ...totalsOf(pricing, prices, null), lines: prices };
  return { request, quote: { priced, expiresAt: Number.MAX_SAFE_INTEGER } };
}
