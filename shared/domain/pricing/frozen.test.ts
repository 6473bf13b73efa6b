import { describe, expect, it } from 'vitest';
import { isPriceOf, partedPrice } from './frozen.ts';
import { plainLine, type PricedOrder } from './priced.ts';
import { totalsOf } from './totals.ts';

const lines = [plainLine(300, 2), plainLine(100, 1)];
const totals = totalsOf(
  { currency: 'EUR', taxMode: 'inclusive', destination: { country: 'DE', region: null }, promotions: [] },
  lines,
  null,
);
const priced: PricedOrder = { ...totals, lines };
const request = { currency: 'EUR', lines: [{ quantity: 2 }, { quantity: 1 }] };
const isOf = (change: Partial<PricedOrder>, of = request): boolean =>
  isPriceOf({ priced: { ...priced, ...change }, expiresAt: 1 }, of);

describe('a price somebody was promised', () => {
  it('is of the order it was made for', () => {
    expect(isOf({})).toBe(true);
  });

  it.each([
    ['of another currency', { ...request, currency: 'USD' }],
    ['of fewer lines', { ...request, lines: request.lines.slice(1) }],
    ['of more lines', { ...request, lines: [...request.lines, { quantity: 1 }] }],
    ['of other quantities', { ...request, lines: request.lines.toReversed() }],
  ])('is not %s', (_, other) => {
    expect(isOf({}, other)).toBe(false);
  });

  it('adds up', () => {
    expect(isOf({ total: priced.total - 1 })).toBe(false);
  });

  it('is kept in parts from which nothing is missing', () => {
    expect(partedPrice(priced)).toEqual({ lines, totals });
  });
});
