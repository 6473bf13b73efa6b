import type { PriceListEntries } from '#shared/contracts/http/pricing-rules.ts';
import type { WriteContext } from './availability.ts';
import { listCollections } from './collections.ts';
import { dueEffects, settleEffects, wakeEveryProduct } from './outbox.ts';
import { listEntries, writeEntries } from './price-list-entries.ts';
import { type PurchasableQuery, readPurchasable } from './purchasable.ts';
import { readForWriting, readLevels, readProduct, readProductsById } from './read-products.ts';
import { applyStockLevel, listStock } from './stock.ts';
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
export const catalogueStore = (database: D1Database) => {
  const primary = () => database.withSession('first-primary');
  const nearest = () => database.withSession('first-unconstrained');
  return {
    read: (key: { id: string } | { handle: string }) => readProduct(primary(), key),
    readMany: (ids: readonly string[]) => readProductsById(primary(), ids),
    readForWriting: (wanted: Parameters<typeof readForWriting>[1]) => readForWriting(primary(), wanted),
    readLevels: (productId: string) => readLevels(nearest(), productId),
    write: (writes: readonly ProductWrite[], context: WriteContext) =>
      writeProducts(database, writes, context),
    declareStock: (declared: Parameters<typeof declareStock>[1], context: WriteContext) =>
      declareStock(database, declared, context),
    archive: (product: Parameters<typeof archiveProduct>[1], context: WriteContext) =>
      archiveProduct(database, product, context),
    publishDue: (context: WriteContext) => publishDue(database, context),
    listStock: (page: Parameters<typeof listStock>[1]) => listStock(database, page),
    applyStockLevel: (level: Parameters<typeof applyStockLevel>[1], context: WriteContext) =>
      applyStockLevel(database, level, context),
    writeEntries: (priceListId: string, wanted: PriceListEntries) =>
      writeEntries(database, priceListId, wanted),
    entries: (page: Parameters<typeof listEntries>[1]) => listEntries(database, page),
    purchasable: (query: PurchasableQuery) => readPurchasable(database, query),
    collections: (page: { after: string; limit: number }) => listCollections(database, page),
    dueEffects: (nowMs: number, limit: number) => dueEffects(database, nowMs, limit),
    settleEffects: (settled: Parameters<typeof settleEffects>[1], nowMs: number) =>
      settleEffects(database, settled, nowMs),
    wakeEveryProduct: (context: WriteContext) => wakeEveryProduct(database, context),
  };
};
