import { type AuditFault, type AuditPlace, walk } from '#shared/audit/chain.ts';
import { type AuditKey, openPlace, signPlace } from '#shared/audit/signed-place.ts';
import type { WitnessedHead } from '#objects/audit-witness/object.ts';
import { log } from '#shared/observability/log.ts';
import { AUDIT_KEPT_MS, AUDIT_PAGE_MAX, DELETED_ROWS_MAX, UNWITNESSED_MAX } from '../limits.ts';
import { beginningAt, type ChainPorts, contradiction, isSigned } from './audit-chain.ts';
import { auditSigner } from './audit-keys.ts';

/**
 * Lets entries go that are older than `AUDIT_KEPT_MS`: first a signed checkpoint says what the chain was at the last of
 * them, then they are deleted, a bounded number a run. Nothing goes from a log that is not the one that was witnessed, nor by a
 * checkpoint that nobody signed, and no entry before the log up to a head that was witnessed is the one that was: somebody may
 * have made it look old and written the hashes anew.
 */
export async function forgetOldEntries(ports: ChainPorts): Promise<void> {
  const { head, keys } = await ports.witness.testify();
  if (head === null || (await contradiction(ports, head, keys)) !== null) return;
  await signOldEntries(ports, head, keys);
  const checkpoint = await ports.audit.lastCheckpoint();
  if (checkpoint === null) return;
  if (await isSigned(checkpoint, keys)) {
    await ports.commit(ports.audit.deleteThrough(checkpoint.through, DELETED_ROWS_MAX));
  } else {
    log.error('no entry of the audit log goes: nobody signed its checkpoint', {
      through: checkpoint.through,
    });
  }
}

async function signOldEntries(
  ports: ChainPorts,
  head: WitnessedHead,
  keys: readonly AuditKey[],
): Promise<void> {
  const last = await ports.audit.lastBefore(ports.clock.now() - AUDIT_KEPT_MS);
  const checkpoint = await ports.audit.lastCheckpoint();
  const through = checkpoint?.through ?? 0;
  if (last === null || last.sequence <= through) return;
  const signer = await auditSigner(ports);
  // A new key signs a head first: by that the witness knows it.
  if (!keys.some(({ kid }) => kid === signer.kid)) return;
  const { heads, begunAt } = await ports.witness.testify(through + 1);
  const near = Math.min(last.sequence, through + AUDIT_PAGE_MAX);
  const witnessed = heads.findLast(({ sequence }) => sequence <= near) ?? heads[0] ?? head;
  const isReached = witnessed.sequence <= Math.min(last.sequence, through + UNWITNESSED_MAX);
  // What is not old yet vouches for what is: they go together. But nobody vouches for what is from before the witness.
  if (!isReached && witnessed.sequence !== begunAt) return;
  const begun = await beginningAt(ports, { from: 0, checkpoint }, keys);
  const checked =
    begun.fault !== null
      ? begun
      : isReached
        ? await asWitnessed(ports, begun.place, witnessed, keys)
        : await asLinked(ports, begun.place, { last, head });
  const { place, fault } = checked;
  if (fault !== null) {
    log.error('no entry of the audit log goes: it does not verify', { fault, sequence: place.sequence });
    return;
  }
  const at = ports.clock.now();
  const signed = await signPlace({ kind: 'checkpoint', ...place, at }, signer);
  await ports.commit([ports.audit.addCheckpoint({ through: place.sequence, hash: place.hash, at, signed })]);
}

/** How far the log was checked, and what did not fit. */
interface Checked {
  place: AuditPlace;
  fault: AuditFault | null;
}

/** That the log from a place up to a head is the one that was witnessed. */
async function asWitnessed(
  ports: ChainPorts,
  from: AuditPlace,
  witnessed: WitnessedHead,
  keys: readonly AuditKey[],
): Promise<Checked> {
  const said = await openPlace(witnessed.signed, 'head', keys);
  if (said?.sequence !== witnessed.sequence) return { place: from, fault: 'signature_wrong' };
  let place = from;
  while (place.sequence < said.sequence) {
    const page = await ports.audit.entriesAfter(place.sequence, AUDIT_PAGE_MAX);
    const walked = walk(
      place,
      page.filter(({ entry }) => entry.sequence <= said.sequence),
    );
    if (walked.fault !== null) return { place: walked.place, fault: walked.fault.fault };
    if (walked.place === place) return { place, fault: 'entry_missing' };
    ({ place } = walked);
  }
  return { place, fault: place.hash === said.hash ? null : 'history_replaced' };
}

/** Of entries from before there was a witness: that a page of the oldest, up to `last`, and the one after it fit what was linked. */
async function asLinked(
  ports: ChainPorts,
  from: AuditPlace,
  { last, head }: { last: AuditPlace; head: AuditPlace },
): Promise<Checked> {
  const entries = await ports.audit.entriesAfter(from.sequence, AUDIT_PAGE_MAX + 1);
  const old = entries.slice(0, AUDIT_PAGE_MAX).filter(({ entry }) => entry.sequence <= last.sequence);
  const after = entries
    .slice(old.length, old.length + 1)
    .filter(({ entry, hash }) => hash !== null || entry.sequence <= head.sequence);
  const { place } = walk(from, old);
  const { fault } = walk(from, [...old, ...after]);
  return { place, fault: fault?.fault ?? (place === from ? 'entry_missing' : null) };
}
