import { asc, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Collection } from '#shared/contracts/http/products.ts';
import { collections } from '#shared/db/catalogue.ts';

/** Collections after a handle, by handle. */
export function listCollections(
  database: D1DatabaseSession,
  page: { after: string; limit: number },
): Promise<Collection[]> {
  return drizzle(database as unknown as D1Database)
    .select()
    .from(collections)
    .where(gt(collections.handle, page.after))
    .orderBy(asc(collections.handle))
    .limit(page.limit)
    .all();
}
