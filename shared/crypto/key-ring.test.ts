import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { toBase64 } from './bytes.ts';
import { keyRing } from './key-ring.ts';

const key = uint8Array({ minLength: 32, maxLength: 32 });

it('takes any 32 bytes as a key, since one in 64 begins with a plus sign in base64', () => {
  const plus = toBase64(new Uint8Array(32).fill(0b11111011));
  expect(plus).toMatch(/^\+/);
  expect(keyRing('FIELD_KEY', plus).current.use).toBe('seals');
  assert(
    property(key, key, (now, next) => {
      const ring = keyRing('FIELD_KEY', `${toBase64(now)},next:${toBase64(next)}`);
      expect(ring.all.map(({ use }) => use)).toEqual(['seals', 'coming']);
      expect(keyRing('FIELD_KEY', `${toBase64(next)}, ${toBase64(now)}`).all.map(({ id }) => id)).toEqual(
        ring.all.map(({ id }) => id).toReversed(),
      );
    }),
  );
});
