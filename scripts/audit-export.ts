/**
 * Writes the audit log as JSON lines, in pages by key, with the hashes of its chain and the signed place it ends at: enough
 * for `audit:verify -- --file` to check it without the shop.
 *
 *   npm run audit:export > audit.jsonl
 *   npm run audit:export -- --after 12000 >> audit.jsonl
 *
 * Signs in as the local administrator, or as --email/--password at --url. The export itself is written down there.
 */
import type { z } from 'zod';
import type { auditPageSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { api } from './lib/api.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const USAGE = `Usage: npm run audit:export [-- --after SEQUENCE ${OPERATOR_USAGE}]`;
const { values } = parseArguments(USAGE, {
  options: { ...OPERATOR_OPTIONS, after: { type: 'string', default: '0' } },
});
const first = Number(values.after);
if (!Number.isSafeInteger(first) || first < 0) refuse(USAGE);
const { origin, token } = await asOperator(values, 'admin');
let after: number | null = first;
let count = 0;
while (after !== null) {
  const page: z.infer<typeof auditPageSchema> = await api(origin, `GET /v1/auth/audit-log?after=${after}`, {
    token: await token(),
  });
  for (const { entry, hash } of page.items) console.log(JSON.stringify({ ...entry, hash }));
  count += page.items.length;
  after = page.next;
  if (after === null) {
    const { checkpoint, head, keys } = page;
    console.log(JSON.stringify({ checkpoint, head, keys }));
  }
}
console.error(`${count} entries`);
