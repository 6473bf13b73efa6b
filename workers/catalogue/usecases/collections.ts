import { COLLECTION_LIMITS, type CollectionInput } from '#shared/contracts/http/collections.ts';
import type { ProductSummary } from '#shared/contracts/http/products.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { FieldFault } from '../domain/prepare.ts';
import { summaryView } from '../domain/views.ts';
import type { Ports } from '../ports.ts';
import { authoredContext } from './save-product.ts';
import type { MemberPosition } from '../domain/member-position.ts';
import type { StoredCollection } from '../domain/stored-collection.ts';

/** A collection's id or its handle. */
export type CollectionKey = { id: string } | { handle: string };
const COLLECTION_ID = /^col_[0-9a-f]{32}$/;
export const collectionKey = (idOrHandle: string): CollectionKey =>
  COLLECTION_ID.test(idOrHandle) ? { id: idOrHandle } : { handle: idOrHandle };

export type CollectionFailure =
  | { code: 'invalid'; faults: FieldFault[] }
  | { code: 'handle_taken' }
  | { code: 'unknown_collection' }
  | { code: 'changed_meanwhile' }
  | { code: 'has_children' };

export type WritePorts = Pick<Ports, 'catalogue' | 'sanitise' | 'clock' | 'requestId' | 'author'>;
const NOT_FITTING: CollectionFailure = {
  code: 'invalid',
  faults: [
    {
      pointer: '/parentId',
      detail: `must be a collection that is not below this one, at most ${COLLECTION_LIMITS.levels} levels deep`,
    },
  ],
};

/** A repeat of a request that was granted finds the handle taken. */
export const createCollection = (
  ports: WritePorts,
  input: CollectionInput,
): Promise<Result<StoredCollection, CollectionFailure>> =>
  write(ports, { id: newId('collection'), readVersion: null }, input);

/** Makes one again that was taken away; the products that named it then name it again. */
export async function makeAgain(
  ports: WritePorts,
  id: string,
  input: CollectionInput,
): Promise<Result<StoredCollection, CollectionFailure>> {
  const written = await write(ports, { id, readVersion: null, isMadeAgain: true }, input);
  if (written.ok || written.error.code !== 'handle_taken') return written;
  // Of two at a time the second one finds the handle of the first.
  const present = await ports.catalogue.collection({ id });
  return present === null ? written : fail({ code: 'changed_meanwhile' });
}

/** Replaces it whole and so moves it too; what is below it moves along. `readVersion` null: whichever is there. */
export async function replaceCollection(
  ports: WritePorts,
  { key, readVersion }: { key: CollectionKey; readVersion: number | null },
  input: CollectionInput,
): Promise<Result<StoredCollection, CollectionFailure>> {
  const existing = await ports.catalogue.collection(key);
  if (existing === null) return fail({ code: 'unknown_collection' });
  if (readVersion !== null && existing.version !== readVersion) return fail({ code: 'changed_meanwhile' });
  const written = await write(ports, { id: existing.id, readVersion: existing.version }, input);
  if (written.ok || written.error !== NOT_FITTING) return written;
  const present = await ports.catalogue.collection({ id: existing.id });
  return present?.version === existing.version ? written : fail({ code: 'changed_meanwhile' });
}

async function write(
  ports: WritePorts,
  target: { id: string; readVersion: number | null; isMadeAgain?: boolean },
  input: CollectionInput,
): Promise<Result<StoredCollection, CollectionFailure>> {
  const harmless: CollectionInput = {
    ...input,
    descriptionHtml: await ports.sanitise(input.descriptionHtml),
    translations: Object.fromEntries(
      await Promise.all(
        Object.entries(input.translations).map(async ([tag, texts]) => {
          const descriptionHtml = await ports.sanitise(texts.descriptionHtml);
          return [tag, { ...texts, descriptionHtml }] as const;
        }),
      ),
    ),
  };
  const outcome = await ports.catalogue.writeCollection(
    { ...target, input: harmless, token: newId('event') },
    authoredContext(ports),
  );
  if (outcome === 'handle_taken' || outcome === 'changed_meanwhile') return fail({ code: outcome });
  if (outcome === 'not_fitting') return fail(NOT_FITTING);
  const stored = await ports.catalogue.collection({ id: target.id });
  return stored === null ? fail({ code: 'unknown_collection' }) : ok(stored);
}

