import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { keyUseSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { keyRing, ringParts, ringSecret } from '#shared/crypto/key-ring.ts';

export type KeyInUse = z.infer<typeof keyUseSchema>['fields'][number];

/** What a rotation has to do next, from the state the worker tells. */
export type NextStep =
  /** A key is made known to every instance before any seals with it. */
  | 'add'
  /** The key that was to come seals from now on. */
  | 'use'
  /** Values under older keys are sealed anew. */
  | 'reseal'
  /** Nothing needs them any more, or some of them. */
  | 'drop'
  /** Rows are sealed under keys that nobody has. */
  | 'unreadable';

export function nextStep(keys: readonly KeyInUse[]): NextStep {
  const older = keys.filter(({ use }) => use === 'opens');
  if (keys.some(({ use }) => use === 'missing')) return 'unreadable';
  if (older.some(({ isDroppable }) => !isDroppable)) return 'reseal';
  if (older.length > 0) return 'drop';
  return keys.some(({ use }) => use === 'coming') ? 'use' : 'add';
}

/** Of a key that codes of gift cards were made with: cards that have something, or could have it again (`GiftCardKeyUse`). */
const LEFT = 'gift_cards.balance';
const SPENT = 'gift_cards.spent';

/** What is asked of a rotation beside its next step. */
export interface CardKeyWish {
  /** A key is to come although older ones have to stay. */
  another: boolean;
  /** Keys go also while cards that are spent were made with them: what comes back to those cannot be spent by its code. */
  dropSpent: boolean;
}

/**
 * The same for keys of gift cards. No card moves away from the key of its code: each key stays behind the others for as
 * long as its cards need it, and holds up no newer one.
 */
export function nextStepOfCards(
  keys: readonly KeyInUse[],
  wish: CardKeyWish,
): Exclude<NextStep, 'reseal'> | 'wait' {
  if (keys.some(({ use, rows }) => use === 'missing' && LEFT in rows)) return 'unreadable';
  if (droppableOf(keys, wish).length > 0) return 'drop';
  if (keys.some(({ use }) => use === 'coming')) return 'use';
  return wish.another || keys.every(({ use }) => use !== 'opens') ? 'add' : 'wait';
}

/** Ids of the keys that can go. */
export const droppableOf = (
  keys: readonly KeyInUse[],
  { dropSpent }: Pick<CardKeyWish, 'dropSpent'> = { dropSpent: false },
): string[] =>
  keys
    .filter(({ use, rows, isDroppable }) => isDroppable || (dropSpent && use === 'opens' && !(LEFT in rows)))
    .map(({ id }) => id);

/** How many cards keep older keys in the ring. */
export function cardsOfOlderKeys(keys: readonly KeyInUse[]): { left: number; spent: number } {
  const older = keys.filter(({ use }) => use === 'opens');
  const sum = (name: string): number => older.reduce((total, { rows }) => total + (rows[name] ?? 0), 0);
  return { left: sum(LEFT), spent: sum(SPENT) };
}

/** The secret after a step: the first key seals; see `keyRing`. `droppable`: ids of the keys that go. */
export function ringAfter(
  step: 'add' | 'use' | 'drop',
  secret: string,
  droppable: readonly string[] = [],
): string {
  const parts = ringParts(secret);
  const [coming, others] = [
    parts.filter(({ isComing }) => isComing),
    parts.filter(({ isComing }) => !isComing),
  ];
  if (step === 'add')
    return ringSecret([...parts, { key: randomBytes(32).toString('base64'), isComing: true }]);
  if (step === 'use') return ringSecret([...coming.map(({ key }) => ({ key, isComing: false })), ...others]);
  const { all } = keyRing('the secret', secret);
  return ringSecret(parts.filter((_, index) => !droppable.includes(all[index]?.id ?? '')));
}
