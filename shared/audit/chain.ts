import { createHash } from 'node:crypto';
import { z } from 'zod';

/** One entry of the audit log. */
export const auditEntrySchema = z
  .strictObject({
    sequence: z.int().min(1),
    /** Epoch milliseconds. */
    at: z.int(),
    requestId: z.string(),
    /** Network of the client: an IPv4 address or an IPv6 /64. */
    address: z.string(),
    actorId: z.string().nullable(),
    subject: z.string().nullable(),
    action: z.string(),
    outcome: z.enum(['success', 'failure']),
    factor: z.string(),
    /** JSON text. */
    detail: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A place in the chain: the hash covers the entry at `sequence` and, through the hash before it, all older ones. */
export interface AuditPlace {
  sequence: number;
  hash: string;
}
export const BEGINNING: AuditPlace = { sequence: 0, hash: '' };

/** The place of the entry that follows `before`: SHA-256, as base64url, of a JSON array of the hash before and its fields. */
export function placeOf(entry: AuditEntry, before: AuditPlace): AuditPlace {
  const text = JSON.stringify([
    before.hash,
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
  return { sequence: entry.sequence, hash: createHash('sha256').update(text).digest('base64url') };
}

export type AuditFault =
  | 'entry_changed'
  | 'entry_missing'
  | 'link_missing'
  | 'tail_missing'
  | 'history_replaced'
  | 'signature_wrong';

export interface Walked {
  /** Last place found right. */
  place: AuditPlace;
  /** First entry that does not fit, and how; null: all fit. */
  fault: { sequence: number; fault: AuditFault } | null;
}

/** Follows the chain from `place` over entries with their hashes, oldest first. Pure. */
export function walk(
  from: AuditPlace,
  entries: Iterable<{ entry: AuditEntry; hash: string | null }>,
): Walked {
  let place = from;
  for (const { entry, hash } of entries) {
    const expected = place.sequence + 1;
    if (entry.sequence !== expected) return faulty(place, expected, 'entry_missing');
    if (hash === null) return faulty(place, expected, 'link_missing');
    const next = placeOf(entry, place);
    if (next.hash !== hash) return faulty(place, expected, 'entry_changed');
    place = next;
  }
  return { place, fault: null };
}

const faulty = (place: AuditPlace, sequence: number, fault: AuditFault): Walked => ({
  place,
  fault: { sequence, fault },
});
