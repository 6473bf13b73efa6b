/**
 * Prints a report of a period as CSV.
 *
 *   npm run --silent report -- settlement --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z > november.csv
 *   npm run --silent report -- tax --from … --to …
 *
 * Columns: docs/ledger.md. Signs in as the local operator, or as --email/--password at --url.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiError } from './lib/api.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const USAGE = `Usage: npm run report -- settlement|tax --from TIME --to TIME ${OPERATOR_USAGE}`;
const { values, positionals } = parseArguments(USAGE, {
  allowPositionals: true,
  options: { ...OPERATOR_OPTIONS, from: { type: 'string' }, to: { type: 'string' } },
});
const [report] = positionals;
if (report !== 'settlement' && report !== 'tax') refuse(`Which report?\n${USAGE}`);
const { from, to } = values;
if (from === undefined || to === undefined) refuse(`--from and --to are missing.\n${USAGE}`);

const { origin, token } = await asOperator(values);
const query = new URLSearchParams({ from, to }).toString();
const response = await fetch(new URL(`/v1/reports/${report}.csv?${query}`, origin), {
  headers: { authorization: `Bearer ${await token()}` },
});
if (!response.ok || response.body === null) {
  const problem: Record<string, unknown> = await response.json();
  throw new ApiError(`report ${report}`, response.status, problem);
}
await pipeline(Readable.fromWeb(response.body as never), process.stdout);
