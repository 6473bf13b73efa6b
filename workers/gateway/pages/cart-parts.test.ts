import { expect, it } from 'vitest';
import type { Cart } from '#shared/contracts/http/carts.ts';
import { problemTexts } from './cart-parts.tsx';

it('lays what stands against all lines at no single one', () => {
  const cart = { codes: [], lines: [{ id: 'line_1', customisationSchema: null }] } as unknown as Cart;
  const texts = problemTexts(cart, [
    { pointer: '/lines', detail: 'are 0.20 EUR together' },
    { pointer: '/lines/0/quantity', detail: 'is out of stock' },
  ]);
  expect([...texts]).toEqual([
    ['', ['Your articles are 0.20 EUR together.']],
    ['line_1', ['This is out of stock.']],
  ]);
});
