import { array, assert, boolean, constantFrom, integer, nat, oneof, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import type { Line, OrderDocument, Refund } from '../document.ts';
import { delivered, lineOf, orderOf } from '../../testing/documents.ts';
import { leftOf, planRefund, type RefundWish, settledOf, shippingLeftOf } from './settlement.ts';

const RUNS = 1_000;

const orders = record({
  lines: array(
    record({
      total: integer({ min: 0, max: 100_000 }),
      quantity: integer({ min: 1, max: 12 }),
      tax: integer({ min: 0, max: 1_000 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  shipping: integer({ min: 0, max: 2_000 }),
}).map(({ lines, shipping }) => orderWith(lines, shipping));

function orderWith(
  given: { total: number; quantity: number; tax: number }[],
  shipping: number,
): OrderDocument {
  const lines = given.map(({ total, quantity, tax }, index): Line => {
    const taxes = [{ name: 'VAT', ratePpm: 190_000, amount: Math.min(tax, total), included: true }];
    return delivered(lineOf(index, { quantity, price: { ...plainLine(0, quantity), total, taxes } }));
  });
  return orderOf(lines, { shipping });
}

type Move = {
  wish: 'lines' | 'amount' | 'everything' | 'fail';
  pick: number;
  share: number;
  shipping: boolean;
};
const moves = array(
  record<Move>({
    wish: oneof(constantFrom('lines', 'lines', 'amount', 'everything', 'fail')),
    pick: nat(20),
    share: integer({ min: 1, max: 100 }),
    shipping: boolean(),
  }),
  { maxLength: 20 },
);

function wishOf(document: OrderDocument, move: Move): RefundWish {
  const line = document.lines[move.pick % document.lines.length];
  if (move.wish === 'everything' || line === undefined) return { of: 'everything' };
  if (move.wish === 'lines') {
    const quantity = Math.max(1, Math.ceil((line.quantity * move.share) / 100));
    return { of: 'lines', lines: [{ lineId: line.id, quantity }], shipping: move.shipping };
  }
  return {
    of: 'amount',
    amount: Math.max(1, ((document.total * move.share) / 100) | 0),
    shipping: move.shipping,
  };
}

function play(document: OrderDocument, move: Move): void {
  if (move.wish === 'fail') {
    const standing = document.refunds.filter(({ state }) => state === 'made');
    const failing = standing[move.pick % Math.max(1, standing.length)];
    if (failing !== undefined) failing.state = 'failed';
    return;
  }
  const plan = planRefund(document, wishOf(document, move));
  if (!plan.ok) return;
  const { parts, shipping, amount } = plan.value;
  expect(parts.reduce((sum, part) => sum + part.amount, shipping)).toBe(amount);
  document.refunds.push({
    id: String(document.refunds.length),
    state: 'made',
    parts,
    shipping,
    amount,
  } as Refund);
}

describe('what is given back', () => {
  it('never exceeds a line, its units or its tax, and never the shipping, in any order of refunds', () => {
    assert(
      property(orders, moves, (document, played) => {
        for (const move of played) {
          play(document, move);
          for (const line of document.lines) {
            const { quantity, amount, tax } = settledOf(document, line.id);
            expect(quantity).toBeLessThanOrEqual(line.quantity);
            expect(amount).toBeLessThanOrEqual(line.price.total);
            expect(tax).toBeLessThanOrEqual(line.price.taxes[0]?.amount ?? 0);
            expect(Math.min(quantity, amount, tax)).toBeGreaterThanOrEqual(0);
          }
          expect(shippingLeftOf(document)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is the whole order, tax included, when everything that is left follows whatever was before', () => {
    assert(
      property(orders, moves, (document, played) => {
        for (const move of played) play(document, move);
        play(document, { wish: 'everything', pick: 0, share: 1, shipping: true });
        const back = document.refunds
          .filter(({ state }) => state !== 'failed')
          .reduce((sum, refund) => sum + refund.amount, 0);
        expect(back).toBe(document.total);
        for (const line of document.lines) {
          expect(leftOf(document, line).amount).toBe(0);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is a third, a third and the remainder for three units of ten, one after the other', () => {
    const document = orderWith([{ total: 1_000, quantity: 3, tax: 160 }], 0);
    const wish: RefundWish = {
      of: 'lines',
      lines: [{ lineId: document.lines[0]?.id ?? '', quantity: 1 }],
      shipping: false,
    };
    const amounts = [1, 2, 3].map(() => {
      const plan = planRefund(document, wish);
      if (!plan.ok) throw new Error('refused');
      document.refunds.push({ state: 'made', ...plan.value } as Refund);
      return [plan.value.amount, plan.value.parts[0]?.tax];
    });
    expect(amounts).toEqual([
      [333, 53],
      [333, 53],
      [334, 54],
    ]);
    expect(planRefund(document, wish)).toMatchObject({
      ok: false,
      error: [{ pointer: '/lines/0/quantity' }],
    });
  });

  it('can be the shipping alone', () => {
    const document = orderOf([delivered(lineOf(1))], { shipping: 300 });
    const plan = planRefund(document, { of: 'lines', lines: [], shipping: true });
    expect(plan).toMatchObject({ ok: true, value: { parts: [], shipping: 300, amount: 300 } });
  });

  it('names each field that asks for too much, for what was not delivered, or twice', () => {
    const document = orderOf([delivered(lineOf(0, { quantity: 2 })), lineOf(1)], {});
    const [first, second] = document.lines.map(({ id }) => id);
    const asked = (lines: { lineId: string; quantity: number }[]) =>
      planRefund(document, { of: 'lines', lines, shipping: false });
    expect(
      asked([
        { lineId: first ?? '', quantity: 3 },
        { lineId: second ?? '', quantity: 1 },
        { lineId: first ?? '', quantity: 1 },
        { lineId: 'line_0', quantity: 1 },
      ]),
    ).toEqual({
      ok: false,
      error: [
        { pointer: '/lines/0/quantity', detail: 'at most 2 are left' },
        { pointer: '/lines/1/lineId', detail: 'was not delivered' },
        { pointer: '/lines/2/lineId', detail: 'is named twice' },
        { pointer: '/lines/3/lineId', detail: 'is not a line of this order' },
      ],
    });
    expect(planRefund(document, { of: 'amount', amount: 1_001, shipping: false })).toMatchObject({
      ok: false,
    });
  });
});
