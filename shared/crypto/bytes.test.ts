import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { fromBase64, toBase64, toBase64Url } from './bytes.ts';

it('reads back what it wrote, in either alphabet', () => {
  assert(
    property(uint8Array(), (bytes) => {
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      expect(fromBase64(toBase64Url(bytes))).toEqual(bytes);
      expect(toBase64(bytes)).toMatch(/^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/);
    }),
  );
});

it('writes what is longer than any list of arguments, because sealed contents have no bound of ours', () => {
  const bytes = new Uint8Array(1_000_000).fill(7);
  expect(fromBase64(toBase64Url(bytes))).toHaveLength(bytes.length);
});
