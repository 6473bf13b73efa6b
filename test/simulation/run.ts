import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Unseen, unseenOf } from './coverage.ts';
import type { History } from './history.ts';

export interface Counts {
  seeds: number;
  firstSeed: number;
  orders: number;
  /** Steps of the orders' machines, each followed by a check of every rule. */
  events: number;
  types: Record<string, number>;
  /** Everything that happened in the simulated worlds. */
  steps: number;
  crashes: number;
  faults: Record<string, number>;
  ends: Record<string, number>;
  states: Record<string, number>;
  /** What no history came through. */
  unseen: Unseen;
  violations: number;
  failingSeeds: number[];
}
/** What one worker did with one chunk of seeds. */
export type ChunkResult = Omit<Counts, 'seeds' | 'firstSeed' | 'crashes' | 'unseen'>;

const CHUNK = 50;
const FAILING_KEPT = 20;

export const NOTHING: ChunkResult = {
  orders: 0,
  events: 0,
  types: {},
  steps: 0,
  faults: {},
  ends: {},
  states: {},
  violations: 0,
  failingSeeds: [],
};

export function add(total: ChunkResult, history: History): ChunkResult {
  const bad = history.violations.length > 0;
  return plus(total, {
    ...history,
    violations: history.violations.length,
    failingSeeds: bad ? [history.seed] : [],
  });
}

function plus(one: ChunkResult, other: ChunkResult): ChunkResult {
  return {
    orders: one.orders + other.orders,
    events: one.events + other.events,
    types: sums(one.types, other.types),
    steps: one.steps + other.steps,
    faults: sums(one.faults, other.faults),
    ends: sums(one.ends, other.ends),
    states: sums(one.states, other.states),
    violations: one.violations + other.violations,
    failingSeeds: [...one.failingSeeds, ...other.failingSeeds].slice(0, FAILING_KEPT),
  };
}
function sums(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const total = { ...one };
  for (const [name, count] of Object.entries(other)) total[name] = (total[name] ?? 0) + count;
  return total;
}

/** Plays `seeds` histories from `firstSeed` on, spread over threads. */
export async function simulate(options: {
  firstSeed: number;
  seeds: number;
  workers: number;
}): Promise<Counts> {
  const { firstSeed, seeds, workers } = options;
  let next = firstSeed;
  let total = NOTHING;
  const work = async (): Promise<void> => {
    const worker = new Worker(path.join(import.meta.dirname, 'worker.ts'));
    try {
      while (next < firstSeed + seeds) {
        const from = next;
        next = Math.min(firstSeed + seeds, from + CHUNK);
        const played = await chunk(worker, { from, to: next });
        total = plus(total, played);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, Math.ceil(seeds / CHUNK)) }, work));
  const { crash: crashes = 0, ...faults } = total.faults;
  const { violations, failingSeeds, ...counts } = { ...total, faults };
  return {
    seeds,
    firstSeed,
    ...counts,
    crashes,
    unseen: unseenOf(counts),
    violations,
    failingSeeds: failingSeeds.sort((a, b) => a - b),
  };
}

function chunk(worker: Worker, seeds: { from: number; to: number }): Promise<ChunkResult> {
  return new Promise((resolve, reject) => {
    worker.once('message', (result: ChunkResult) => {
      worker.off('error', reject);
      resolve(result);
    });
    worker.once('error', reject);
    worker.postMessage(seeds, []);
  });
}
