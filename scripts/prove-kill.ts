/**
 * Kills the whole system (SIGKILL: every worker, the runtime, the payment service's stand-in) at random instants during
 * purchases, starts it again over the same folder, and judges what is left once every order has ended. Prints one JSON
 * line of counts; a violation ends it with exit code 1.
 *
 *   npm run prove:kill -- --rounds 50 [--buyers 8] [--seed 1]
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { proveKill } from './kill/prove.ts';

const USAGE = 'Usage: npm run prove:kill [-- --rounds 10 --buyers 8 --seed 1]';
const { values } = parseArguments(USAGE, {
  options: {
    rounds: { type: 'string', default: '10' },
    buyers: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [rounds, buyers, seed] = [values.rounds, values.buyers, values.seed].map(Number) as [
  number,
  number,
  number,
];
if (![rounds, buyers, seed].every((number) => Number.isSafeInteger(number) && number > 0)) refuse(USAGE);

const report = await proveKill({ rounds, buyers, seed, onStep: (text) => console.error(text) });
const { violations, ...counts } = report;
for (const violation of violations) console.error(`✗ ${violation}`);
console.log(JSON.stringify({ ...counts, violations: violations.length }));
if (violations.length > 0) process.exitCode = 1;
