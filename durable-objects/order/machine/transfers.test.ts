import { describe, expect, it } from 'vitest';
import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { amountRefusals } from '../pricing.ts';
import { lineOf, orderOf } from '../testing/documents.ts';
import type { OrderDocument } from './document.ts';
import { newLedger } from './new-document.ts';
import type { PaymentFact } from './events.ts';
import { paid } from './payment-facts.ts';
import { publicOrder } from './view.ts';

/** Placed, and waiting for its payment to be opened. */
function newOrder(): OrderDocument {
  const order = orderOf([lineOf(0)], {});
  order.payment = newLedger(1, order.total);
  order.dueAt = order.createdAt + order.request.paymentWindowSeconds * 1_000;
  return order;
}
const INSTRUCTIONS = { amountRemaining: 1_000, reference: 'REF-1', accounts: [], url: null };
const fact = (more: Partial<PaymentFact> = {}): PaymentFact => ({
  paymentId: 'pay_1',
  attempt: 1,
  currency: 'EUR',
  amount: 2_500,
  authorised: 0,
  captured: 0,
  refunded: 0,
  capturable: 0,
  captureBefore: null,
  multicapture: false,
  method: null,
  refunds: [],
  clientSecret: 'secret',
  lastError: null,
  ...NO_PAYMENT_DETAILS,
  ...more,
});
const windowOf = ({ request }: OrderDocument): number => request.paymentWindowSeconds * 1_000;

describe('an order paid by bank transfer', () => {
  it('waits as long as a transfer may take, and shows its customer alone where to send it', () => {
    const order = newOrder();
    const at = order.createdAt + MINUTE_MS;
    paid(order, { type: 'payment.open', payment: fact({ instructions: INSTRUCTIONS }), at });
    expect(order.dueAt).toBe(order.createdAt + 14 * DAY_MS);
    expect(publicOrder(order, { as: 'customer' }, 0)?.payment?.instructions).toEqual(INSTRUCTIONS);
    expect(publicOrder(order, { as: 'operator' }, 0)?.payment?.instructions).toBeNull();
  });

  it('has its own time again once its customer pays otherwise, and no longer', () => {
    const order = newOrder();
    const [soon, late] = [order.createdAt + MINUTE_MS, order.createdAt + DAY_MS];
    paid(order, { type: 'payment.open', payment: fact({ instructions: INSTRUCTIONS }), at: soon });
    paid(order, { type: 'payment.open', payment: fact(), at: soon });
    expect(order.dueAt).toBe(order.createdAt + windowOf(order));
    paid(order, { type: 'payment.open', payment: fact({ instructions: INSTRUCTIONS }), at: soon });
    paid(order, { type: 'payment.open', payment: fact(), at: late });
    expect(order.dueAt).toBe(late + 5 * MINUTE_MS);
  });

  it('waits as long as its method may take once it is under way', () => {
    const order = newOrder();
    paid(order, { type: 'payment.processing', payment: fact({ method: 'sepa_debit' }), at: order.createdAt });
    expect(order.dueAt).toBe(order.createdAt + 20 * DAY_MS);
  });
});

describe('the amount of an order', () => {
  const totals = (total: number) => ({ total, currency: 'EUR' }) as Parameters<typeof amountRefusals>[0];

  it.each([0, 50, 2_500, 99_999_999])('of %i cents can be paid or needs no payment', (total) => {
    expect(amountRefusals(totals(total))).toEqual([]);
  });

  it.each([1, 49, 100_000_000])('of %i cents is refused, naming the lines', (total) => {
    const [refusal] = amountRefusals(totals(total));
    expect(refusal?.pointer).toBe('/lines');
    expect(refusal?.detail).toContain('a payment can be from 0.50 EUR to 999999.99 EUR');
  });
});
