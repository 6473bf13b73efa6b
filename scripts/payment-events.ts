/**
 * The inbox of payment events: lists, shows and sends them to their orders again.
 *
 *   npm run payment-events                                         the newest
 *   npm run payment-events -- list --state unmatched --from 2026-11-01T00:00:00Z
 *   npm run payment-events -- show evt_…                           one, with what the provider sent
 *   npm run payment-events -- replay evt_…                         tell its order of it again
 *   npm run payment-events -- replay --state failed --type charge.refunded --order ord_…
 *   npm run payment-events -- refusals                             refused webhooks of the last day
 *
 * Signs in as the local operator, or as --email/--password at --url.
 */
import { api } from './lib/api.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const USAGE = `Usage: npm run payment-events -- [list | show ID | replay ID | replay --all or a filter | refusals]
  filter: [--state STATE] [--type TYPE] [--order ID] [--payment ID] [--from TIME] [--to TIME] [--limit COUNT]
  ${OPERATOR_USAGE}`;
const PAGE_MAX = 100;
const LIST_DEFAULT = 20;

interface EventRow {
  id: string;
  type: string;
  state: string;
  orderId: string | null;
  paymentId: string | null;
  receivedAt: string;
  flags: string[];
  detail: string | null;
}
interface Page {
  items: EventRow[];
  next: string | null;
}

const { values, positionals } = parseArguments(USAGE, {
  allowPositionals: true,
  options: {
    ...OPERATOR_OPTIONS,
    state: { type: 'string' },
    type: { type: 'string' },
    order: { type: 'string' },
    payment: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    limit: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
});
const [verb = 'list', id, ...rest] = positionals;
if (rest.length > 0) refuse(USAGE);
const wanted = values.limit === undefined ? null : Number(values.limit);
if (wanted !== null && !(Number.isSafeInteger(wanted) && wanted > 0))
  refuse(`--limit ${values.limit ?? ''} is no count.`);

const filter = Object.fromEntries(
  Object.entries({
    state: values.state,
    type: values.type,
    orderId: values.order,
    paymentId: values.payment,
    from: values.from,
    to: values.to,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined),
);

const { origin, token } = await asOperator(values);

async function list(): Promise<void> {
  let left = wanted ?? LIST_DEFAULT;
  let cursor: string | null = null;
  do {
    const query: string = new URLSearchParams({
      ...filter,
      limit: String(Math.min(left, PAGE_MAX)),
      ...(cursor === null ? {} : { cursor }),
    }).toString();
    const page: Page = await api(origin, `GET /v1/payment-events?${query}`, { token: await token() });
    for (const event of page.items) console.log(lineOf(event));
    left -= page.items.length;
    cursor = page.next;
  } while (cursor !== null && left > 0);
  if (cursor !== null) console.log('… there are more (--limit)');
}

const lineOf = (event: EventRow): string =>
  [
    event.receivedAt,
    event.state.padEnd(9),
    event.type,
    event.id,
    event.orderId ?? event.paymentId ?? 'of no order',
    ...event.flags,
    event.detail ?? '',
  ].join('  ');

async function show(eventId: string): Promise<void> {
  const event = await api(origin, `GET /v1/payment-events/${eventId}`, { token: await token() });
  console.log(JSON.stringify(event, null, 2));
}

async function replayMany(): Promise<void> {
  let left = wanted ?? Infinity;
  let to = values.to;
  let replayed = 0;
  for (;;) {
    const body = {
      ...filter,
      ...(to === undefined ? {} : { to }),
      ...(left === Infinity ? {} : { limit: Math.min(left, 500) }),
    };
    const answer: { replayed: number; skipped: number; more: boolean; oldestReceivedAt: string | null } =
      await api(origin, 'POST /v1/payment-events/replay', { token: await token(), body });
    replayed += answer.replayed;
    left -= answer.replayed + answer.skipped;
    if (!answer.more || left <= 0 || answer.oldestReceivedAt === null || answer.oldestReceivedAt === to)
      break;
    to = answer.oldestReceivedAt;
  }
  console.log(`${replayed} sent to their orders again`);
}

async function refusals(): Promise<void> {
  const query = new URLSearchParams(
    Object.entries(filter).filter(([name]) => name === 'from' || name === 'to'),
  ).toString();
  const found: { total: number; items: { at: string; reason: string; count: number }[] } = await api(
    origin,
    `GET /v1/payment-events/refusals?${query}`,
    { token: await token() },
  );
  for (const { at, reason, count } of found.items) console.log(`${at}  ${reason}  ${count}`);
  console.log(`${found.total} refused`);
}

switch (verb) {
  case 'list':
    await list();
    break;
  case 'show':
    await show(id ?? refuse(USAGE));
    break;
  case 'replay':
    if (id !== undefined) {
      await api(origin, `POST /v1/payment-events/${id}/replay`, { token: await token() });
      console.log(`${id} sent to its order again`);
    } else if (values.all || Object.keys(filter).length > 0) await replayMany();
    else refuse(`Say which: an id, a filter, or --all.\n${USAGE}`);
    break;
  case 'refusals':
    await refusals();
    break;
  default:
    refuse(`Unknown verb ${verb}.\n${USAGE}`);
}
