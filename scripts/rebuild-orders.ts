/**
 * Makes the lists of orders anew, from the orders themselves: after rows were lost, or a migration added columns. Safe at
 * any time, twice, and while orders change; prints one line of counts, and where to go on when it is ended early.
 *
 *   npm run rebuild:orders                        at the local system
 *   npm run rebuild:orders -- --per-second 50     at most so many orders a second (default 200)
 *   npm run rebuild:orders -- --from CURSOR       go on where an earlier run ended
 *
 * Signs in as the local operator, or as --email/--password at --url.
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { api } from './lib/api.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

interface Part {
  projected: number;
  failed: string[];
  next: string | null;
}
const PART = 100;

const USAGE = `Usage: npm run rebuild:orders [-- --per-second N] [--from CURSOR] ${OPERATOR_USAGE}`;
const { values } = parseArguments(USAGE, {
  options: {
    ...OPERATOR_OPTIONS,
    'per-second': { type: 'string', default: '200' },
    from: { type: 'string' },
  },
});
const perSecond = Number(values['per-second']);
if (!(perSecond > 0)) refuse(`--per-second must be a number above zero.\n${USAGE}`);

const { origin, token } = await asOperator(values);
let cursor = values.from ?? null;
let projected = 0;
const failed: string[] = [];
const report = (): void => console.log(JSON.stringify({ projected, failed: failed.length, next: cursor }));
process.once('SIGINT', () => {
  report();
  process.exit(130);
});
const rebuilt = async (body: Record<string, unknown>): Promise<Part> =>
  api(origin, 'POST /v1/orders/projection/rebuild', { token: await token(), body });
do {
  const body: Record<string, unknown> = { limit: PART, ...(cursor === null ? {} : { cursor }) };
  const part = await rebuilt(body).catch((error: unknown) => {
    report();
    throw error;
  });
  projected += part.projected;
  failed.push(...part.failed);
  cursor = part.next;
  const asked = part.projected + part.failed.length;
  if (cursor !== null) await new Promise((resolve) => setTimeout(resolve, (asked / perSecond) * 1_000));
} while (cursor !== null);
report();
for (const id of failed) console.error(`not projected: ${id}`);
if (failed.length > 0) process.exitCode = 1;
