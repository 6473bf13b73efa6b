import { describe, expect, it } from 'vitest';
import { lineOf, orderOf } from '../testing/documents.ts';
import { allowanceOf, editedAllowance } from './allowance.ts';
import type { Line } from './document.ts';

const EDIT = 'op_1';
const limited = (quantity: number, limit = 2): Line => {
  const line = lineOf(1, { quantity });
  return { ...line, customerLimits: [{ scope: line.productId, quantity: limit, days: null }] };
};
const pick = ({ productVersion, variantId, sku, title, variantTitle, price }: Line) => ({
  productVersion,
  variantId,
  sku,
  title,
  variantTitle,
  price,
});
const unlimited = (quantity: number) => orderOf([lineOf(1, { quantity })], {});

describe('the allowance of an order', () => {
  it('counts a bundle for its own limit and its parts for theirs', () => {
    const part = limited(6);
    const bundle = {
      ...pick(part),
      id: 'line_kit',
      productId: 'prod_kit',
      customerLimits: [{ scope: 'prod_kit', quantity: 1, days: 30 }],
      quantity: 3,
    };
    expect(allowanceOf({ exchangeOf: null }, [part, limited(1)], [bundle])?.items).toMatchObject([
      { scope: part.productId, quantity: 7 },
      { scope: 'prod_kit', quantity: 3, lineId: 'line_kit' },
    ]);
  });
});

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
