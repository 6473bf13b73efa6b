import { afterAll, beforeAll, describe, it } from 'vitest';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { SCENARIOS } from '../../scripts/scenarios/index.ts';
import { type Scenario, World } from '../../scripts/scenarios/world.ts';

const secrets = newSecrets();
const signIns = newSignIns();
let system: System;

beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns });
});
afterAll(() => system.stop());

/** A scenario asserts with node:assert, since it also runs outside the test runner, as `npm run demo`. */
async function play(scenario: Scenario): Promise<void> {
  const steps: string[] = [];
  const world = new World({ ...system, signIns, secrets, onStep: (text) => steps.push(text) });
  await scenario.run(world).catch((error: unknown) => {
    throw new Error(`${String(error)}\nafter:\n  ${steps.join('\n  ')}`, { cause: error });
  });
}

describe.concurrent('through public HTTP alone', () => {
  for (const scenario of SCENARIOS.filter((each) => each.exclusive !== true)) {
    it(scenario.name, () => play(scenario));
  }
});

describe('one at a time, since a fault may hit anybody', () => {
  for (const scenario of SCENARIOS.filter((each) => each.exclusive === true)) {
    it(scenario.name, () => play(scenario));
  }
});
