/**
 * Makes the search index anew from the catalogue, while the present one serves; at the end the new one takes its place at
 * once. Safe at any time, twice, and while products change; a run that was ended goes on where it was.
 *
 *   npm run rebuild:search
 *
 * Signs in as the local operator, or as --email/--password at --url.
 */
import type { SearchRebuild } from '#shared/contracts/http/search.ts';
import { parseArguments } from './lib/arguments.ts';
import { api } from './lib/api.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const USAGE = `Usage: npm run rebuild:search [-- ${OPERATOR_USAGE}]`;
const { values } = parseArguments(USAGE, { options: OPERATOR_OPTIONS });
const { origin, token } = await asOperator(values);
const failed: string[] = [];
let indexed = 0;
for (;;) {
  const part: SearchRebuild = await api(origin, 'POST /v1/search/rebuild', { token: await token() });
  indexed += part.products;
  failed.push(...part.failed);
  if (part.done) break;
}
console.log(JSON.stringify({ indexed, failed: failed.length }));
for (const id of failed) console.error(`not indexed: ${id}`);
if (failed.length > 0) process.exitCode = 1;
