/**
 * Checks the audit log: every hash of its chain, and that it reaches as far as was witnessed outside the database. Exit code
 * 1 when an entry was changed, taken out or cut off, with the first one that does not fit.
 *
 *   npm run audit:verify                              the log of the running system
 *   npm run audit:verify -- --file audit.jsonl        an export, without the system
 *   npm run audit:verify -- --file audit.jsonl --key audit-…:<x>
 *                                                     with a public key you kept, instead of the ones in the file
 *
 * Signs in as the local administrator, or as --email/--password at --url.
 */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { auditVerificationSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { verifyExport } from './audit/verify-export.ts';
import { api } from './lib/api.ts';
import { parseArguments } from './lib/arguments.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const USAGE = `Usage: npm run audit:verify [-- --file EXPORT [--key KID:X] | ${OPERATOR_USAGE}]`;
const { values } = parseArguments(USAGE, {
  options: { ...OPERATOR_OPTIONS, file: { type: 'string' }, key: { type: 'string' } },
});
const result =
  values.file === undefined
    ? await verifyRunning()
    : await verifyExport(readFileSync(values.file, 'utf8'), values.key);
console.log(JSON.stringify(result));
if (!result.intact) process.exitCode = 1;

async function verifyRunning(): Promise<z.infer<typeof auditVerificationSchema>> {
  const { origin, token } = await asOperator(values, 'admin');
  let after = 0;
  for (;;) {
    const part: z.infer<typeof auditVerificationSchema> = await api(
      origin,
      `GET /v1/auth/audit-log/verification?after=${after}`,
      { token: await token() },
    );
    if (!part.more) return part;
    after = part.verifiedThrough;
  }
}
