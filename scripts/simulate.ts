/**
 * Plays simulated histories of orders: the real engines and storage in a world where everything fails (docs/simulation.md).
 * Prints one JSON line of counts and exits non-zero when a rule was broken; the first failing seed is then made as small
 * as it gets and told step by step.
 *
 * Usage: npm run simulate -- [--seeds N] [--seed FIRST] [--workers W]; with --seed alone: that one history, step by step.
 *        npm run simulate -- --crashes [--lines L] [--twice TURNS]: a crash at every place of every scenario.
 *        npm run simulate -- --deliveries [--events E]: every order in which E events of a payment can be heard of,
 *        each any number of times.
 */
import { availableParallelism } from 'node:os';
import { allDeliveries } from '../test/simulation/deliveries.ts';
import { play } from '../test/simulation/history.ts';
import { crashMatrix } from '../test/simulation/matrix.ts';
import { simulate } from '../test/simulation/run.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { shrink } from '../test/simulation/shrink.ts';

const USAGE = `Usage: npm run simulate -- [--seeds N] [--seed FIRST] [--workers W]
       npm run simulate -- --crashes [--lines L] [--twice TURNS]
       npm run simulate -- --deliveries [--events E]`;
const { values } = parseArguments(USAGE, {
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    workers: { type: 'string' },
    crashes: { type: 'boolean' },
    lines: { type: 'string' },
    twice: { type: 'string' },
    deliveries: { type: 'boolean' },
    events: { type: 'string' },
  },
});
type Numbered = 'seeds' | 'seed' | 'workers' | 'lines' | 'twice' | 'events';

function whole(name: Numbered, otherwise: number): number {
  const text = values[name] ?? String(otherwise);
  if (/^\d{1,10}$/.test(text) && Number(text) >= (name === 'seed' || name === 'twice' ? 0 : 1))
    return Number(text);
  return refuse(`--${name} takes a whole number, not ${text}\n${USAGE}`);
}

async function tell(seed: number): Promise<void> {
  const smallest = await shrink(seed);
  console.error(smallest.trace.join('\n'));
  console.error(`Seed ${seed} breaks: ${smallest.violations.join('; ')}`);
}

/** One line of counts; the first violations on their own lines. */
function report({ violations, ...counts }: { violations: string[] }): void {
  console.log(JSON.stringify({ ...counts, violations: violations.length }));
  for (const violation of violations.slice(0, 20)) console.error(violation);
  if (violations.length > 0) process.exitCode = 1;
}

const firstSeed = whole('seed', 1);
if (values.crashes === true) {
  report(
    await crashMatrix({
      seed: firstSeed,
      lines: whole('lines', 4),
      twice: whole('twice', 0),
      everywhere: true,
    }),
  );
} else if (values.deliveries === true) {
  report(await allDeliveries(Math.min(6, whole('events', 6))));
} else if (values.seed !== undefined && values.seeds === undefined) {
  const { trace, struck: _, ...history } = await play(firstSeed, { trace: true });
  console.error(trace.join('\n'));
  if (history.violations.length > 0) {
    console.error('\nThe same, as small as it gets:');
    await tell(firstSeed);
    process.exitCode = 1;
  }
  console.log(JSON.stringify(history));
} else {
  const started = performance.now();
  const counts = await simulate({
    firstSeed,
    seeds: whole('seeds', 10_000),
    workers: whole('workers', availableParallelism()),
  });
  console.log(JSON.stringify({ ...counts, seconds: Math.round((performance.now() - started) / 100) / 10 }));
  const [failing] = counts.failingSeeds;
  if (failing !== undefined) {
    await tell(failing);
    process.exitCode = 1;
  }
}
