import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSameJson, plainCopy } from './plain-copy.ts';

it('is the same data to the order of its fields, whatever it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = plainCopy(value);
      expect(copy).toEqual(structuredClone(value));
      expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
    }),
  );
});

it('shares nothing with the original, and keeps what is undefined', () => {
  const original = { lines: [{ state: 'pending', detail: undefined }] };
  const copy = plainCopy(original);
  for (const line of copy.lines) line.state = 'delivered';
  expect(original).toEqual({ lines: [{ state: 'pending', detail: undefined }] });
  expect(Object.keys(copy.lines[0] ?? {})).toEqual(['state', 'detail']);
});

it('is the same in JSON exactly when JSON writes it down in the same way', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const changed = (whole: unknown) => fc.tuple(fc.constant(whole), fc.constant(plainCopy(whole)));
  fc.assert(
    fc.property(fc.oneof(fc.tuple(value, value), value.chain(changed)), ([one, other]) => {
      expect(isSameJson(one, other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
  expect(isSameJson({ a: 1, b: undefined }, { c: undefined, a: 1 })).toBe(true);
  expect(isSameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(false);
  expect(isSameJson({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(isSameJson([1], { 0: 1 })).toBe(false);
});
