import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type {
  Availability,
  DeliveredKind,
  DeliveryRule,
  ProductFulfilment,
  ProductKind,
} from '#shared/domain/product.ts';
import type { CollectionRule } from '#shared/domain/collection-rule.ts';
import type { AttributeDefinition, Attributes } from '#shared/domain/attributes.ts';
import type { ProductLimits, VariantLimits } from '#shared/domain/purchase-limits.ts';
import type { Seo, Translations } from '#shared/domain/product-texts.ts';
import type { Currency } from '#shared/money/money.ts';

/** Tables of `CATALOGUE_DB`; see migrations/catalogue. Times are milliseconds since the epoch, amounts minor units. */
export const products = sqliteTable('products', {
  id: text().primaryKey(),
  handle: text().notNull().unique(),
  version: integer().notNull(),
  revision: integer().notNull(),
  title: text().notNull(),
  summary: text().notNull(),
  descriptionHtml: text('description_html').notNull(),
  vendor: text().notNull(),
  tags: text({ mode: 'json' }).$type<string[]>().notNull(),
  images: text({ mode: 'json' })
    .$type<{ url: string; alt: string; alts?: Record<string, string>; skus?: string[] }[]>()
    .notNull(),
  optionNames: text('option_names', { mode: 'json' }).$type<string[]>().notNull(),
  customisationSchema: text('customisation_schema', { mode: 'json' }).$type<Record<string, unknown>>(),
  fulfilment: text({ mode: 'json' }).$type<ProductFulfilment>().notNull(),
  quantityMax: integer('quantity_max').notNull(),
  contentHash: text('content_hash').notNull(),
  writeToken: text('write_token').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
  taxClass: text('tax_class').notNull().default('standard'),
  availability: text().$type<Availability>().notNull(),
  delivery: text().$type<DeliveryRule>().notNull().default('any'),
  productTypeId: text('product_type_id'),
  attributes: text({ mode: 'json' }).$type<Attributes>().notNull().default({}),
  translations: text({ mode: 'json' }).$type<Translations>().notNull().default({}),
  seo: text({ mode: 'json' }).$type<Seo>().notNull().default({ title: '', description: '' }),
  related: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  publishAtMs: integer('publish_at_ms'),
  status: text({ enum: ['draft', 'scheduled', 'published', 'archived'] })
    .notNull()
    .default('draft'),
  limits: text({ mode: 'json' })
    .$type<ProductLimits>()
    .notNull()
    .default({ quantityMin: 1, quantityMultiple: 1, perCustomer: null }),
  kind: text().$type<ProductKind>().notNull().default('licence'),
});

export const productTypes = sqliteTable('product_types', {
  id: text().primaryKey(),
  status: text({ enum: ['active', 'archived'] }).notNull(),
  version: integer().notNull(),
  handle: text().notNull().unique(),
  title: text().notNull(),
  attributes: text({ mode: 'json' }).$type<AttributeDefinition[]>().notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
});

export const provisioningTemplates = sqliteTable('provisioning_templates', {
  id: text().primaryKey(),
  handle: text().notNull(),
  kind: text().$type<DeliveredKind>().notNull(),
  status: text({ enum: ['active', 'archived'] }).notNull(),
  version: integer().notNull(),
  parameters: text({ mode: 'json' }).$type<Record<string, unknown>>(),
});

export const variants = sqliteTable(
  'variants',
  {
    id: text().primaryKey(),
    productId: text('product_id').notNull(),
    position: integer().notNull(),
    sku: text().notNull().unique(),
    title: text().notNull(),
    options: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
    stockTracked: integer('stock_tracked', { mode: 'boolean' }).notNull(),
    declaredOnHand: integer('declared_on_hand'),
    limits: text({ mode: 'json' }).$type<VariantLimits>(),
  },
  (table) => [index('variants_by_product').on(table.productId, table.position)],
);

export const bundleComponents = sqliteTable(
  'bundle_components',
  {
    variantId: text('variant_id').notNull(),
    position: integer().notNull(),
    productId: text('product_id').notNull(),
    sku: text().notNull(),
    quantity: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.variantId, table.position] }),
    index('bundle_components_by_sku').on(table.sku, table.productId),
  ],
);

