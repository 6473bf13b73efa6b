import { advance, siteOf } from '#objects/shard-mover/advance.ts';
import { isOver, type Move } from '#objects/shard-mover/move.ts';
import type { StoreDatabases } from '#shared/db/store-databases.ts';

/** Whole numbers below a bound. */
export type Dice = (bound: number) => number;

/** A dice that falls the same for the same seed (mulberry32). */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

class Killed extends Error {}

/** What becomes of the call at which a run is killed: never made, made without an answer, or made when nobody waits. */
const ENDS = ['before', 'after', 'late'] as const;
type End = (typeof ENDS)[number];

/** Databases of one run of a mover that is killed at one of its calls; after it none is made. */
function mortal(databases: StoreDatabases, dice: Dice, callsLeft: number, ended?: End): StoreDatabases {
  let left = callsLeft;
  const call = async <Value>(make: () => Promise<Value>): Promise<Value> => {
    left -= 1;
    if (left > 0) return make();
    if (left < 0) throw new Killed();
    const end = ended ?? ENDS[dice(ENDS.length)];
    if (end === 'after') await make();
    if (end === 'late') setTimeout(() => void make().catch(() => null), dice(60));
    throw new Killed();
  };
  return new Map([...databases].map(([name, database]) => [name, wrapped(database, call)]));
}

type Call = <Value>(make: () => Promise<Value>) => Promise<Value>;
const inner = new WeakMap<object, D1PreparedStatement>();

function wrapped(database: D1Database, call: Call): D1Database {
  const statement = (real: D1PreparedStatement): D1PreparedStatement => {
    const mine = {
      bind: (...values: unknown[]) => statement(real.bind(...values)),
      run: () => call(() => real.run()),
      all: () => call(() => real.all()),
      raw: () => call(() => real.raw()),
      first: () => call(() => real.first()),
    } as unknown as D1PreparedStatement;
    inner.set(mine, real);
    return mine;
  };
  return {
    prepare: (sql: string) => statement(database.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      call(() => database.batch(statements.map((each) => inner.get(each) ?? each))),
  } as unknown as D1Database;
}

export interface Played {
  move: Move;
  /** Runs that were killed, by the step they were in. */
  kills: Record<string, number>;
  /** The last run's. */
  epoch: number;
}

/**
 * Moves a shard by runs that are killed at random calls, each going on from what the one before had kept. A run that gets
 * nowhere is followed by one that lives longer. `onSlice` sees each kept state.
 */
export async function moveWithKills(
  move: Move,
  databases: StoreDatabases,
  dice: Dice,
  onSlice: (move: Move) => Promise<void> | void = () => undefined,
  firstEpoch = 0,
): Promise<Played> {
  const kills: Record<string, number> = {};
  let kept = move;
  let inVain = 0;
  let epoch = firstEpoch;
  while (!isOver(kept)) {
    epoch += 1;
    const before = kept;
    const ground = { databases: mortal(databases, dice, 1 + dice(12 * (1 + inVain))), epoch };
    try {
      const site = await siteOf(kept, ground);
      while (!isOver(kept)) {
        kept = await advance(kept, site);
        await onSlice(kept);
      }
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      kills[kept.step] = (kills[kept.step] ?? 0) + 1;
      inVain = kept === before ? inVain + 1 : 0;
    }
  }
  return { move: kept, kills, epoch };
}

/**
 * Moves a shard by runs that are killed within every step's first slice, ever later, once before the call is made and once
 * without its answer; the last of them does the whole slice and dies before that is kept. Then one keeps it. `onSlice` sees
 * each kept state and may put another in its place.
 */
export async function moveKilledAtEveryStep(
  move: Move,
  databases: StoreDatabases,
  dice: Dice,
  onSlice: (move: Move) => Move = (kept) => kept,
  firstEpoch = 0,
): Promise<Played> {
  const kills: Record<string, number> = {};
  let kept = move;
  let epoch = firstEpoch;
  const run = async (mine: StoreDatabases): Promise<Move | null> => {
    epoch += 1;
    try {
      return await advance(kept, await siteOf(kept, { databases: mine, epoch }));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      kills[kept.step] = (kills[kept.step] ?? 0) + 1;
      return null;
    }
  };
  while (!isOver(kept)) {
    for (const end of kills[kept.step] === undefined ? (['before', 'after'] as const) : []) {
      let calls = 1;
      while ((await run(mortal(databases, dice, calls, end))) === null) calls = Math.ceil(calls * 1.5);
    }
    const next = await run(databases);
    if (next === null) throw new Error('nobody kills this one');
    kept = onSlice(next);
  }
  return { move: kept, kills, epoch };
}
