import type { PaymentStatus } from '#shared/contracts/http/orders.ts';
import { type Ledger, openAmount, type OrderDocument } from './document.ts';

/** Every payment of the order, the live one first. */
export const ledgersOf = (document: OrderDocument): Ledger[] => [
  document.payment,
  ...(document.renewal === null ? [] : [document.renewal]),
  ...document.formerPayments,
];

const sumOf = (document: OrderDocument, of: (ledger: Ledger) => number): number =>
  ledgersOf(document).reduce((sum, ledger) => sum + of(ledger), 0);
export const capturedOf = (document: OrderDocument): number => sumOf(document, (ledger) => ledger.captured);
export const refundedOf = (document: OrderDocument): number => sumOf(document, (ledger) => ledger.refunded);

/** What became of the money, all payments taken together. */
export function paymentStatusOf(document: OrderDocument): PaymentStatus {
  const captured = capturedOf(document);
  const refunded = refundedOf(document);
  if (captured > 0) {
    if (refunded >= captured) return 'refunded';
    if (refunded > 0) return 'partially_refunded';
    return sumOf(document, openAmount) > 0 ? 'partially_captured' : 'captured';
  }
  const { status, authorised, lastError } = document.payment;
  if (status === 'authorised') return 'authorised';
  if (status !== 'voided') return 'pending';
  return authorised === 0 && lastError !== null ? 'failed' : 'voided';
}