export const prices = sqliteTable(
  'prices',
  {
    variantId: text('variant_id').notNull(),
    currency: text().$type<Currency>().notNull(),
    amount: integer().notNull(),
    compareAtAmount: integer('compare_at_amount'),
  },
  (table) => [primaryKey({ columns: [table.variantId, table.currency] })],
);

export const collections = sqliteTable(
  'collections',
  {
    id: text().primaryKey(),
    handle: text().notNull().unique(),
    title: text().notNull(),
    version: integer().notNull().default(0),
    parentId: text('parent_id'),
    position: integer().notNull().default(0),
    descriptionHtml: text('description_html').notNull().default(''),
    translations: text({ mode: 'json' }).$type<Translations>().notNull().default({}),
    seo: text({ mode: 'json' }).$type<Seo>().notNull().default({ title: '', description: '' }),
    rule: text({ mode: 'json' }).$type<CollectionRule>(),
    writeToken: text('write_token').notNull().default(''),
  },
  (table) => [index('collections_by_parent').on(table.parentId, table.position, table.handle)],
);

export const collectionVersions = sqliteTable(
  'collection_versions',
  {
    collectionId: text('collection_id').notNull(),
    version: integer().notNull(),
    atMs: integer('at_ms').notNull(),
    actorId: text('actor_id'),
    reason: text({ enum: ['kept', 'request', 'restore', 'deleted'] }).notNull(),
    restoredFrom: integer('restored_from'),
    requestId: text('request_id').notNull(),
    handle: text().notNull(),
    statement: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.version] }),
    index('collection_versions_by_handle').on(table.handle, table.atMs),
  ],
);

export const formerMembers = sqliteTable(
  'former_members',
  {
    collectionId: text('collection_id').notNull(),
    productId: text('product_id').notNull(),
    position: integer(),
  },
  (table) => [primaryKey({ columns: [table.collectionId, table.productId] })],
);

export const productCollections = sqliteTable(
  'product_collections',
  {
    productId: text('product_id').notNull(),
    collectionId: text('collection_id').notNull(),
    byRule: integer('by_rule', { mode: 'boolean' }).notNull().default(false),
    position: integer(),
  },
  (table) => [primaryKey({ columns: [table.productId, table.collectionId] })],
);

export const stockLevels = sqliteTable('stock_levels', {
  sku: text().primaryKey(),
  available: integer().notNull(),
  sequence: integer().notNull(),
  availability: text().$type<Availability>(),
  expectedAtMs: integer('expected_at_ms'),
  shards: integer().notNull().default(1),
  locations: text().notNull().default('[]'),
});

export const outbox = sqliteTable(
  'outbox',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    type: text({ enum: ['product.changed', 'stock.declared'] }).notNull(),
    /** Product id or SKU. */
    subject: text().notNull(),
    onHand: integer('on_hand'),
    requestId: text('request_id').notNull(),
    attempts: integer().notNull().default(0),
    dueAtMs: integer('due_at_ms').notNull(),
  },
  (table) => [index('outbox_due').on(table.dueAtMs, table.id)],
);

export const catalogueEvents = sqliteTable('catalogue_events', {
  id: integer().primaryKey({ autoIncrement: true }),
  type: text({
    enum: [
      'product.created',
      'product.updated',
      'product.archived',
      'product.published',
      'price_list.updated',
    ],
  }).notNull(),
  subject: text().notNull(),
  version: integer().notNull(),
  status: text().notNull(),
  atMs: integer('at_ms').notNull(),
});

export const priceLists = sqliteTable('price_lists', {
  id: text().primaryKey(),
  status: text({ enum: ['active', 'archived'] }).notNull(),
  version: integer().notNull(),
  title: text().notNull(),
  currency: text().$type<Currency>().notNull(),
  groups: text({ mode: 'json' }).$type<string[]>().notNull(),
  startsAtMs: integer('starts_at_ms'),
  endsAtMs: integer('ends_at_ms'),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
  writtenBy: text('written_by').notNull().default(''),
});

