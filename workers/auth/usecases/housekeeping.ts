import { log } from '#shared/observability/log.ts';
import {
  AUDIT_KEPT_MS,
  DEVICE_REMEMBERED_MS,
  ENDED_KEY_KEPT_MS,
  ENDED_SESSION_KEPT_MS,
  DELETED_ROWS_MAX,
  NOTICE_REACH_MS,
  OWNER_LINK_TTL_MS,
} from '../limits.ts';
import { USED_CODE_KEPT_MS } from '../oauth/limits.ts';
import { lookAtDomains } from '../federation/usecases/look-at-domains.ts';
import type { AuthPorts } from '../ports.ts';
import { ENDED_REQUEST_KEPT_MS } from '../privacy/limits.ts';
import { linkAudit } from './audit-chain.ts';
import { forgetOldEntries } from './forget-audit.ts';
import { rotateAuditKey } from './audit-keys.ts';
import { resealSome } from './rotate-keys.ts';
import { sendOwedMails } from './send-mail.ts';
import { rotateSigningKey, dropOldSigningKeys } from './signing-keys.ts';

/**
 * What the cron does; each part is safe to repeat and none waits for another's success: links the audit log and lets old entries go, rotates
 * signing and audit keys when due, deletes what has expired, looks at organisations' domains again, sends the mails that are owed, moves sealed fields to the newest key.
 */
export async function keepHouse(ports: AuthPorts): Promise<void> {
  const parts = {
    auditKey: () => rotateAuditKey(ports, true),
    audit: () => linkAudit(ports),
    oldEntries: () => forgetOldEntries(ports),
    keys: async () => {
      await rotateSigningKey(ports, true);
      await dropOldSigningKeys(ports);
    },
    expired: () => deleteExpired(ports),
    domains: () => lookAtDomains(ports),
    mails: () => sendOwedMails(ports),
    fields: () => resealSome(ports),
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
  const outOfReach = now - OWNER_LINK_TTL_MS - NOTICE_REACH_MS;
  await ports.commit([
    ports.ceremonies.deleteExpired(now, DELETED_ROWS_MAX),
    ports.emailTokens.deleteExpired(now, DELETED_ROWS_MAX),
    ports.signInChallenges.deleteExpired(now, DELETED_ROWS_MAX),
    ports.oauth.codes.deleteExpired(now - USED_CODE_KEPT_MS, DELETED_ROWS_MAX),
    ports.oauth.devices.deleteExpired(now, DELETED_ROWS_MAX),
    ports.oauth.pushed.deleteExpired(now, DELETED_ROWS_MAX),
    ports.oauth.seenIds.deleteExpired(now, DELETED_ROWS_MAX),
    ports.oauth.apiKeys.deleteEnded(now - ENDED_KEY_KEPT_MS, DELETED_ROWS_MAX),
    ports.organisations.keys.deleteEnded(now - ENDED_KEY_KEPT_MS, DELETED_ROWS_MAX),
    ports.oauth.supportAccesses.deleteOld(now - AUDIT_KEPT_MS, DELETED_ROWS_MAX),
    ports.oauth.consents.deleteOfDisabled(now - ENDED_KEY_KEPT_MS, DELETED_ROWS_MAX),
    ports.oauth.clients.deleteEndedSecrets(now - ENDED_KEY_KEPT_MS, DELETED_ROWS_MAX),
    ports.federation.requests.deleteExpired(now, DELETED_ROWS_MAX),
    ports.ownerLinks.deleteExpired(now, DELETED_ROWS_MAX),
    ports.organisations.removed.deleteOld(now - AUDIT_KEPT_MS, DELETED_ROWS_MAX),
    ports.organisations.invitations.deleteExpired(now, DELETED_ROWS_MAX),
    ports.emailCodes.deleteExpired(now, DELETED_ROWS_MAX),
    ports.revocations.deleteOld(now, DELETED_ROWS_MAX),
    ports.guessingSignals.deleteOld(now - AUDIT_KEPT_MS, DELETED_ROWS_MAX),
    ports.olderCredentials.deleteFormerPasswords(outOfReach, DELETED_ROWS_MAX),
    ...ports.formerFactors.deleteOld(outOfReach, DELETED_ROWS_MAX),
    ports.devices.deleteUnused(now - DEVICE_REMEMBERED_MS, DELETED_ROWS_MAX),
    ports.privacy.rows.deleteEnded(now - ENDED_REQUEST_KEPT_MS, DELETED_ROWS_MAX),
    ports.sessions.deleteEnded(now - ENDED_SESSION_KEPT_MS, DELETED_ROWS_MAX),
  ]);
}
