import { Kernel } from './kernel/kernel.ts';
import {
  brokenAtEnd,
  brokenAtPartners,
  brokenByStep,
  brokenInCart,
  brokenInPromotion,
  brokenInStock,
  brokenOnCards,
} from './invariants.ts';
import { type Plan, planOf, type Quality, qualityOf } from './world/plan.ts';
import { type Chaos, type Sabotage, World } from './world/world.ts';
import type { CrashPlan } from './kernel/objects.ts';

export interface History {
  seed: number;
  /** Rules that did not hold; empty: a sound history. */
  violations: string[];
  /** Steps of the orders' machines. */
  events: number;
  /** The same by what they were. */
  types: Record<string, number>;
  /** Tasks of the simulation: arrivals, replies, alarms, decisions. */
  steps: number;
  orders: number;
  faults: Record<string, number>;
  /** States orders ended in, and how often. */
  ends: Record<string, number>;
  /** Every state an order came to rest in. */
  states: Record<string, number>;
  /** Everything that could be left out, by name. */
  struck: string[];
  trace: string[];
}
export interface HistoryOptions {
  dropped?: ReadonlySet<string>;
  trace?: boolean;
  sabotage?: Sabotage;
  /** In place of what the seed says. */
  plan?: Plan;
  quality?: Quality;
  crash?: CrashPlan;
  chaos?: Chaos;
  /** Called with the world before anything happens in it. */
  prepare?(world: World): void;
}

/** One history, from its seed alone: the same seed is the same history. */
export async function play(seed: number, options: HistoryOptions = {}): Promise<History> {
  const { dropped, trace = false } = options;
  const kernel = new Kernel(seed, { ...(dropped === undefined ? {} : { dropped }), trace });
  let events = 0;
  const states: Record<string, number> = {};
  const types: Record<string, number> = {};
  const world = new World({
    kernel,
    plan: options.plan ?? planOf(kernel),
    quality: options.quality ?? qualityOf(kernel),
    ...(options.crash === undefined ? {} : { crash: options.crash }),
    ...(options.chaos === undefined ? {} : { chaos: options.chaos }),
    ...(options.sabotage === undefined ? {} : { sabotage: options.sabotage }),
    watch: (present, event, outcome) => {
      events += 1;
      types[event.type] = (types[event.type] ?? 0) + 1;
      const { state } = outcome.document;
      states[state] = (states[state] ?? 0) + 1;
      for (const rule of brokenByStep(present, event, outcome))
        present.violated(`${rule}, after ${event.type}`);
    },
    settled: (present, touched) => {
      for (const { name } of touched) {
        if (name.startsWith('cart:')) for (const rule of brokenInCart(present, name)) present.violated(rule);
        if (name.startsWith('promotion:'))
          for (const rule of brokenInPromotion(present, name)) present.violated(rule);
        if (name.startsWith('card:')) for (const rule of brokenOnCards(present)) present.violated(rule);
        if (!name.startsWith('stock:')) continue;
        for (const rule of brokenInStock(present, name)) present.violated(`${rule} (${name})`);
      }
      for (const rule of brokenAtPartners(present)) present.violated(rule);
    },
  });
  options.prepare?.(world);
  try {
    await world.play();
    for (const rule of brokenAtEnd(world)) world.violated(rule);
  } catch (error) {
    world.violated(`the simulation failed: ${String((error as Error).stack)}`);
  }
  const ends: Record<string, number> = {};
  for (const orderId of world.orderIds) {
    const end = world.documentOf(orderId)?.state ?? 'none';
    ends[end] = (ends[end] ?? 0) + 1;
  }
  world.close();
  return {
    seed,
    violations: [...world.violations],
    events,
    types,
    steps: kernel.steps,
    orders: world.customers.length,
    faults: Object.fromEntries(kernel.faults),
    ends,
    states,
    struck: kernel.struck,
    trace: kernel.trace ?? [],
  };
}
