/**
 * Drives the journey and each way it goes wrong, through public HTTP with real client libraries, against the system that
 * `npm start` runs here, or against one it starts itself. Prints what happened when; exits non-zero when anything
 * differs from what was expected.
 *
 *   npm run demo                    all scenarios
 *   npm run demo -- cancel          those whose name contains a word
 *
 * With a test key of Stripe in the environment (as for `npm start`) those that need test cards alone, against Stripe itself.
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { keptSecrets, newSecrets } from './lib/local-settings.ts';
import { readKept, runningSystem } from './lib/kept.ts';
import { newSignIns } from './lib/seed.ts';
import { realStripeHere, realStripeOverrides, STRIPE_API } from './lib/real-stripe.ts';
import { startSystem } from './lib/system.ts';
import { SCENARIOS, STRIPE_SCENARIOS } from './scenarios/index.ts';
import { type Scenario, World, type WorldOptions } from './scenarios/world.ts';

type Target = Omit<WorldOptions, 'onStep'> & { stop(): Promise<void> };

const USAGE = 'Usage: npm run demo [-- WORD]: the scenarios whose name contains it; all of them without one';
const { positionals } = parseArguments(USAGE, { allowPositionals: true, options: {} });
if (positionals.length > 1) refuse(`One word, please.\n${USAGE}`);

const EVENTS_EVERY_MS = 5_000;

const real = realStripeHere();
const provider =
  real === null
    ? {}
    : { provider: { origin: STRIPE_API, secretKey: real.secretKey, publishableKey: real.publishableKey } };

async function target(): Promise<Target> {
  const kept = readKept();
  if (runningSystem() !== null && kept !== null) {
    console.log(`Using the system at ${kept.origin}.`);
    return { ...kept, ...provider, signIns: kept, secrets: keptSecrets(), stop: () => Promise.resolve() };
  }
  const secrets = newSecrets();
  const signIns = newSignIns();
  const started = Date.now();
  const overrides = real === null ? {} : realStripeOverrides(real, secrets);
  const system = await startSystem({ secrets, seed: signIns, overrides });
  // Webhooks cannot reach it: the provider's events are read instead.
  const events = real === null ? null : setInterval(() => void system.runCron('payments'), EVENTS_EVERY_MS);
  console.log(`Started a system of its own in ${Date.now() - started} ms (its data is gone at the end).`);
  return {
    ...system,
    ...provider,
    signIns,
    secrets,
    stop: async () => {
      if (events !== null) clearInterval(events);
      await system.stop();
    },
  };
}

async function run(scenario: Scenario, options: Target): Promise<boolean> {
  const started = Date.now();
  const at = (): string => `${String(Date.now() - started).padStart(7)} ms`;
  console.log(`\n${scenario.name}`);
  const world = new World({ ...options, onStep: (text) => console.log(`${at()}  ${text}`) });
  try {
    await scenario.run(world);
    console.log(`${at()}  ✓ as expected`);
    return true;
  } catch (error) {
    console.log(`${at()}  ✗ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  } finally {
    await world.cleanUp();
  }
}

const word = positionals[0]?.toLowerCase() ?? '';
const chosen = (real === null ? SCENARIOS : STRIPE_SCENARIOS).filter((scenario) =>
  scenario.name.toLowerCase().includes(word),
);
const options = await target();
let failed = 0;
for (const scenario of chosen) {
  if (!(await run(scenario, options))) failed += 1;
}
await options.stop();
console.log(`\n${chosen.length - failed} of ${chosen.length} scenarios as expected`);
process.exit(failed > 0 || chosen.length === 0 ? 1 : 0);
