import { createHmac } from 'node:crypto';
import type { AuditLink, AuditRow } from '../queries/audit.ts';
import type { Write } from '../queries/commit.ts';
import { AUDIT_PAGE_MAX } from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';

export interface AuditEntry {
  /** e.g. `sign_in`, `role.change`. */
  action: string;
  outcome: 'success' | 'failure';
  /** Account that acts; null when nobody is proven. */
  actorId: string | null;
  /** Account acted on, or the keyed hash of an address that has none. */
  subject: string | null;
  factor?: 'password' | 'passkey' | 'totp' | 'recovery_code' | 'email' | 'refresh_token' | 'session' | 'none';
  /** Never a secret, never an address in the clear. */
  detail?: Record<string, unknown>;
}

/** To be committed with the change it tells of, so that neither exists without the other. */
export function audited(ports: AuthPorts, caller: Caller, entry: AuditEntry): Write {
  return ports.audit.add({
    at: ports.clock.now(),
    requestId: caller.requestId,
    address: caller.network,
    actorId: entry.actorId,
    subject: entry.subject,
    action: entry.action,
    outcome: entry.outcome,
    factor: entry.factor ?? 'none',
    detail: JSON.stringify(entry.detail ?? {}),
  });
}

type Linking = Pick<AuthPorts, 'audit' | 'auditKeys'>;
const BEGINNING = { sequence: 0, mac: '' };

/**
 * Links entries written since the last run: MAC(entry, MAC before). Entries get their sequence number in commit order
 * from D1's single writer, and the value depends on nothing else, so runs may overlap. Returns how many were linked.
 */
export async function linkAudit(ports: Linking, pagesMax = 20): Promise<number> {
  let last: Pick<AuditLink, 'sequence' | 'mac'> = (await ports.audit.lastLink()) ?? BEGINNING;
  let linked = 0;
  for (let page = 0; page < pagesMax; page += 1) {
    const entries = await ports.audit.entriesAfter(last.sequence, AUDIT_PAGE_MAX);
    if (entries.length === 0) break;
    const links: AuditLink[] = [];
    for (const { entry } of entries) {
      const link = linkOf(ports, entry, last.mac, ports.auditKeys.current.id);
      links.push(link);
      last = link;
    }
    await ports.audit.addLinks(links);
    linked += links.length;
  }
  return linked;
}

export interface AuditVerification {
  intact: boolean;
  /** Last entry whose link was checked and found right. */
  verifiedThrough: number;
  /** First entry that does not fit what was linked. */
  brokenAt: number | null;
  /** Whether entries remain after `verifiedThrough`. */
  more: boolean;
}

/** Recomputes one page of the chain, from the entry after `from`. Call again from `verifiedThrough` while `more`. */
export async function verifyAuditChain(ports: Linking, from = 0): Promise<AuditVerification> {
  let last = from === 0 ? BEGINNING : ((await ports.audit.link(from)) ?? { sequence: from, mac: 'missing' });
  const entries = await ports.audit.entriesAfter(from, AUDIT_PAGE_MAX);
  for (const { entry, link } of entries) {
    if (link === null) {
      const end = await ports.audit.lastLink();
      const broken = end !== null && end.sequence > entry.sequence;
      return {
        intact: !broken,
        verifiedThrough: last.sequence,
        brokenAt: broken ? entry.sequence : null,
        more: false,
      };
    }
    const expected =
      entry.sequence === last.sequence + 1 ? linkOf(ports, entry, last.mac, link.keyId).mac : null;
    if (expected !== link.mac) {
      return { intact: false, verifiedThrough: last.sequence, brokenAt: entry.sequence, more: false };
    }
    last = link;
  }
  return {
    intact: true,
    verifiedThrough: last.sequence,
    brokenAt: null,
    more: entries.length === AUDIT_PAGE_MAX,
  };
}

function linkOf(ports: Linking, entry: AuditRow, previousMac: string, keyId: string): AuditLink {
  const key = ports.auditKeys.find(keyId);
  if (key === undefined) throw new Error(`no key ${keyId} for the audit chain`);
  const text = JSON.stringify([
    previousMac,
    entry.sequence,
    entry.at,
    entry.requestId,
    entry.address,
    entry.actorId,
    entry.subject,
    entry.action,
    entry.outcome,
    entry.factor,
    entry.detail,
  ]);
  const mac = createHmac('sha256', key.derive('audit chain')).update(text).digest('base64url');
  return { sequence: entry.sequence, keyId, mac };
}
