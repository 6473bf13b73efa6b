import { describe, expect, it } from 'vitest';
import { toBase64 } from '#shared/crypto/bytes.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import {
  cardsOfOlderKeys,
  droppableOf,
  type KeyInUse,
  nextStep,
  nextStepOfCards,
  ringAfter,
} from './next-step.ts';

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
  const alone = ringAfter('drop', used, droppableOf(told(used, fresh)));
  expect(keyRing('FIELD_KEY', alone).all.map(({ id }) => id)).toEqual([fresh]);
  expect(nextStep(told(alone, fresh))).toBe('add');
});

it('stops at rows that no key opens, rather than drop another one', () => {
  const lost: KeyInUse = { id: 'lost', use: 'missing', rows: { 'passwords.phc': 1 }, isDroppable: false };
  expect(nextStep([...told(FIRST, idOf(FIRST)), lost])).toBe('unreadable');
});

describe('a key of gift cards', () => {
  const still = { another: false, dropSpent: false };
  const ids = (secret: string): string[] => keyRing('GIFT_CARD_KEY', secret).all.map(({ id }) => id);
  /** As the worker tells it: by id, how many cards have something and how many are spent. */
  const ringOf = (secret: string, cards: Record<string, [left: number, spent: number]>): KeyInUse[] =>
    keyRing('GIFT_CARD_KEY', secret).all.map(({ id, use }) => {
      const [left, spent] = cards[id] ?? [0, 0];
      const rows = {
        ...(left > 0 && { 'gift_cards.balance': left }),
        ...(spent > 0 && { 'gift_cards.spent': spent }),
      };
      return { id, use, rows, isDroppable: use === 'opens' && left + spent === 0 };
    });
  const second = ringAfter('use', ringAfter('add', FIRST));
  const third = ringAfter('use', ringAfter('add', second));
  const [newest = '', middle = '', oldest = ''] = ids(third);

  it('comes, makes codes, and the older one stays, with the number of its cards, until none needs it', () => {
    expect(nextStepOfCards(ringOf(FIRST, {}), still)).toBe('add');
    expect(nextStepOfCards(ringOf(ringAfter('add', FIRST), {}), still)).toBe('use');
    const old = idOf(FIRST);
    const needed = ringOf(second, { [old]: [3, 2] });
    expect([nextStepOfCards(needed, still), cardsOfOlderKeys(needed)]).toEqual([
      'wait',
      { left: 3, spent: 2 },
    ]);
    expect(nextStepOfCards(ringOf(second, { [old]: [0, 2] }), still)).toBe('wait');
    const free = ringOf(second, {});
    expect(nextStepOfCards(free, still)).toBe('drop');
    expect(ids(ringAfter('drop', second, droppableOf(free)))).toEqual(ids(second).slice(0, 1));
  });

  it('is no hindrance to a newer one, and goes from between the others, they alone stay', () => {
    const waiting = ringOf(second, { [middle]: [1, 0], [oldest]: [1, 0] });
    expect(nextStepOfCards(waiting, { ...still, another: true })).toBe('add');
    const added = ringAfter('add', second);
    expect(nextStepOfCards(ringOf(added, { [oldest]: [1, 0] }), still)).toBe('use');
    const between = ringOf(third, { [newest]: [5, 0], [oldest]: [1, 0] });
    expect(nextStepOfCards(between, still)).toBe('drop');
    expect(ids(ringAfter('drop', third, droppableOf(between)))).toEqual([newest, oldest]);
  });

  it('that only spent cards need goes when that is said, never one of cards that have something', () => {
    const wish = { ...still, dropSpent: true };
    const keys = ringOf(third, { [newest]: [0, 1], [middle]: [1, 1], [oldest]: [0, 4] });
    expect([nextStepOfCards(keys, wish), droppableOf(keys, wish)]).toEqual(['drop', [oldest]]);
    const gone = (rows: Record<string, number>): KeyInUse[] => [
      ...ringOf(FIRST, {}),
      { id: 'gone', use: 'missing', rows, isDroppable: false },
    ];
    expect(nextStepOfCards(gone({ 'gift_cards.spent': 4 }), still)).toBe('add');
    expect(nextStepOfCards(gone({ 'gift_cards.balance': 1 }), still)).toBe('unreadable');
  });
});
