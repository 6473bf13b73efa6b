/**
 * Backs every database and the objects that keep orders, stock and uses up now, into the bucket of backups. Safe at any
 * time, twice, and while everything is used; a run that was ended goes on where it was.
 *
 *   npm run backup
 *
 * Signs in as the local administrator, or as --email/--password at --url.
 */
import { parseArguments } from './lib/arguments.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';
import { backUpAll } from './recovery/take.ts';

const { values } = parseArguments(`Usage: npm run backup [-- ${OPERATOR_USAGE}]`, {
  options: OPERATOR_OPTIONS,
});
await backUpAll(await asOperator(values, 'admin'), (worker, backup) => console.log(`${worker}  ${backup}`));
