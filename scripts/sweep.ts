/**
 * Nudges orders that stand still, as the clock does each minute, until none is left to nudge. Safe at any time and twice
 * at once; prints one line of counts.
 *
 *   npm run sweep
 *
 * Signs in as the local operator, or as --email/--password at --url.
 */
import { parseArguments } from './lib/arguments.ts';
import { api } from './lib/api.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const { values } = parseArguments(`Usage: npm run sweep [-- ${OPERATOR_USAGE}]`, {
  options: OPERATOR_OPTIONS,
});
const { origin, token } = await asOperator(values);
const total = { nudged: 0, restored: 0 };
for (let more = true; more;) {
  const swept: { nudged: number; restored: number; more: boolean } = await api(
    origin,
    'POST /v1/orders/sweep',
    { token: await token() },
  );
  total.nudged += swept.nudged;
  total.restored += swept.restored;
  more = swept.more;
}
console.log(JSON.stringify(total));