export const priceListChanges = sqliteTable(
  'price_list_changes',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    priceListId: text('price_list_id').notNull(),
    version: integer().notNull(),
    atMs: integer('at_ms').notNull(),
    actorId: text('actor_id').notNull(),
    variantId: text('variant_id'),
    quantityMin: integer('quantity_min'),
    before: text(),
    after: text(),
  },
  (table) => [index('price_list_changes_by_list').on(table.priceListId, table.version, table.id)],
);

export const priceListEntries = sqliteTable(
  'price_list_entries',
  {
    variantId: text('variant_id').notNull(),
    currency: text().$type<Currency>().notNull(),
    priceListId: text('price_list_id').notNull(),
    quantityMin: integer('quantity_min').notNull(),
    amount: integer().notNull(),
    compareAtAmount: integer('compare_at_amount'),
  },
  (table) => [
    primaryKey({ columns: [table.variantId, table.currency, table.priceListId, table.quantityMin] }),
    index('price_list_entries_by_list').on(table.priceListId, table.variantId, table.quantityMin),
  ],
);

export const productVersions = sqliteTable(
  'product_versions',
  {
    productId: text('product_id').notNull(),
    version: integer().notNull(),
    atMs: integer('at_ms').notNull(),
    actorId: text('actor_id'),
    reason: text({ enum: ['kept', 'request', 'restore', 'schedule', 'import', 'bulk_edit'] }).notNull(),
    jobId: text('job_id'),
    restoredFrom: integer('restored_from'),
    requestId: text('request_id').notNull(),
    statement: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.productId, table.version] })],
);

export const catalogueJobs = sqliteTable('catalogue_jobs', {
  id: text().primaryKey(),
  kind: text({ enum: ['import', 'export', 'bulk_edit'] }).notNull(),
  state: text({
    enum: ['running', 'awaiting_confirmation', 'stopped', 'failed', 'cancelled', 'completed'],
  }).notNull(),
  phase: text().notNull(),
  source: text(),
  dryRun: integer('dry_run', { mode: 'boolean' }).notNull(),
  options: text().notNull(),
  place: text().notNull(),
  step: integer().notNull(),
  createdBy: text('created_by').notNull(),
  requestId: text('request_id').notNull(),
  fileKey: text('file_key'),
  fileBytes: integer('file_bytes'),
  fileSha256: text('file_sha256'),
  rowCount: integer('row_count').notNull().default(0),
  itemCount: integer('item_count').notNull().default(0),
  created: integer().notNull().default(0),
  updated: integer().notNull().default(0),
  unchanged: integer().notNull().default(0),
  refused: integer().notNull().default(0),
  skipped: integer().notNull().default(0),
  archived: integer().notNull().default(0),
  detail: text(),
  failures: integer().notNull().default(0),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
  endedAtMs: integer('ended_at_ms'),
  idempotencyKey: text('idempotency_key'),
});

export const catalogueJobItems = sqliteTable(
  'catalogue_job_items',
  {
    jobId: text('job_id').notNull(),
    position: integer().notNull(),
    key: text(),
    handle: text(),
    productId: text('product_id'),
    segments: text().notNull().default('[]'),
    faults: text().notNull().default('[]'),
    result: text({ enum: ['created', 'updated', 'unchanged', 'refused', 'skipped', 'archived'] }),
    versionBefore: integer('version_before'),
    version: integer(),
    report: text(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.position] })],
);

export const productSources = sqliteTable('product_sources', {
  productId: text('product_id').primaryKey(),
  source: text().notNull(),
});

export const media = sqliteTable(
  'media',
  {
    hash: text().primaryKey(),
    state: text({ enum: ['kept', 'gone'] }).notNull(),
    contentType: text('content_type').notNull(),
    bytes: integer().notNull(),
    width: integer().notNull(),
    height: integer().notNull(),
    createdBy: text('created_by').notNull(),
    touchedAtMs: integer('touched_at_ms').notNull(),
    checkedAtMs: integer('checked_at_ms').notNull(),
  },
  (table) => [index('media_by_check').on(table.checkedAtMs)],
);

export const mediaUses = sqliteTable(
  'media_uses',
  { hash: text().notNull(), productId: text('product_id').notNull() },
  (table) => [primaryKey({ columns: [table.hash, table.productId] })],
);
