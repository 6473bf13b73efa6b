import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import type { ProductVersion, ProductVersionHead } from '#shared/contracts/http/product-versions.ts';
import { jsonPointer } from '#shared/domain/json-diff.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { fieldChanges, keptStatement } from '../domain/kept-statement.ts';
import { VERSION_POINTERS_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { VersionRow } from '../queries/read-versions.ts';
import type { ProductKey } from './read-product.ts';
import { replaceProduct, type Saved, type SaveFailure, type SavePorts } from './save-product.ts';

type ReadPorts = Pick<Ports, 'catalogue'>;

/** Versions of a product, newest first, with what each changed; null: no such product. */
export async function listVersions(
  ports: ReadPorts,
  key: ProductKey,
  page: { upTo: number; limit: number },
): Promise<{ items: ProductVersionHead[]; nextUpTo: number | null } | null> {
  const product = await ports.catalogue.read(key);
  if (product === null) return null;
  // One more than is shown: what the oldest one shown changed is seen from the one before it.
  const rows = await ports.catalogue.readVersions({
    productId: product.id,
    upTo: page.upTo,
    limit: page.limit + 1,
  });
  const items = rows.slice(0, page.limit).map((row, index) => head(row, rows[index + 1]));
  return { items, nextUpTo: rows.length > page.limit ? (rows.at(-1)?.version ?? null) : null };
}

/** One version whole; null: no such product, or the version is not kept. */
export async function readVersion(
  ports: ReadPorts,
  key: ProductKey,
  version: number,
): Promise<ProductVersion | null> {
  const product = await ports.catalogue.read(key);
  if (product === null) return null;
  const [row, before] = await ports.catalogue.readVersions({
    productId: product.id,
    upTo: version,
    limit: 2,
  });
  if (row?.version !== version) return null;
  return { ...head(row, before), changes: changesOf(row, before), statement: keptStatement(row.statement) };
}

/**
 * Makes a product again what it was in `version`, as a new version. What it was must be right by today's rules too, and
 * quantities on hand stay as they are.
 */
export async function restoreVersion(
  ports: SavePorts,
  target: { key: ProductKey; readVersion: number | null },
  version: number,
): Promise<Result<Saved, SaveFailure>> {
  const kept = await readVersion(ports, target.key, version);
  if (kept === null) return fail({ code: 'unknown_product' });
  const parsed = productInputSchema.safeParse(kept.statement);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({
      pointer: jsonPointer(path as (string | number)[]),
      detail: message,
    }));
    return fail({ code: 'invalid', faults });
  }
  const author = { ...ports.author, reason: 'restore', restoredFrom: version } as const;
  return replaceProduct({ ...ports, author }, target, parsed.data);
}

const changesOf = (row: VersionRow, before: VersionRow | undefined): ProductVersion['changes'] =>
  before === undefined ? null : fieldChanges(keptStatement(before.statement), keptStatement(row.statement));

const head = (row: VersionRow, before: VersionRow | undefined): ProductVersionHead => ({
  version: row.version,
  at: rfc3339(row.atMs),
  actorId: row.actorId,
  reason: row.reason,
  jobId: row.jobId,
  restoredFrom: row.restoredFrom,
  requestId: row.requestId,
  changed:
    changesOf(row, before)
      ?.map(({ pointer }) => pointer)
      .slice(0, VERSION_POINTERS_MAX) ?? null,
});
