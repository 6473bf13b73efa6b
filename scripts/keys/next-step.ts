import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { keyUseSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { ringParts, ringSecret } from '#shared/crypto/key-ring.ts';

export type KeyInUse = z.infer<typeof keyUseSchema>['fields'][number];

/** What a rotation has to do next, from the state the worker tells. */
export type NextStep =
  /** A key is made known to every instance before any seals with it. */
  | 'add'
  /** The key that was to come seals from now on. */
  | 'use'
  /** Values under older keys are sealed anew. */
  | 'reseal'
  /** Nothing needs the older keys any more. */
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

/** The secret after a step: the first key seals; see `keyRing`. */
export function ringAfter(step: 'add' | 'use' | 'drop', secret: string): string {
  const parts = ringParts(secret);
  const [coming, others] = [
    parts.filter(({ isComing }) => isComing),
    parts.filter(({ isComing }) => !isComing),
  ];
  if (step === 'add')
    return ringSecret([...parts, { key: randomBytes(32).toString('base64'), isComing: true }]);
  if (step === 'use') return ringSecret([...coming.map(({ key }) => ({ key, isComing: false })), ...others]);
  return ringSecret([...others.slice(0, 1), ...coming]);
}