/** Takes away a collection that has nothing below it. */
export async function deleteCollection(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'requestId' | 'author'>,
  { key, readVersion }: { key: CollectionKey; readVersion: number | null },
): Promise<Result<null, CollectionFailure>> {
  const existing = await ports.catalogue.collection(key);
  if (existing === null) return fail({ code: 'unknown_collection' });
  const { id, version } = existing;
  if (readVersion !== null && version !== readVersion) return fail({ code: 'changed_meanwhile' });
  if (existing.children.length > 0) return fail({ code: 'has_children' });
  const target = { id, readVersion: version, token: newId('event') };
  const isGone = await ports.catalogue.deleteCollection(target, authoredContext(ports));
  return isGone ? ok(null) : fail({ code: 'changed_meanwhile' });
}

/** Puts products of it in order. */
export async function orderCollection(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'requestId'>,
  key: CollectionKey,
  productIds: readonly string[],
): Promise<Result<null, CollectionFailure>> {
  const existing = await ports.catalogue.collection(key);
  if (existing === null) return fail({ code: 'unknown_collection' });
  const strangers = await ports.catalogue.orderCollection(existing.id, productIds, contextOf(ports));
  if (strangers.length === 0) return ok(null);
  const faults = productIds.flatMap((id, index) =>
    strangers.includes(id)
      ? [{ pointer: `/productIds/${index}`, detail: 'is no product of this collection' }]
      : [],
  );
  return fail({ code: 'invalid', faults });
}

/** As everybody sees it; cached unless `fresh`. */
export async function readCollection(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  key: CollectionKey,
  fresh: boolean,
): Promise<StoredCollection | null> {
  const read = () => ports.catalogue.collection(key);
  const name = 'id' in key ? key.id : `handle:${key.handle}`;
  return fresh ? read() : ports.cache.read(`collection/${name}`, read, 'memory');
}

export interface MemberPage {
  items: ProductSummary[];
  next: MemberPosition | null;
}

interface MemberQuery {
  key: CollectionKey;
  after: MemberPosition;
  limit: number;
}

/**
 * Published products of the collection itself in its order, null when there is none; cached unless `fresh`. Product lists
 * have those of the collections below it too.
 */
export async function listMembers(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  query: MemberQuery,
  wanted: readonly string[],
  fresh: boolean,
): Promise<MemberPage | null> {
  const read = () => readMembers(ports, query, wanted);
  if (fresh) return read();
  const name = sha256(canonicalJson({ ...query, wanted })).slice(0, 22);
  return ports.cache.read(`members/${name}`, read, 'memory');
}

/** Two round trips. */
async function readMembers(
  ports: Pick<Ports, 'catalogue'>,
  { key, after, limit }: MemberQuery,
  wanted: readonly string[],
): Promise<MemberPage | null> {
  const found = await ports.catalogue.members({ key, after, limit: limit + 1 });
  if (found === null) return null;
  const positions = found.slice(0, limit);
  const products =
    positions.length === 0 ? [] : await ports.catalogue.readMany(positions.map(({ productId }) => productId));
  const byId = new Map(products.map((product) => [product.id, product]));
  return {
    items: positions.flatMap(({ productId }) => {
      const product = byId.get(productId);
      return product === undefined ? [] : [summaryView(product, wanted)];
    }),
    next: found.length > limit ? (positions.at(-1) ?? null) : null,
  };
}

const contextOf = (ports: Pick<Ports, 'clock' | 'requestId'>) => ({
  requestId: ports.requestId,
  nowMs: ports.clock.now(),
});
