/**
 * Compares the payment provider's objects with ours over a period, repairs what lost webhooks left behind, and prints one
 * JSON line. Exit code 1 when something needs a person, 2 when it could not be asked for.
 *
 *   npm run reconcile                                                        the last day
 *   npm run reconcile -- --from 2026-11-01T00:00:00Z --to 2026-11-02T00:00:00Z
 *
 * Signs in as the local operator, or as --email/--password at --url.
 */
import { DAY_MS } from '#shared/time/time.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { api, poll } from './lib/api.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const PATIENCE_SECONDS = 3_600;

interface Run {
  id: string;
  state: 'running' | 'done' | 'failed';
  counts: Record<string, number>;
  error: string | null;
}
interface Found {
  items: {
    id: string;
    code: string;
    title: string;
    subject: string;
    orderId: string | null;
    detail: string;
  }[];
  next: string | null;
}

const { values } = parseArguments(`Usage: npm run reconcile [-- --from TIME --to TIME ${OPERATOR_USAGE}]`, {
  options: { ...OPERATOR_OPTIONS, from: { type: 'string' }, to: { type: 'string' } },
});
const to = values.to ?? new Date().toISOString();
if (Number.isNaN(Date.parse(to))) refuse(`--to ${to} is no time: as 2026-11-01T00:00:00Z.`);
const from = values.from ?? new Date(Date.parse(to) - DAY_MS).toISOString();
const { origin, token } = await asOperator(values);
const { id } = await api<Run>(origin, 'POST /v1/reconciliations', {
  token: await token(),
  body: { from, to },
});
const run = await poll(
  `reconciliation ${id}`,
  PATIENCE_SECONDS,
  async () => {
    const now = await api<Run>(origin, `GET /v1/reconciliations/${id}`, { token: await token() });
    return now.state === 'running' ? null : now;
  },
  1_000,
);
const { items: open, next } = await api<Found>(origin, 'GET /v1/payment-findings?state=open&limit=100', {
  token: await token(),
});
console.log(
  JSON.stringify({ id, from, to, state: run.state, ...run.counts, open: open.length, more: next !== null }),
);
for (const { code, subject, orderId, title, detail } of open)
  console.error(`${code}  ${subject}  ${orderId ?? '-'}  ${title}: ${detail}`);
if (run.state !== 'done' || open.length > 0) process.exitCode = 1;
