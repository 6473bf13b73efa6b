import type { NamedTemplate } from '#shared/contracts/catalogue.ts';
import type { AuthoredContext, WriteContext } from './availability.ts';
import { readCollectionVersions } from './collection-versions.ts';
import { listCollections, listMembers, readCollection } from './collections.ts';
import {
  type CollectionWrite,
  deleteCollection,
  orderCollection,
  writeCollection,
} from './write-collections.ts';
import { forgetEvents, owedEvents } from './catalogue-events.ts';
import { dueEffects, settleEffects, wakeEveryProduct, wakeProducts } from './outbox.ts';
import { listChanges } from './price-list-changes.ts';
import { type EntriesWrite, listEntries, writeEntries } from './price-list-entries.ts';
import { type PurchasableQuery, readPurchasable } from './purchasable.ts';
import {
  readForWriting,
  readLevels,
  readNamedProducts,
  readProduct,
  readProductsAfter,
  readProductsById,
} from './read-products.ts';
import { readVersions } from './read-versions.ts';
import { forgetMedia, keepMedia, type KeptMedia, markOrphans, unknownMedia } from './media.ts';
import { readProductPrices } from './product-prices.ts';
import { selectedProducts } from './selection.ts';
import { applyStockLevel, listStock } from './stock.ts';
import { keepTemplates } from './templates.ts';
import {
  archiveProduct,
  declareStock,
  publishDue,
  type ProductWrite,
  writeProducts,
} from './write-products.ts';

/**
 * The catalogue's database as use cases see it. Reads of whole products ask the primary: what they answer is cached
 * under a generation and must not be older than it.
 */
export const catalogueStore = (database: D1Database, bookmark?: string) => {
  // One session for all that a request reads and writes, so that it sees its own writes; made when it is needed.
  let session: D1DatabaseSession | null = null;
  const primary = () => (session ??= database.withSession(bookmark ?? 'first-primary'));
  const nearest = () => database.withSession('first-unconstrained');
  return {
    /** Where the database stands after what this request read and wrote; null: it asked nothing. */
    bookmark: () => session?.getBookmark() ?? null,
    read: (key: { id: string } | { handle: string }) => readProduct(primary(), key),
    readNamed: (names: Parameters<typeof readNamedProducts>[1]) => readNamedProducts(primary(), names),
    prices: (query: Parameters<typeof readProductPrices>[1]) => readProductPrices(primary(), query),
    readMany: (ids: readonly string[]) => readProductsById(primary(), ids),
    select: (
      selection: Parameters<typeof selectedProducts>[1],
      page: Parameters<typeof selectedProducts>[2],
    ) => selectedProducts(primary(), selection, page),
    readAfter: (id: string, limit: number) => readProductsAfter(primary(), id, limit),
    readForWriting: (wanted: Parameters<typeof readForWriting>[1]) => readForWriting(primary(), wanted),
    readVersions: (page: Parameters<typeof readVersions>[1]) => readVersions(primary(), page),
    readLevels: (productId: string) => readLevels(nearest(), productId),
    write: (writes: readonly ProductWrite[], context: AuthoredContext) =>
      writeProducts(primary(), writes, context),
    declareStock: (declared: Parameters<typeof declareStock>[1], context: WriteContext) =>
      declareStock(primary(), declared, context),
    archive: (product: Parameters<typeof archiveProduct>[1], context: AuthoredContext) =>
      archiveProduct(primary(), product, context),
    publishDue: (context: AuthoredContext) => publishDue(primary(), context),
    listStock: (page: Parameters<typeof listStock>[1]) => listStock(database, page),
    applyStockLevel: (level: Parameters<typeof applyStockLevel>[1], context: WriteContext) =>
      applyStockLevel(primary(), level, context),
    keepTemplates: (templates: readonly NamedTemplate[]) => keepTemplates(database, templates),
    writeEntries: (write: EntriesWrite) => writeEntries(primary(), write),
    entries: (page: Parameters<typeof listEntries>[1]) => listEntries(primary(), page),
    priceListChanges: (page: Parameters<typeof listChanges>[1]) => listChanges(primary(), page),
    purchasable: (query: PurchasableQuery) => readPurchasable(database, query),
    collections: (page: Parameters<typeof listCollections>[1]) => listCollections(primary(), page),
    collection: (key: Parameters<typeof readCollection>[1]) => readCollection(primary(), key),
    members: (page: Parameters<typeof listMembers>[1]) => listMembers(primary(), page),
    collectionVersions: (page: Parameters<typeof readCollectionVersions>[1]) =>
      readCollectionVersions(primary(), page),
    writeCollection: (write: CollectionWrite, context: AuthoredContext) =>
      writeCollection(primary(), write, context),
    deleteCollection: (target: Parameters<typeof deleteCollection>[1], context: AuthoredContext) =>
      deleteCollection(primary(), target, context),
    orderCollection: (id: string, productIds: readonly string[], context: WriteContext) =>
      orderCollection(primary(), id, productIds, context),
    keepMedia: (media: KeptMedia, nowMs: number) => keepMedia(primary(), media, nowMs),
    unknownMedia: (hashes: readonly string[]) => unknownMedia(primary(), hashes),
    markOrphans: (nowMs: number) => markOrphans(primary(), nowMs),
    forgetMedia: (hashes: readonly string[]) => forgetMedia(primary(), hashes),
    owedEvents: (limit: number) => owedEvents(primary(), limit),
    forgetEvents: (ids: readonly number[]) => forgetEvents(primary(), ids),
    dueEffects: (nowMs: number, limit: number) => dueEffects(primary(), nowMs, limit),
    settleEffects: (settled: Parameters<typeof settleEffects>[1], nowMs: number) =>
      settleEffects(primary(), settled, nowMs),
    wakeEveryProduct: (context: WriteContext) => wakeEveryProduct(primary(), context),
    wakeProducts: (ids: readonly string[], context: WriteContext) => wakeProducts(primary(), ids, context),
  };
};
