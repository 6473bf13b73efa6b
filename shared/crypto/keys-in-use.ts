import type { KeyRing, RingKey } from './key-ring.ts';

/** How many rows a key holds. */
export interface RowsByKey {
  keyId: string;
  rows: number;
}
/** A key of a ring, and what still needs it. */
export interface KeyInUse {
  id: string;
  use: RingKey['use'] | 'missing';
  /** Rows that only this key opens, by what is counted: `table.column`. */
  rows: Record<string, number>;
  /** It neither seals nor opens anything, and is not to come: it can be taken out of the ring. */
  isDroppable: boolean;
}

/** The keys of a ring and those that rows name; one that no ring has is `missing`: its rows are unreadable. */
export function keysInUse(
  ring: KeyRing,
  counted: readonly (readonly [name: string, RowsByKey[]])[],
): KeyInUse[] {
  const found = counted.flatMap(([, counts]) => counts.map(({ keyId }) => keyId));
  const ids = new Set([...ring.all.map(({ id }) => id), ...found]);
  return [...ids].map((id) => {
    const rows = Object.fromEntries(
      counted
        .map(([name, counts]) => [name, counts.find(({ keyId }) => keyId === id)?.rows ?? 0] as const)
        .filter(([, count]) => count > 0),
    );
    const use = ring.find(id)?.use ?? 'missing';
    return { id, use, rows, isDroppable: use === 'opens' && Object.keys(rows).length === 0 };
  });
}
