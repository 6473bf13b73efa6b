import { expect, it } from 'vitest';
import { newDocument, type Line } from './document.ts';
import { upgradeDocument } from './upgrade.ts';

const placed = newDocument({
  id: `ord_${'0'.repeat(31)}1`,
  number: 'TP-1',
  customerId: `usr_${'0'.repeat(31)}1`,
  request: { currency: 'EUR', lines: [], paymentWindowSeconds: 60 },
  lineIds: [],
  at: 0,
});

it('an order sold before prices were told in parts keeps its price to the unit', () => {
  const { pricing: _, ...older } = placed;
  const line = { sku: 'S', quantity: 3, unitPrice: 500 } as unknown as Line;

  const upgraded = upgradeDocument({ ...older, total: 1500, lines: [line] });

  expect(upgraded.lines[0]).not.toHaveProperty('unitPrice');
  expect(upgraded.lines[0]?.price).toMatchObject({
    unitPrice: 500,
    subtotal: 1500,
    discounts: [],
    total: 1500,
  });
  expect(upgraded.pricing).toMatchObject({ subtotal: 1500, shipping: null, total: 1500 });
});

it('a present document is left as it is', () => {
  expect(upgradeDocument(placed)).toBe(placed);
});
