import { and, desc, eq, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { productVersions } from '#shared/db/catalogue.ts';

export type VersionRow = typeof productVersions.$inferSelect;

/** Versions of a product from `upTo` downwards. */
export const readVersions = (
  session: D1DatabaseSession,
  { productId, upTo, limit }: { productId: string; upTo: number; limit: number },
): Promise<VersionRow[]> =>
  drizzle(session as unknown as D1Database)
    .select()
    .from(productVersions)
    .where(and(eq(productVersions.productId, productId), lte(productVersions.version, upTo)))
    .orderBy(desc(productVersions.version))
    .limit(limit)
    .all();
