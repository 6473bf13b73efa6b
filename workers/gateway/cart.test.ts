import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addLine,
  cartSchema,
  decodeCart,
  emptyCart,
  encodeCart,
  orderBody,
  setQuantity,
  type CartLine,
} from './cart.ts';

const id = (digit: string) => `var_${digit.repeat(32)}`;
const line = (digit: string, quantity = 1, customisation: CartLine['customisation'] = {}): CartLine => ({
  handle: 'editor',
  variantId: id(digit),
  quantity,
  customisation,
});

const cartLines = fc.array(
  fc.record({
    handle: fc.string({ minLength: 1, maxLength: 30 }),
    variantId: fc.constantFrom(id('1'), id('2'), id('3')),
    quantity: fc.integer({ min: 1, max: 10_000 }),
    customisation: fc.dictionary(
      fc.string(),
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.boolean(), fc.integer()),
    ),
  }),
  { maxLength: 20 },
);

test('a cart survives its cookie, or is refused as too large', () => {
  fc.assert(
    fc.property(cartLines, (lines) => {
      const cart = { currency: 'EUR' as const, lines: structuredClone(lines) };
      const text = encodeCart(cart);
      if (text === null) return;
      expect(text).toMatch(/^[\w-]+$/);
      expect(JSON.stringify(decodeCart(text))).toBe(JSON.stringify(cartSchema.parse(cart)));
    }),
  );
});

test('whatever a client sends as its cart, the answer is a cart', () => {
  fc.assert(fc.property(fc.string(), (text) => cartSchema.safeParse(decodeCart(text)).success));
});

test('the same variant with the same wishes becomes one line; other wishes are another line', () => {
  const cart = [line('1'), line('1', 2), line('1', 1, { name: 'Ann' }), line('2')].reduce(
    (filled, next) => addLine(filled, 'EUR', next),
    emptyCart(),
  );
  expect(cart.lines.map(({ quantity }) => quantity)).toEqual([3, 1, 1]);
});

test('a quantity of none removes the line, and a line that is not there changes nothing', () => {
  const cart = { currency: 'EUR' as const, lines: [line('1'), line('2')] };
  expect(setQuantity(cart, 0, 0).lines).toEqual([line('2')]);
  expect(setQuantity(cart, 1, 7).lines[1]?.quantity).toBe(7);
  expect(setQuantity(cart, 5, 7)).toEqual(cart);
  expect(setQuantity(cart, -1, 0)).toEqual(cart);
});

test('the order names variants and wishes only: prices and titles are the catalogue’s to say', () => {
  const body = orderBody({ currency: 'USD', lines: [line('1', 2, { name: 'Ann' })] });
  expect(body).toEqual({
    currency: 'USD',
    lines: [{ variantId: id('1'), quantity: 2, customisation: { name: 'Ann' } }],
  });
});
