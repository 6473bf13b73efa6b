import { expect, it } from 'vitest';
import { toBase64 } from '#shared/crypto/bytes.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { type KeyInUse, nextStep, ringAfter } from './next-step.ts';

const FIRST = toBase64(new Uint8Array(32).fill(1));

/** The state a worker would tell of a ring, with all rows under one of its keys. */
const told = (secret: string, holder: string): KeyInUse[] =>
  keyRing('FIELD_KEY', secret).all.map(({ id, use }) => ({
    id,
    use,
    rows: id === holder ? { 'accounts.email_sealed': 3 } : {},
    isDroppable: use === 'opens' && id !== holder,
  }));
const idOf = (secret: string): string => keyRing('FIELD_KEY', secret).current.id;

it('leads from one key to the next: known first, then sealing, then sealed anew, then alone', () => {
  const old = idOf(FIRST);
  expect(nextStep(told(FIRST, old))).toBe('add');
  const added = ringAfter('add', FIRST);
  expect(keyRing('FIELD_KEY', added).current.id).toBe(old);
  expect(nextStep(told(added, old))).toBe('use');
  const used = ringAfter('use', added);
  const fresh = idOf(used);
  expect(fresh).not.toBe(old);
  expect(nextStep(told(used, old))).toBe('reseal');
  expect(nextStep(told(used, fresh))).toBe('drop');
  const alone = ringAfter('drop', used);
  expect(keyRing('FIELD_KEY', alone).all.map(({ id }) => id)).toEqual([fresh]);
  expect(nextStep(told(alone, fresh))).toBe('add');
});

it('stops at rows that no key opens, rather than drop another one', () => {
  const lost: KeyInUse = { id: 'lost', use: 'missing', rows: { 'passwords.phc': 1 }, isDroppable: false };
  expect(nextStep([...told(FIRST, idOf(FIRST)), lost])).toBe('unreadable');
});
