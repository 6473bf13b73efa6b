import type { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { evidenceDueBy, toDisputes } from './stripe-details.ts';

const dispute = (
  id: string,
  amount: number,
  currency: string,
  status = 'needs_response',
  moved: number[] = [],
) =>
  ({
    id,
    amount,
    currency,
    status,
    reason: 'fraudulent',
    created: Number(id),
    evidence_details: { due_by: 900 },
    balance_transactions: moved.map((each) => ({ amount: each })),
  }) as unknown as Stripe.Dispute;
/** Of a payment in euro, of which 80.00 was collected and not refunded. */
const told = (...disputes: Stripe.Dispute[]) =>
  toDisputes(disputes, { currency: 'eur', left: 8_000 }).map(({ amount, stated }) => [amount, stated]);

describe('what a bank disputes', () => {
  it('is told as it is in the currency of the payment', () => {
    expect(told(dispute('1', 5_000, 'eur'))).toEqual([[5_000, undefined]]);
  });

  it('in another currency is never taken for an amount of the payment: all that is left of it counts as disputed', () => {
    expect(told(dispute('1', 950_000, 'jpy'))).toEqual([[8_000, { amount: 950_000, currency: 'JPY' }]]);
  });

  it.each([
    ['needs_response', 900_000],
    ['warning_needs_response', 900_000],
    ['under_review', null],
    ['lost', null],
  ])('and is %s awaits evidence until %s', (status, dueBy) => {
    expect(evidenceDueBy(dispute('1', 5_000, 'eur', status))).toBe(dueBy);
  });

  it.each([
    ['appeal_needs_response', { state: 'open', appealed: true, dueBy: 900_000 }],
    ['appeal_under_review', { state: 'open', appealed: true, dueBy: null }],
  ])('is open again while an appeal is possible or decided about: %s', (status, expected) => {
    const [told] = toDisputes([dispute('1', 5_000, 'eur', status)], { currency: 'eur', left: 8_000 });
    expect(told).toMatchObject(expected);
  });

  it.each([
    ['was given back to the customer', [-5_000], 'lost'],
    ['was given back, for a fee of its own', [-5_000, 0], 'lost'],
    ['stayed with us', [], 'won'],
    ['came back', [-5_000, 5_000], 'won'],
  ])('and was prevented is decided by its money: %s', (_what, moved, state) => {
    const prevented = dispute('1', 5_000, 'eur', 'prevented', moved);
    expect(toDisputes([prevented], { currency: 'eur', left: 8_000 })).toMatchObject([{ state }]);
  });

  it('is not counted twice beside disputes in the currency of the payment, and what was won does not count', () => {
    expect(
      told(
        dispute('1', 700, 'usd', 'won'),
        dispute('2', 5_000, 'eur'),
        dispute('3', 9_000, 'usd'),
        dispute('4', 9_000, 'usd', 'lost'),
      ),
    ).toEqual([
      [3_000, { amount: 700, currency: 'USD' }],
      [5_000, undefined],
      [3_000, { amount: 9_000, currency: 'USD' }],
      [0, { amount: 9_000, currency: 'USD' }],
    ]);
  });
});
