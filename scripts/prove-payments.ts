/**
 * Every way to pay, every way it ends, every mode of capture and every order of webhooks, in one running system: final order,
 * ledger and stock (test/payments). `npm test` runs a part of it. Prints one JSON line of counts and exits non-zero when one
 * ends as it should not.
 *
 * Usage: npm run prove:payments -- [--only PATTERN], e.g. '^sepa.*reversed'
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { runStep } from './test/run-step.ts';

const USAGE = "Usage: npm run prove:payments -- [--only PATTERN], e.g. '^sepa.*reversed'";
const { values } = parseArguments(USAGE, { options: { only: { type: 'string', default: '' } } });
if (!isPattern(values.only)) refuse(`--only takes a regular expression, not ${values.only}\n${USAGE}`);
process.env['MATRIX'] = values.only;
process.exitCode = await runStep('every way to pay', 'vitest run --project payments-matrix');

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
