import {
  type AuditEntry,
  type AuditFault,
  type AuditPlace,
  BEGINNING,
  placeOf,
  walk,
} from '#shared/audit/chain.ts';
import { type AuditKey, openPlace, signPlace } from '#shared/audit/signed-place.ts';
import { log } from '#shared/observability/log.ts';
import { AUDIT_PAGE_MAX } from '../limits.ts';
import type { WitnessedHead } from '#objects/audit-witness/object.ts';
import type { AuthPorts } from '../ports.ts';
import type { AuditCheckpoint } from '../queries/audit.ts';
import type { Write } from '../queries/commit.ts';
import { auditSigner } from './audit-keys.ts';

export type ChainPorts = Pick<AuthPorts, 'audit' | 'witness' | 'fields' | 'clock' | 'commit'>;

/**
 * Links entries written since the last run and publishes the new head. Entries get their sequence number in commit order
 * from D1's single writer, and a hash depends on nothing else, so runs may overlap. Returns how many were linked.
 */
export async function linkAudit(ports: ChainPorts, pagesMax = 20): Promise<number> {
  let last = (await ports.audit.lastLink()) ?? placeOfCheckpoint(await ports.audit.lastCheckpoint());
  let linked = 0;
  for (let page = 0; page < pagesMax; page += 1) {
    const entries = await ports.audit.entriesAfter(last.sequence, AUDIT_PAGE_MAX);
    if (entries.length === 0) break;
    const links = entries.map(({ entry }) => (last = placeOf(entry, last)));
    await ports.audit.addLinks(links);
    linked += links.length;
  }
  if (linked > 0) await publish(ports, last);
  return linked;
}

/** A log that does not hold what was witnessed is not witnessed any further: it would look right again. */
async function publish(ports: ChainPorts, place: AuditPlace): Promise<void> {
  const { head, keys } = await ports.witness.testify();
  const fault = await contradiction(ports, head, keys);
  if (fault !== null) {
    log.error('the audit log is not the one that was witnessed', { fault, witnessed: head?.sequence });
    return;
  }
  const signer = await auditSigner(ports);
  const at = ports.clock.now();
  if (head === null) await ports.commit([begun(ports, place)]);
  const signed = await signPlace({ kind: 'head', ...place, at }, signer);
  await ports.witness.publish({ ...place, at, signed }, signer.published);
}

/** That nobody witnessed anything of the log before is told in the log itself: on the first day, or by another witness's name. */
const begun = (ports: Pick<ChainPorts, 'audit' | 'clock'>, { sequence }: AuditPlace): Write =>
  ports.audit.add({
    at: ports.clock.now(),
    requestId: '',
    address: '',
    actorId: null,
    subject: null,
    action: 'audit.witness_began',
    outcome: 'success',
    factor: 'none',
    detail: JSON.stringify({ sequence }),
  });

/** What the log lacks of the head that was witnessed; null: it holds it, or a checkpoint stands for it. */
export async function contradiction(
  ports: Pick<ChainPorts, 'audit'>,
  head: (AuditPlace & { signed: string }) | null,
  keys: readonly AuditKey[],
): Promise<AuditFault | null> {
  if (head === null) return null;
  const said = await openPlace(head.signed, 'head', keys);
  if (said?.hash !== head.hash || said.sequence !== head.sequence) return 'signature_wrong';
  const link = await ports.audit.link(head.sequence);
  if (link !== null) return link.hash === head.hash ? null : 'history_replaced';
  const checkpoint = await ports.audit.lastCheckpoint();
  const standsForIt = checkpoint !== null && checkpoint.through >= head.sequence;
  if (!standsForIt) return 'tail_missing';
  return (await isSigned(checkpoint, keys)) ? null : 'signature_wrong';
}

export interface AuditVerification {
  intact: boolean;
  /** Last entry whose link was checked and found right. */
  verifiedThrough: number;
  /** First entry that does not fit what was linked or witnessed. */
  brokenAt: number | null;
  fault: AuditFault | null;
  /** Whether linked entries remain after `verifiedThrough`. */
  more: boolean;
  /** Entries at the end that wait for the next run of the cron, once there is no more. */
  unlinked: number;
  /** Up to here the log was witnessed outside the database. */
  witnessedThrough: number;
}

