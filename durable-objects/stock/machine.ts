/**
 * The arithmetic of one SKU's stock. Pure. Units are either on hand and free, on hand and held for an order, or sold
 * (they have left `onHand`). Never below zero; held units that are still on hand are never promised twice.
 */
export interface Level {
  onHand: number;
  held: number;
}
export type HoldState = 'held' | 'expired' | 'committed' | 'released' | 'returned';
export interface Hold {
  lineId: string;
  quantity: number;
  state: HoldState;
}
export interface Wanted {
  lineId: string;
  quantity: number;
}
export type Taken =
  | { ok: true; level: Level; holds: Hold[] }
  /** `lineId` is the first line that does not fit any more. */
  | { ok: false; lineId: string; available: number };

export const availableOf = (level: Level): number => Math.max(0, level.onHand - level.held);

/**
 * Holds every wanted line, or none. Lines already held or sold are left as they are; expired ones are taken anew.
 * Given-back lines stay given back: the order has ended.
 */
export function hold(level: Level, present: readonly Hold[], wanted: readonly Wanted[]): Taken {
  const available = availableOf(level);
  let taken = 0;
  const holds: Hold[] = [];
  for (const line of wanted) {
    const state = stateOf(present, line.lineId);
    if (state === 'held' || state === 'committed') continue;
    if (state === 'released' || state === 'returned' || taken + line.quantity > available) {
      return { ok: false, lineId: line.lineId, available };
    }
    taken += line.quantity;
    holds.push({ ...line, state: 'held' });
  }
  return { ok: true, level: { ...level, held: level.held + taken }, holds };
}

/**
 * Sells every wanted line, or none. A hold that ran out is taken again when units are free; `onHand` may have been
 * corrected below what is held, so it is checked as well.
 */
export function commit(level: Level, present: readonly Hold[], wanted: readonly Wanted[]): Taken {
  const available = availableOf(level);
  let fresh = 0;
  let fromHolds = 0;
  const holds: Hold[] = [];
  for (const line of wanted) {
    const state = stateOf(present, line.lineId);
    if (state === 'committed') continue;
    if (state === 'held') fromHolds += line.quantity;
    else fresh += line.quantity;
    const ended = state === 'released' || state === 'returned';
    if (ended || fresh > available || fresh + fromHolds > level.onHand) {
      return { ok: false, lineId: line.lineId, available };
    }
    holds.push({ ...line, state: 'committed' });
  }
  return {
    ok: true,
    level: { onHand: level.onHand - fresh - fromHolds, held: level.held - fromHolds },
    holds,
  };
}

/** Gives back everything an order has: held units become free, sold ones return to the shelf. */
export function giveBack(level: Level, present: readonly Hold[]): { level: Level; holds: Hold[] } {
  const next = { ...level };
  const holds: Hold[] = [];
  for (const line of present) {
    if (line.state === 'held') {
      next.held -= line.quantity;
      holds.push({ ...line, state: 'released' });
    } else if (line.state === 'committed') {
      next.onHand += line.quantity;
      holds.push({ ...line, state: 'returned' });
    } else if (line.state === 'expired') {
      holds.push({ ...line, state: 'released' });
    }
  }
  return { level: next, holds };
}

/** Ends holds that ran out. */
export function expire(level: Level, due: readonly Hold[]): { level: Level; holds: Hold[] } {
  const holds = due
    .filter((line) => line.state === 'held')
    .map((line) => ({ ...line, state: 'expired' as const }));
  const freed = holds.reduce((sum, line) => sum + line.quantity, 0);
  return { level: { ...level, held: level.held - freed }, holds };
}

const stateOf = (present: readonly Hold[], lineId: string): HoldState | null =>
  present.find((line) => line.lineId === lineId)?.state ?? null;
