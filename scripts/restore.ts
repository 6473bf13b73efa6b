/**
 * Puts backups back into a system whose databases are new: of each worker the newest whole run that is not younger than a
 * time. The system must run with the secret RESTORE_TOKEN, and the release must be that of the backup: docs/disaster-recovery.md.
 *
 *   npm run restore -- --into https://shop.example --token TOKEN
 *   npm run restore -- --at 2026-11-01T00:00:00Z --into … --token …
 *   npm run restore -- … --replace                     deletes what is there
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { sayFailuresPlainly } from './lib/failure.ts';
import { restoreAll } from './recovery/put-back.ts';

const USAGE = 'Usage: npm run restore -- --into ORIGIN --token TOKEN [--at TIME] [--replace]';
const { values } = parseArguments(USAGE, {
  options: {
    into: { type: 'string' },
    token: { type: 'string' },
    at: { type: 'string' },
    replace: { type: 'boolean', default: false },
  },
});
const { into: origin, token, replace } = values;
const at = values.at === undefined ? Date.now() : Date.parse(values.at);
if (origin === undefined || !URL.canParse(origin) || token === undefined) refuse(USAGE);
if (Number.isNaN(at)) refuse(`--at ${values.at} is no time: as 2026-11-01T00:00:00Z.`);
sayFailuresPlainly(origin);
const left = await restoreAll({ origin, token, at, replace }, ({ worker, source, takenAt, rows }) =>
  console.log(`${worker.padEnd(12)} ${source.padEnd(14)} as of ${takenAt}  ${rows} rows`),
);
for (const { accountId, state, error } of left) {
  console.log(
    `${accountId} is not erased again yet (${error}): ${state === 'failed' ? 'it failed for good' : 'it is tried again'}, see docs/privacy.md`,
  );
}
console.log(
  'All of it is back. Now take RESTORE_TOKEN away, then npm run rebuild:orders and npm run rebuild:search.',
);
