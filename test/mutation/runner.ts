import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Collected, collect as Collect } from './collected.ts';
import { PARTS } from './parts.ts';

/*
 * A test runner of Stryker (https://stryker-mutator.io/docs/stryker-js/api/test-runner-api/) that loads the quick tests of
 * the part once and runs them again for each mutant, in one process: a mutant costs what its tests cost, and not what it costs
 * to load them. A mutant that leaves something behind is met again in a process of its own.
 */

const SHIM = new URL('./collected.ts', import.meta.url).href;
/** What the instrumented code looks at. */
interface Instrumented {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: unknown;
}
const NAMESPACE = '__stryker__';
const instrumented = ((globalThis as unknown as Record<string, Instrumented>)[NAMESPACE] ??= {});

interface Test extends Collected {
  id: string;
  fileName: string;
}
interface MutantRun {
  testFilter?: string[];
  hitLimit?: number;
  activeMutant: { id: string };
}
/** Of the runner's interface; see `TestStatus`. */
const [SUCCESS, FAILED] = [0, 1];

class InProcessRunner {
  #tests: Test[] = [];
  #isFresh = true;
  #isDirty = false;

  /** Mutants are never active while files are loaded (`ignoreStatic`): nothing of one is left to be loaded anew. */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'vitest' && context.parentURL !== SHIM
          ? { url: SHIM, shortCircuit: true }
          : next(specifier, context),
    });
    const { collect } = (await import(SHIM)) as { collect: typeof Collect };
    const part = PARTS.find(({ name }) => name === process.env['MUTATED_PART']);
    for (const file of globSync([...(part?.tests ?? [])]).sort()) {
      const fileName = path.resolve(file);
      const collected = await collect(() => import(pathToFileURL(fileName).href));
      this.#tests.push(
        ...collected.map((test) => Object.assign(test, { id: `${file}#${test.name}`, fileName })),
      );
    }
  }

  async dryRun() {
    const tests = [];
    for (const test of this.#tests) {
      const started = performance.now();
      const failure = await failureOf(test);
      const { id, name, fileName } = test;
      const told = { id, name, fileName, timeSpentMs: performance.now() - started };
      tests.push(
        failure === null
          ? { ...told, status: SUCCESS }
          : { ...told, status: FAILED, failureMessage: failure },
      );
    }
    return { status: 'complete', tests, mutantCoverage: instrumented.mutantCoverage };
  }

  async mutantRun({ testFilter, hitLimit, activeMutant }: MutantRun) {
    // Stryker starts another process and asks it again.
    if (this.#isDirty) process.exit(1);
    const wanted = new Set(testFilter);
    const tests = this.#tests.filter(({ id }) => testFilter === undefined || wanted.has(id));
    Object.assign(instrumented, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    let [killer, failureMessage]: [Test | null, string] = [null, ''];
    for (const test of tests) {
      const failure = await failureOf(test);
      if (failure === null) continue;
      [killer, failureMessage] = [test, failure];
      break;
    }
    const isEndless = hitLimit !== undefined && (instrumented.hitCount ?? 0) > hitLimit;
    Object.assign(instrumented, { activeMutant: undefined, hitLimit: undefined });
    if (killer !== null && (await failureOf(killer)) !== null) {
      // It may be what an earlier mutant left behind that the test failed of.
      if (!this.#isFresh) process.exit(1);
      this.#isDirty = true;
    }
    this.#isFresh = false;
    const nrOfTests = tests.length;
    if (isEndless) return { status: 'timeout', reason: 'too many hits' };
    return killer === null
      ? { status: 'survived', nrOfTests }
      : { status: 'killed', killedBy: [killer.id], failureMessage, nrOfTests };
  }
}

async function failureOf({ id, run, before, after }: Test): Promise<string | null> {
  instrumented.currentTestId = id;
  try {
    for (const act of before) await act();
    await run();
    return null;
  } catch (error) {
    return String(error);
  } finally {
    for (const act of after) await act();
    instrumented.currentTestId = undefined;
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner }];
