import { isRestoring } from '#shared/backup/restoring.ts';
import { type IdKind, newId } from '#shared/ids/ids.ts';
import { type Clock, systemClock } from '#shared/time/time.ts';

/** Runs `act` once after `ms`; the answer takes it back. */
export type After = (ms: number, act: () => void) => () => void;

/** What happens by chance or by time inside an object, so that a simulation can own it. */
export interface Chance {
  /** In [0, 1). */
  random(): number;
  after: After;
}
export const systemChance: Chance = {
  random: () => Math.random(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** All that an object's engine knows of the platform it runs on. */
export interface Host extends Chance {
  storage: DurableObjectStorage;
  clock: Clock;
  newId(kind: IdKind): string;
  /** Work that goes on after the answer was given. */
  waitUntil(work: Promise<unknown>): void;
  /** A restore is under way: effects are kept and not delivered. Absent: never. */
  isResting?(): boolean;
}

export const hostOf = (ctx: DurableObjectState, env: object = {}): Host => ({
  ...systemChance,
  isResting: () => isRestoring(env),
  storage: ctx.storage,
  clock: systemClock,
  newId,
  waitUntil: (work) => ctx.waitUntil(work),
});

/** Resolves with the work, or rejects with `late()` after `limitMs`. */
export function orLate<Value>(
  after: After,
  limitMs: number,
  work: Promise<Value>,
  late: () => Error,
): Promise<Value> {
  let cancel = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    cancel = after(limitMs, () => reject(late()));
  });
  return Promise.race([work, limit]).finally(() => cancel());
}

/** Resolves when the work does, or after `limitMs`. */
export async function within(after: After, limitMs: number, work: Promise<void>): Promise<void> {
  let cancel = (): void => {};
  const limit = new Promise<void>((resolve) => {
    cancel = after(limitMs, resolve);
  });
  await Promise.race([work, limit]).finally(() => cancel());
}
