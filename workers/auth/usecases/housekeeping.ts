import { log } from '#shared/observability/log.ts';
import { ENDED_SESSION_KEPT_MS, HOUSEKEEPING_ROWS_MAX } from '../limits.ts';
import { USED_CODE_KEPT_MS } from '../oauth/limits.ts';
import type { AuthPorts } from '../ports.ts';
import { linkAudit } from './audit.ts';
import { accountEmail } from './emails.ts';
import { sendOwedMails } from './send-mail.ts';
import { rotateSigningKey, tendSigningKeys } from './signing-keys.ts';

/**
 * What the cron does; each part is safe to repeat and none waits for another's success: links the audit log, rotates
 * signing keys when due, deletes what has expired, sends the mails that are owed, moves sealed fields to the newest key.
 */
export async function keepHouse(ports: AuthPorts): Promise<void> {
  const parts = {
    audit: () => linkAudit(ports),
    keys: async () => {
      await rotateSigningKey(ports, true);
      await tendSigningKeys(ports);
    },
    expired: () => deleteExpired(ports),
    mails: () => sendOwedMails(ports),
    fields: () => resealAddresses(ports),
  };
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run();
    } catch (error) {
      log.error('housekeeping failed', { part, error });
    }
  }
}

async function deleteExpired(ports: AuthPorts): Promise<void> {
  const now = ports.clock.now();
  await ports.commit([
    ports.ceremonies.deleteExpired(now, HOUSEKEEPING_ROWS_MAX),
    ports.emailTokens.deleteExpired(now, HOUSEKEEPING_ROWS_MAX),
    ports.signInChallenges.deleteExpired(now, HOUSEKEEPING_ROWS_MAX),
    ports.oauth.codes.deleteExpired(now - USED_CODE_KEPT_MS, HOUSEKEEPING_ROWS_MAX),
    ports.oauth.devices.deleteExpired(now, HOUSEKEEPING_ROWS_MAX),
    ports.oauth.pushed.deleteExpired(now, HOUSEKEEPING_ROWS_MAX),
    ports.oauth.seenIds.deleteExpired(now, HOUSEKEEPING_ROWS_MAX),
    ports.sessions.deleteEnded(now - ENDED_SESSION_KEPT_MS, HOUSEKEEPING_ROWS_MAX),
  ]);
}

/** After a new key was put in front of FIELD_KEY: the old one can go once this finds nothing more. */
async function resealAddresses(ports: AuthPorts): Promise<void> {
  if (ports.fields.keyCount === 1) return;
  const rows = await ports.accounts.sealedOtherwise(ports.fields.currentPrefix, HOUSEKEEPING_ROWS_MAX);
  if (rows.length === 0) return;
  await ports.commit(
    rows.map((row) => {
      const email = ports.fields.open(row.emailSealed, accountEmail(row.id));
      const sealed = ports.fields.seal(email, accountEmail(row.id));
      return ports.accounts.reseal(row.id, row.emailSealed, sealed, ports.emailIndex.current(email));
    }),
  );
}
