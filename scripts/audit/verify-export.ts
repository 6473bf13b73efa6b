import { z } from 'zod';
import { auditEntrySchema, type AuditFault, BEGINNING, walk } from '#shared/audit/chain.ts';
import { type AuditKey, auditKeySchema, openPlace } from '#shared/audit/signed-place.ts';

const lineSchema = auditEntrySchema.extend({ hash: z.string() });
const endSchema = z.strictObject({
  checkpoint: z.string().nullable(),
  head: z.string().nullable(),
  keys: z.array(auditKeySchema),
});

export interface ExportVerification {
  intact: boolean;
  entries: number;
  verifiedThrough: number;
  /** First entry that does not fit, and how. */
  brokenAt: number | null;
  fault: AuditFault | null;
}

/**
 * Checks an export: JSON lines of entries, and one that ends it. `key` is a public key as `kid:x` that the caller trusts;
 * without one those in the file count, which shows damage but not a forger who wrote the whole file.
 */
export async function verifyExport(text: string, key?: string): Promise<ExportVerification> {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
  const isEnd = (line: unknown): boolean => typeof line === 'object' && line !== null && 'keys' in line;
  const { checkpoint, head, keys } = endSchema.parse(lines.findLast(isEnd));
  const trusted = key === undefined ? keys : [keyOf(key)];
  const entries = lines
    .filter((line) => !isEnd(line))
    .map((line) => {
      const { hash, ...entry } = lineSchema.parse(line);
      return { entry, hash };
    });
  const begun = checkpoint === null ? BEGINNING : await openPlace(checkpoint, 'checkpoint', trusted);
  if (begun === null) return wrong(0, 0, 'signature_wrong');
  const { place, fault } = walk({ sequence: begun.sequence, hash: begun.hash }, entries);
  if (fault !== null) return wrong(entries.length, place.sequence, fault.fault);
  const end = head === null ? null : await openPlace(head, 'head', trusted);
  if (head !== null && end === null) return wrong(entries.length, place.sequence, 'signature_wrong');
  if (end !== null && end.sequence > place.sequence)
    return wrong(entries.length, place.sequence, 'tail_missing');
  const witnessed = entries.find(({ entry }) => entry.sequence === end?.sequence);
  if (witnessed !== undefined && witnessed.hash !== end?.hash) {
    return wrong(entries.length, witnessed.entry.sequence - 1, 'history_replaced');
  }
  return {
    intact: true,
    entries: entries.length,
    verifiedThrough: place.sequence,
    brokenAt: null,
    fault: null,
  };
}

const wrong = (entries: number, verifiedThrough: number, fault: AuditFault): ExportVerification => ({
  intact: false,
  entries,
  verifiedThrough,
  brokenAt: verifiedThrough + 1,
  fault,
});

function keyOf(text: string): AuditKey {
  const [kid = '', x = ''] = text.split(':');
  return { kty: 'OKP', crv: 'Ed25519', x, kid };
}