/** Recomputes one page of the chain, from the entry after `from`. Call again from `verifiedThrough` while `more`. */
export async function verifyAuditChain(ports: ChainPorts, from = 0): Promise<AuditVerification> {
  const checkpoint = await ports.audit.lastCheckpoint();
  const { head, keys, heads } = await ports.witness.testify(Math.max(from, checkpoint?.through ?? 0));
  const begun = await beginningAt(ports, { from, checkpoint }, keys);
  const witnessedThrough = head?.sequence ?? 0;
  if (begun.fault !== null) return broken(begun.place, begun.fault, witnessedThrough);
  const entries = await ports.audit.entriesAfter(begun.place.sequence, AUDIT_PAGE_MAX);
  const end = await ports.audit.lastLink();
  // Entries the linker has not come to yet stand behind the last link.
  const linked = entries.filter(({ entry }) => entry.sequence <= (end?.sequence ?? 0));
  const { place, fault } = walk(begun.place, linked);
  const other = await otherwiseWitnessed([begun.place, ...placesOf(linked)], heads, keys);
  if (other !== null) return { ...broken(other.before, other.fault, witnessedThrough), brokenAt: other.at };
  if (fault !== null) return broken(place, fault.fault, witnessedThrough);
  const more = linked.length === AUDIT_PAGE_MAX;
  const missing = more ? null : await contradiction(ports, head, keys);
  if (missing !== null) {
    return {
      ...broken(place, missing, witnessedThrough),
      brokenAt: Math.min(place.sequence + 1, witnessedThrough),
    };
  }
  return {
    intact: true,
    verifiedThrough: place.sequence,
    brokenAt: null,
    fault: null,
    more,
    unlinked: more ? 0 : entries.length - linked.length,
    witnessedThrough,
  };
}

const placesOf = (entries: readonly { entry: AuditEntry; hash: string | null }[]): AuditPlace[] =>
  entries.map(({ entry, hash }) => ({ sequence: entry.sequence, hash: hash ?? '' }));

/**
 * The first of these places that was witnessed to be another one, or by nobody's signature: however well the hashes follow each
 * other, they were written anew. `before`: the last that was witnessed as it is, or the first of all; null: all are.
 */
async function otherwiseWitnessed(
  places: readonly AuditPlace[],
  heads: readonly WitnessedHead[],
  keys: readonly AuditKey[],
): Promise<{ before: AuditPlace; at: number; fault: AuditFault } | null> {
  const hashes = new Map(places.map(({ sequence, hash }) => [sequence, hash]));
  let before = places[0] ?? BEGINNING;
  for (const { sequence, hash, signed } of heads) {
    const linked = hashes.get(sequence);
    if (linked === undefined) continue;
    const said = await openPlace(signed, 'head', keys);
    if (said?.sequence !== sequence || said.hash !== hash)
      return { before, at: sequence, fault: 'signature_wrong' };
    if (linked !== hash) return { before, at: sequence, fault: 'history_replaced' };
    before = { sequence, hash };
  }
  return null;
}

const broken = (place: AuditPlace, fault: AuditFault, witnessedThrough: number): AuditVerification => ({
  intact: false,
  verifiedThrough: place.sequence,
  brokenAt: place.sequence + 1,
  fault,
  more: false,
  unlinked: 0,
  witnessedThrough,
});

/** Where a walk from `from` begins: at the checkpoint when nothing before it is left, and only when its signature is right. */
export async function beginningAt(
  ports: ChainPorts,
  { from, checkpoint }: { from: number; checkpoint: AuditCheckpoint | null },
  keys: readonly AuditKey[],
): Promise<{ place: AuditPlace; fault: AuditFault | null }> {
  if (checkpoint !== null && from <= checkpoint.through) {
    const fault = (await isSigned(checkpoint, keys)) ? null : 'signature_wrong';
    return { place: placeOfCheckpoint(checkpoint), fault };
  }
  if (from === 0) return { place: BEGINNING, fault: null };
  const place = await ports.audit.link(from);
  return place === null
    ? { place: { sequence: from - 1, hash: '' }, fault: 'link_missing' }
    : { place, fault: null };
}

export async function isSigned(checkpoint: AuditCheckpoint, keys: readonly AuditKey[]): Promise<boolean> {
  const said = await openPlace(checkpoint.signed, 'checkpoint', keys);
  return said?.sequence === checkpoint.through && said.hash === checkpoint.hash;
}

const placeOfCheckpoint = (checkpoint: { through: number; hash: string } | null): AuditPlace =>
  checkpoint === null ? BEGINNING : { sequence: checkpoint.through, hash: checkpoint.hash };

/** A page of linked entries, with what somebody needs who has nothing but the pages. */
export interface AuditExport {
  items: { entry: AuditEntry; hash: string }[];
  /** Go on after this entry; null: this was the last linked one. */
  next: number | null;
  /** Signed place before the first entry that is left; null: nothing went. */
  checkpoint: string | null;
  /** Signed head as it was witnessed; null: nothing was. */
  head: string | null;
  keys: AuditKey[];
}

export async function auditPage(ports: ChainPorts, after: number): Promise<AuditExport> {
  const checkpoint = await ports.audit.lastCheckpoint();
  const entries = await ports.audit.entriesAfter(Math.max(after, checkpoint?.through ?? 0), AUDIT_PAGE_MAX);
  const items = entries.flatMap(({ entry, hash }) => (hash === null ? [] : [{ entry, hash }]));
  const { head, keys } = await ports.witness.testify();
  return {
    items,
    next: items.length === AUDIT_PAGE_MAX ? (items.at(-1)?.entry.sequence ?? null) : null,
    checkpoint: checkpoint?.signed ?? null,
    head: head?.signed ?? null,
    keys,
  };
}
