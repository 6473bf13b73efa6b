/**
 * Lists messages no consumer could process, and sends them again.
 *
 *   npm run dead-letters                              all that wait, of every worker
 *   npm run dead-letters -- replay                    send all of them again
 *   npm run dead-letters -- replay purchase dl_…      send one again
 *
 * Signs in as the local operator, or as --email/--password at --url.
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { api } from './lib/api.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

interface DeadLetterRow {
  id: string;
  queue: string;
  body: unknown;
  receivedAt: string;
}
const CONSUMERS = ['catalogue', 'payments', 'purchase', 'provisioner'] as const;

const USAGE = `Usage: npm run dead-letters [-- [list | replay] [worker] [id] ${OPERATOR_USAGE}]`;
const { values, positionals } = parseArguments(USAGE, {
  allowPositionals: true,
  options: OPERATOR_OPTIONS,
});

async function* waiting(origin: string, token: string) {
  for (const worker of CONSUMERS) {
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `GET /v1/dead-letters/${worker}?replayed=false&limit=100${query}`;
      const page: { items: DeadLetterRow[]; next: string | null } = await api(origin, path, { token });
      for (const letter of page.items) yield { worker, letter };
      cursor = page.next;
    }
  }
}

const { origin, token: signedIn } = await asOperator(values);
const token = await signedIn();
const [verb = 'list', onlyWorker, onlyId] = positionals;
if (verb !== 'list' && verb !== 'replay') {
  refuse(`Unknown verb ${verb}: list or replay.\n${USAGE}`);
}
const found = [];
for await (const entry of waiting(origin, token)) {
  if (onlyWorker !== undefined && entry.worker !== onlyWorker) continue;
  if (onlyId === undefined || entry.letter.id === onlyId) found.push(entry);
}
for (const { worker, letter } of found) {
  console.log(
    `${letter.receivedAt}  ${worker}  ${letter.queue}  ${letter.id}  ${JSON.stringify(letter.body)}`,
  );
  if (verb === 'replay') await api(origin, `POST /v1/dead-letters/${worker}/${letter.id}/replay`, { token });
}
console.log(`${found.length} ${verb === 'replay' ? 'sent again' : 'waiting'}`);
if (onlyId !== undefined && found.length === 0) process.exitCode = 1;
