import { afterAll, beforeAll, describe, it } from 'vitest';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { SCENARIOS } from '../../scripts/scenarios/index.ts';
import { World } from '../../scripts/scenarios/world.ts';

const secrets = newSecrets();
const signIns = newSignIns();
let system: System;

beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns });
});
afterAll(() => system.stop());

describe.concurrent('through public HTTP alone', () => {
  for (const scenario of SCENARIOS) {
    // A scenario asserts with node:assert, since it also runs outside the test runner, as `npm run demo`.
    it(scenario.name, async () => {
      const steps: string[] = [];
      const world = new World({ ...system, signIns, secrets, onStep: (text) => steps.push(text) });
      await scenario.run(world).catch((error: unknown) => {
        throw new Error(`after:\n  ${steps.join('\n  ')}`, { cause: error });
      });
    });
  }
});
