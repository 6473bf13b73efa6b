import { describe, expect, it } from 'vitest';
import { lineOf, orderOf } from '../testing/documents.ts';
import { allowanceOf, editedAllowance } from './allowance.ts';
import type { Line } from './document.ts';

const EDIT = 'op_1';
const limited = (quantity: number, limit = 2): Line => {
  const line = lineOf(1, { quantity });
  return { ...line, customerLimits: [{ scope: line.productId, quantity: limit, days: null }] };
};
const unlimited = (quantity: number) => orderOf([lineOf(1, { quantity })], {});

describe('the allowance of a changed order', () => {
  it('counts what was limited since when more of it is wanted, because an address could not be changed else', () => {
    expect(editedAllowance(unlimited(5), { lines: [limited(5)] }, EDIT)).toBeUndefined();
    expect(editedAllowance(unlimited(5), { lines: [limited(1)] }, EDIT)).toBeUndefined();
    expect(editedAllowance(unlimited(5), { lines: [limited(6)] }, EDIT)).toMatchObject({
      use: EDIT,
      items: [{ quantity: 6 }],
    });
  });

  it('is claimed anew when less is wanted of what was claimed, so that the rest is the customer’s again', () => {
    const document = orderOf([limited(2)], {});
    const allowance = allowanceOf(document, document.lines);
    if (allowance === undefined) throw new Error('nothing is limited');
    const placed = { ...document, allowance };
    expect(editedAllowance(placed, { lines: [limited(2)] }, EDIT)).toBe(allowance);
    expect(editedAllowance(placed, { lines: [limited(1)] }, EDIT)).toMatchObject({
      use: EDIT,
      items: [{ quantity: 1 }],
    });
  });
});
