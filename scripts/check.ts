/** The one gate before a commit: every check runs, and all that fail are named. Usage: npm run check */
import { parseArguments } from './lib/arguments.ts';
import { runStep } from './test/run-step.ts';
import { CHECK_STEPS } from './test/steps.ts';

parseArguments('Usage: npm run check', { options: {} });
const failed: string[] = [];
for (const { name, command } of CHECK_STEPS) {
  if ((await runStep(name, command)) !== 0) failed.push(name);
}
console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}.`);
if (failed.length > 0) process.exitCode = 1;
