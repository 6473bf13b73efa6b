/**
 * Everything that has to hold: the checks, then every test. Prints the files that took longest and, in the last line, the
 * counts of all of it; fails when anything failed or nothing ran. Usage: npm test
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArguments } from './lib/arguments.ts';
import { longest, type Timed, timesIn } from './test/longest.ts';
import { runStep, type StepOptions } from './test/run-step.ts';
import { BACKGROUND_SUITE, CHECK_STEPS, SUITES, type Suite } from './test/steps.ts';
import { NOTHING, sum, summary, tallyOfRun, tallyOfStep, type Tally } from './test/tally.ts';

parseArguments('Usage: npm test', { options: {} });
/**
 * Files at once. A test in the runtime waits for its process, so that even two processors serve two. Given to each run,
 * because a project of Vitest's does not take it from the common configuration.
 */
const FILES_AT_ONCE = Math.max(2, availableParallelism());
const LONGEST_SHOWN = 10;
const times: Timed[] = [];
const reports = mkdtempSync(path.join(tmpdir(), 'reports-'));

async function runSuite({ name, projects }: Suite, options?: StepOptions): Promise<Tally> {
  const file = path.join(reports, `${name}.json`);
  const filters = projects.map((project) => `--project="${project}"`).join(' ');
  const exitCode = await runStep(
    name,
    `vitest run ${filters} --maxWorkers=${FILES_AT_ONCE} --reporter=default --reporter=json --outputFile="${file}"`,
    options,
  );
  const report = existsSync(file) ? readFileSync(file, 'utf8') : null;
  times.push(...timesIn(report));
  return tallyOfRun(report, exitCode);
}

let total = NOTHING;
const failed: string[] = [];
const note = (name: string, tally: Tally): void => {
  total = sum(total, tally);
  if (tally.failed > 0) failed.push(name);
};
const background = runSuite(BACKGROUND_SUITE, { background: true });
for (const { name, command } of CHECK_STEPS) note(name, tallyOfStep(await runStep(name, command)));
for (const suite of SUITES) note(suite.name, await runSuite(suite));
note(BACKGROUND_SUITE.name, await background);
rmSync(reports, { recursive: true });

console.log(`\nThe files that took longest:\n${longest(times, LONGEST_SHOWN)}`);
if (failed.length > 0) {
  console.log(`\nFailed: ${failed.join(', ')}.`);
  process.exitCode = 1;
}
console.log(`\n${summary(total)}`);
