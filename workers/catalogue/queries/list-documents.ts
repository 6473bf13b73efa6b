import { type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { ProductKind, ProductStatus } from '#shared/domain/product.ts';
import type { Currency } from '#shared/money/money.ts';
import type { ListedProduct } from '../domain/listed-product.ts';

export type ProductSort = 'newest' | 'price' | '-price' | 'title';

export interface ListFilters {
  status: ProductStatus;
  kind: ProductKind | null;
  /** All of these must be there. */
  labels: readonly string[];
  /** Folded. */
  vendor: string | null;
  /** Only products with a price in it; null: any. */
  currency: Currency | null;
  priceMin: number | null;
  priceMax: number | null;
  availableOnly: boolean;
}
/** Where a page ended: the value it was sorted by and the product's id. */
export interface ListPosition {
  key: string | number;
  id: string;
}
export interface ListedRow {
  summary: ListedProduct;
  position: ListPosition;
}

const ORDERS: Record<ProductSort, { key: SQL; direction: 'ASC' | 'DESC' }> = {
  newest: { key: sql.raw('d.id'), direction: 'DESC' },
  price: { key: sql.raw('m.amount'), direction: 'ASC' },
  '-price': { key: sql.raw('m.amount'), direction: 'DESC' },
  title: { key: sql.raw('d.title_key'), direction: 'ASC' },
};

/**
 * A page of products after `position`, in one statement and one round trip; no count, no offset. Prices need a
 * currency.
 */
export async function listDocuments(
  session: D1DatabaseSession,
  filters: ListFilters,
  page: { sort: ProductSort; after: ListPosition | null; limit: number },
): Promise<ListedRow[]> {
  const { key, direction } = ORDERS[page.sort];
  const ordered = sql.raw(direction);
  const beyond = sql.raw(direction === 'ASC' ? '>' : '<');
  const conditions = [
    ...conditionsOf(filters),
    ...(page.after === null ? [] : [sql`(${key}, d.id) ${beyond} (${page.after.key}, ${page.after.id})`]),
  ];
  const rows = await drizzle(session as unknown as D1Database).all<{
    summary: string;
    key: string | number;
    id: string;
  }>(
    sql`SELECT d.summary AS summary, ${key} AS key, d.id AS id ${sourceOf(filters)}
        WHERE ${sql.join(conditions, sql` AND `)} ORDER BY ${key} ${ordered}, d.id ${ordered} LIMIT ${page.limit}`,
  );
  return rows.map((row) => ({
    summary: JSON.parse(row.summary) as ListedProduct,
    position: { key: row.key, id: row.id },
  }));
}

function sourceOf(filters: ListFilters): SQL {
  const prices =
    filters.currency === null
      ? sql``
      : sql` JOIN document_prices AS m ON m.id = d.id AND m.currency = ${filters.currency}`;
  return sql`FROM documents AS d${prices}`;
}

function conditionsOf(filters: ListFilters): SQL[] {
  const conditions = [sql`d.status = ${filters.status}`];
  if (filters.kind !== null) conditions.push(sql`d.kind = ${filters.kind}`);
  if (filters.vendor !== null) conditions.push(sql`d.vendor = ${filters.vendor}`);
  if (filters.availableOnly) conditions.push(sql`d.availability <> 'out_of_stock'`);
  if (filters.priceMin !== null) conditions.push(sql`m.amount >= ${filters.priceMin}`);
  if (filters.priceMax !== null) conditions.push(sql`m.amount <= ${filters.priceMax}`);
  for (const label of filters.labels) {
    conditions.push(
      sql`EXISTS (SELECT 1 FROM document_labels AS l WHERE l.label = ${label} AND l.id = d.id)`,
    );
  }
  return conditions;
}
