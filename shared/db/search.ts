import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Availability, ProductKind } from '#shared/domain/product.ts';
import type { Currency } from '#shared/money/money.ts';

/** Tables of `SEARCH_DB`; see migrations/search. */
export const documents = sqliteTable(
  'documents',
  {
    number: integer().primaryKey(),
    id: text().notNull().unique(),
    revision: integer().notNull(),
    writeToken: text('write_token').notNull(),
    status: text({ enum: ['draft', 'scheduled', 'published', 'archived'] }).notNull(),
    kind: text().$type<ProductKind>().notNull(),
    vendor: text().notNull(),
    availability: text().$type<Availability>().notNull(),
    titleKey: text('title_key').notNull(),
    summary: text({ mode: 'json' }).notNull(),
  },
  (table) => [
    index('documents_newest').on(table.status, table.id),
    index('documents_by_title').on(table.status, table.titleKey, table.id),
  ],
);

export const documentPrices = sqliteTable(
  'document_prices',
  {
    currency: text().$type<Currency>().notNull(),
    amount: integer().notNull(),
    id: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.currency] }),
    index('document_prices_by_amount').on(table.currency, table.amount, table.id),
  ],
);

export const documentLabels = sqliteTable(
  'document_labels',
  { label: text().notNull(), id: text().notNull() },
  (table) => [primaryKey({ columns: [table.label, table.id] }), index('document_labels_by_id').on(table.id)],
);

export const documentNumbers = sqliteTable(
  'document_numbers',
  { key: text().notNull(), value: real().notNull(), id: text().notNull() },
  (table) => [
    primaryKey({ columns: [table.id, table.key] }),
    index('document_numbers_by_value').on(table.key, table.value, table.id),
  ],
);
