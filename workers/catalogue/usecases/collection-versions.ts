import type { CollectionVersion } from '#shared/contracts/http/collection-versions.ts';
import { collectionInputSchema } from '#shared/contracts/http/collections.ts';
import { jsonPointer } from '#shared/domain/json-diff.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { fieldChanges } from '../domain/kept-statement.ts';
import type { StoredCollection } from '../domain/stored-collection.ts';
import type { Ports } from '../ports.ts';
import type { CollectionVersionRow } from '../queries/collection-versions.ts';
import {
  type CollectionFailure,
  type CollectionKey,
  makeAgain,
  replaceCollection,
  type WritePorts,
} from './collections.ts';

/**
 * Versions of a collection, newest first, with what each changed, also when it was taken away; null: nobody knows it. One that
 * products made by naming it has none until it is stated itself.
 */
export async function listCollectionVersions(
  ports: Pick<Ports, 'catalogue'>,
  key: CollectionKey,
  page: { upTo: number; limit: number },
): Promise<{ items: CollectionVersion[]; nextUpTo: number | null } | null> {
  // One more than is shown: what the oldest one shown changed is seen from the one before it.
  const rows = await ports.catalogue.collectionVersions({ key, upTo: page.upTo, limit: page.limit + 1 });
  if (rows.length === 0 && (await ports.catalogue.collection(key)) === null) return null;
  const items = rows.slice(0, page.limit).map((row, index) => view(row, rows[index + 1]));
  return { items, nextUpTo: rows.length > page.limit ? (rows.at(-1)?.version ?? null) : null };
}

/**
 * Makes a collection again what it was in `version`, as a new version and by today's rules. One that was taken away is made
 * again under its id, and the products that named it name it again. `readVersion` undefined: nobody said what he read, which
 * a collection that is there does not take.
 */
export async function restoreCollection(
  ports: WritePorts,
  target: { key: CollectionKey; readVersion: number | null | undefined },
  version: number,
): Promise<Result<StoredCollection, CollectionFailure | { code: 'unread' }>> {
  const [row] = await ports.catalogue.collectionVersions({ key: target.key, upTo: version, limit: 1 });
  if (row?.version !== version) return fail({ code: 'unknown_collection' });
  const parsed = collectionInputSchema.safeParse(JSON.parse(row.statement));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({
      pointer: jsonPointer(path as (string | number)[]),
      detail: message,
    }));
    return fail({ code: 'invalid', faults });
  }
  const author = { ...ports.author, reason: 'restore', restoredFrom: version } as const;
  const key = { id: row.collectionId };
  const present = await ports.catalogue.collection(key);
  if (present === null) return makeAgain({ ...ports, author }, row.collectionId, parsed.data);
  if (target.readVersion === undefined) return fail({ code: 'unread' });
  return replaceCollection({ ...ports, author }, { key, readVersion: target.readVersion }, parsed.data);
}

const view = (row: CollectionVersionRow, before: CollectionVersionRow | undefined): CollectionVersion => {
  const { atMs, statement, ...kept } = row;
  const stated = JSON.parse(statement) as Record<string, unknown>;
  return {
    ...kept,
    at: rfc3339(atMs),
    changes: before === undefined ? null : fieldChanges(JSON.parse(before.statement), stated),
    statement: stated,
  };
};
