import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainCopy } from './plain-copy.ts';

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
