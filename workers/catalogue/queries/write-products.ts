import { newId } from '#shared/ids/ids.ts';
import { msOf } from '#shared/rules/columns.ts';
import type { PreparedProduct } from '../domain/prepare.ts';
import { MEDIA_PATH } from '../domain/picture.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import { type AuthoredContext, availabilityStatements, type WriteContext } from './availability.ts';
import { bound } from './bound.ts';
import { RULE_HOLDS } from './collection-rules.ts';
import { TEMPLATE_IS_THERE } from './templates.ts';
import { forgetOldVersions, keepStated, keepStatus } from './versions.ts';

const HELD_BACK_TOLD_MAX = 20;
/** Products published one by one in one go, when all at once failed. */
const PUBLISHED_ALONE_MAX = 200;

export interface ProductWrite {
  product: PreparedProduct;
  /** What the decision was made on; null: the product must not exist yet. */
  existing: StoredProduct | null;
}
export type WriteOutcome =
  | { outcome: 'written'; productId: string; version: number }
  | { outcome: 'changed_meanwhile' };

/** Products this batch was allowed to write: those that carry its token. ?1 is the JSON of all, ?2 the token. */
const WRITTEN = `json_each(?1) AS r JOIN products AS p ON p.id = r.value->>'id' AND p.write_token = ?2`;
const WRITTEN_IDS = `(SELECT p.id FROM ${WRITTEN})`;

/** Hash of the picture of ours that image `i` names. */
const NAMED_PICTURE = `CASE WHEN instr(i.value->>'url', '${MEDIA_PATH}') > 0
  THEN substr(i.value->>'url', instr(i.value->>'url', '${MEDIA_PATH}') + ${MEDIA_PATH.length}, 64) END`;

/**
 * Bundles show what they are made of: those with a variant of the `changed` products (a subquery of their ids) get the
 * availability of now, a higher revision and a wake-up call for their projections.
 */
function bundlesFollow(changed: string): [string, string] {
  const bundles = `SELECT b.product_id FROM variants AS v JOIN bundle_components AS b ON b.sku = v.sku WHERE v.product_id IN ${changed}`;
  return [
    `UPDATE products SET availability = (SELECT availability FROM product_availability WHERE product_id = products.id),
     revision = revision + 1 WHERE id IN (${bundles})`,
    `INSERT INTO outbox (type, subject, request_id, due_at_ms) SELECT DISTINCT 'product.changed', product_id, ?4, ?3 FROM (${bundles})`,
  ];
}

/**
 * The statements of one write, run as one atomic batch. The first decides by the version each product was read at; all
 * others touch only products that it wrote. Any number of products costs the same number of statements.
 */
const STATEMENTS = [
  `INSERT INTO products (id, handle, status, version, revision, kind, title, summary, description_html, vendor, tags, images,
     option_names, customisation_schema, fulfilment, quantity_max, availability, content_hash, write_token, created_at_ms, updated_at_ms, tax_class, delivery,
     product_type_id, attributes, translations, seo, related, publish_at_ms, limits)
   SELECT r.value->>'id', r.value->>'handle', r.value->>'status', (r.value->>'readVersion') + 1, 1, r.value->>'kind', r.value->>'title',
     r.value->>'summary', r.value->>'descriptionHtml', r.value->>'vendor', r.value->'tags', r.value->'images', r.value->'optionNames',
     r.value->>'customisationSchema', r.value->'fulfilment', r.value->>'quantityMax', 'out_of_stock', r.value->>'contentHash', ?2, ?3, ?3, r.value->>'taxClass', r.value->>'delivery',
     (SELECT id FROM product_types WHERE handle = r.value->>'productType'), r.value->'attributes', r.value->'translations',
     r.value->'seo', r.value->'related', r.value->>'publishAtMs', r.value->'limits'
   FROM json_each(?1) AS r WHERE true
   ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, status = excluded.status, version = excluded.version,
     revision = products.revision + 1, kind = excluded.kind, title = excluded.title, summary = excluded.summary,
     description_html = excluded.description_html, vendor = excluded.vendor, tags = excluded.tags, images = excluded.images,
     option_names = excluded.option_names, customisation_schema = excluded.customisation_schema, fulfilment = excluded.fulfilment,
     quantity_max = excluded.quantity_max, content_hash = excluded.content_hash, write_token = excluded.write_token,
     updated_at_ms = excluded.updated_at_ms, tax_class = excluded.tax_class, delivery = excluded.delivery,
     product_type_id = excluded.product_type_id, attributes = excluded.attributes, translations = excluded.translations,
     seo = excluded.seo, related = excluded.related, publish_at_ms = excluded.publish_at_ms, limits = excluded.limits
   WHERE products.version = excluded.version - 1`,
  `INSERT INTO outbox (type, subject, on_hand, request_id, due_at_ms)
   SELECT 'stock.declared', v.value->>'sku', v.value->>'onHand', ?4, ?3
   FROM ${WRITTEN}, json_each(r.value, '$.variants') AS v LEFT JOIN variants AS old ON old.id = v.value->>'id'
   WHERE v.value->>'onHand' IS NOT NULL AND v.value->>'onHand' IS NOT old.declared_on_hand`,
  `DELETE FROM bundle_components WHERE variant_id IN (SELECT id FROM variants WHERE product_id IN ${WRITTEN_IDS})`,
  `DELETE FROM prices WHERE variant_id IN (SELECT id FROM variants WHERE product_id IN ${WRITTEN_IDS})`,
  `DELETE FROM variants WHERE product_id IN ${WRITTEN_IDS}
     AND id NOT IN (SELECT v.value->>'id' FROM json_each(?1) AS r, json_each(r.value, '$.variants') AS v)`,
  `INSERT INTO variants (id, product_id, position, sku, title, options, stock_tracked, declared_on_hand, limits)
   SELECT v.value->>'id', p.id, v.key, v.value->>'sku', v.value->>'title', v.value->'options', v.value->>'stockTracked', v.value->>'onHand', v.value->>'limits'
   FROM ${WRITTEN}, json_each(r.value, '$.variants') AS v WHERE true
   ON CONFLICT (id) DO UPDATE SET position = excluded.position, title = excluded.title, options = excluded.options,
     stock_tracked = excluded.stock_tracked, limits = excluded.limits, declared_on_hand = coalesce(excluded.declared_on_hand, variants.declared_on_hand)`,
  `INSERT INTO bundle_components (variant_id, position, product_id, sku, quantity)
   SELECT v.id, c.key, p.id, c.value->>'sku', c.value->>'quantity'
   FROM ${WRITTEN} JOIN variants AS v ON v.product_id = p.id, json_each(r.value, '$.fulfilment.components') AS c
   WHERE p.kind = 'bundle'`,
  `INSERT INTO prices (variant_id, currency, amount, compare_at_amount)
   SELECT v.value->>'id', m.value->>'currency', m.value->>'amount',
     (SELECT b.value->>'amount' FROM json_each(v.value, '$.compareAtPrices') AS b WHERE b.value->>'currency' = m.value->>'currency')
   FROM ${WRITTEN}, json_each(r.value, '$.variants') AS v, json_each(v.value, '$.prices') AS m`,
  `INSERT INTO collections (id, handle, title)
   SELECT c.value->>'id', c.value->>'handle', c.value->>'title' FROM ${WRITTEN}, json_each(r.value, '$.collections') AS c WHERE true
   ON CONFLICT (handle) DO UPDATE SET title = excluded.title WHERE collections.title <> excluded.title AND collections.version = 0`,
  // Places given by hand stay; what rules say is found anew.
  `DELETE FROM product_collections WHERE product_id IN ${WRITTEN_IDS} AND (by_rule = 1 OR (product_id, collection_id) NOT IN
     (SELECT p.id, known.id FROM ${WRITTEN}, json_each(r.value, '$.collections') AS c JOIN collections AS known ON known.handle = c.value->>'handle'))`,
  `INSERT INTO product_collections (product_id, collection_id)
   SELECT p.id, known.id FROM ${WRITTEN}, json_each(r.value, '$.collections') AS c JOIN collections AS known ON known.handle = c.value->>'handle'
   WHERE true ON CONFLICT DO NOTHING`,
  `INSERT INTO product_collections (product_id, collection_id, by_rule)
   SELECT p.id, c.id, 1 FROM ${WRITTEN} JOIN collections AS c ON c.rule IS NOT NULL WHERE ${RULE_HOLDS} ON CONFLICT DO NOTHING`,
  // Pictures of ours it names are in use, those too that are uploaded later.
  `INSERT INTO media_uses (hash, product_id) SELECT DISTINCT ${NAMED_PICTURE}, p.id FROM ${WRITTEN}, json_each(r.value, '$.images') AS i
   WHERE ${NAMED_PICTURE} IS NOT NULL ON CONFLICT DO NOTHING`,
  `UPDATE media SET touched_at_ms = ?3 WHERE state = 'kept' AND hash IN
     (SELECT ${NAMED_PICTURE} FROM ${WRITTEN}, json_each(r.value, '$.images') AS i)`,
  // A first level to show until the stock itself speaks (its sequences start at 1).
  `INSERT INTO stock_levels (sku, available, sequence)
   SELECT v.value->>'sku', v.value->>'onHand', 0 FROM ${WRITTEN}, json_each(r.value, '$.variants') AS v
   WHERE v.value->>'onHand' IS NOT NULL ON CONFLICT (sku) DO NOTHING`,
  `UPDATE products SET availability = (SELECT availability FROM product_availability WHERE product_id = products.id) WHERE id IN ${WRITTEN_IDS}`,
  `INSERT INTO outbox (type, subject, request_id, due_at_ms) SELECT 'product.changed', p.id, ?4, ?3 FROM ${WRITTEN}`,
  ...bundlesFollow(WRITTEN_IDS),
  keepStated(WRITTEN),
  forgetOldVersions(WRITTEN_IDS),
  `SELECT p.id, p.version FROM ${WRITTEN}`,
];

/**
 * Writes products whole, in one atomic batch and one round trip. A product that changed since it was read is left alone
 * and reported; the others of the same call are written.
 *
 * Throws `UniqueConflict` when a handle or SKU was taken by another product meanwhile; then nothing was written.
 */
export async function writeProducts(
  database: D1DatabaseSession,
  writes: readonly ProductWrite[],
  context: AuthoredContext,
): Promise<WriteOutcome[]> {
  const { ids, statements } = writeStatements(database, writes, context);
  const results = await runUnique(database, statements);
  const rows = (results.at(-1)?.results ?? []) as { id: string; version: number }[];
  const written = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = written.get(id);
    return row === undefined
      ? { outcome: 'changed_meanwhile' }
      : { outcome: 'written', productId: id, version: row.version };
  });
}

/**
 * The statements of `writeProducts`, for a batch that does more. Products that were written carry `token` afterwards;
 * `ids` are in the order of the writes. Run it with `runUnique`.
 */
export function writeStatements(
  database: D1DatabaseSession,
  writes: readonly ProductWrite[],
  context: AuthoredContext,
): { ids: string[]; token: string; statements: D1PreparedStatement[] } {
  const records = writes.map(record);
  const token = newId('event');
  const parameters = [JSON.stringify(records), token, ...contextParameters(context)];
  return {
    ids: records.map(({ id }) => id),
    token,
    statements: STATEMENTS.map((sql) => bound(database, sql, parameters)),
  };
}

const contextParameters = ({ nowMs, requestId, author }: AuthoredContext) => [
  nowMs,
  requestId,
  JSON.stringify(author),
];

export interface DeclaredStock {
  variantId: string;
  sku: string;
  onHand: number;
}

/** Declares quantities on hand of a product whose content stays as it is: no new version. */
export async function declareStock(
  database: D1DatabaseSession,
  declared: readonly DeclaredStock[],
  context: WriteContext,
): Promise<void> {
  await database.batch(declareStatements(database, declared, context));
}

export function declareStatements(
  database: D1DatabaseSession,
  declared: readonly DeclaredStock[],
  context: WriteContext,
): D1PreparedStatement[] {
  const json = JSON.stringify(declared);
  return [
    database
      .prepare(
        `INSERT INTO outbox (type, subject, on_hand, request_id, due_at_ms)
         SELECT 'stock.declared', v.sku, d.value->>'onHand', ?2, ?3 FROM json_each(?1) AS d
         JOIN variants AS v ON v.id = d.value->>'variantId' WHERE d.value->>'onHand' IS NOT v.declared_on_hand`,
      )
      .bind(json, context.requestId, context.nowMs),
    database
      .prepare(
        `UPDATE variants SET declared_on_hand = d.value->>'onHand' FROM json_each(?1) AS d WHERE variants.id = d.value->>'variantId'`,
      )
      .bind(json),
    database
      .prepare(
        `INSERT INTO stock_levels (sku, available, sequence) SELECT d.value->>'sku', d.value->>'onHand', 0 FROM json_each(?1) AS d
         WHERE true ON CONFLICT (sku) DO NOTHING`,
      )
      .bind(json),
    ...availabilityStatements(
      database,
      `(SELECT product_id FROM variants WHERE id IN (SELECT value->>'variantId' FROM json_each(?1)) UNION
        SELECT b.product_id FROM variants v JOIN bundle_components b ON b.sku = v.sku
        WHERE v.id IN (SELECT value->>'variantId' FROM json_each(?1)))`,
      json,
      context,
    ),
  ];
}

/** Products of ?1 that are still as they were read, and not archived yet. */
const TO_ARCHIVE = `json_each(?1) AS r JOIN products AS p
  ON p.id = r.value->>'id' AND p.version = r.value->>'readVersion' AND p.status <> 'archived'`;
const ARCHIVE = [
  keepStatus('archived', TO_ARCHIVE),
  `UPDATE products SET status = 'archived', version = version + 1, revision = revision + 1, write_token = ?2,
     publish_at_ms = NULL, content_hash = '', updated_at_ms = ?3
   FROM json_each(?1) AS r
   WHERE products.id = r.value->>'id' AND products.version = r.value->>'readVersion' AND products.status <> 'archived'`,
  ...bundlesFollow(WRITTEN_IDS),
  `INSERT INTO outbox (type, subject, request_id, due_at_ms) SELECT 'product.changed', p.id, ?4, ?3 FROM ${WRITTEN} RETURNING subject`,
];

/** Takes products out of the shop, those that are as they were read; others are left alone. Run as one batch. */
export function archiveStatements(
  database: D1DatabaseSession,
  products: readonly { id: string; readVersion: number }[],
  context: AuthoredContext,
): { token: string; statements: D1PreparedStatement[] } {
  const token = newId('event');
  const parameters = [JSON.stringify(products), token, ...contextParameters(context)];
  return { token, statements: ARCHIVE.map((sql) => bound(database, sql, parameters)) };
}

/** Takes a product out of the shop; false when it already was or `readVersion` is no longer its version. */
export async function archiveProduct(
  database: D1DatabaseSession,
  product: { id: string; readVersion: number },
  context: AuthoredContext,
): Promise<boolean> {
  const results = await database.batch(archiveStatements(database, [product], context).statements);
  return (results.at(-1)?.results.length ?? 0) > 0;
}

/** What names a provisioning template that is not there could not be delivered: it waits, and is told. ?1: this one alone; null: all. */
const TIME_HAS_COME = "p.status = 'scheduled' AND p.publish_at_ms <= ?3";
const DUE = `${TIME_HAS_COME} AND (?1 IS NULL OR p.id = ?1) AND ${TEMPLATE_IS_THERE}`;
const PUBLISH = [
  keepStatus('published', `(SELECT * FROM products AS p WHERE ${DUE}) AS p`),
  `INSERT INTO outbox (type, subject, request_id, due_at_ms)
   SELECT 'product.changed', p.id, ?4, ?3 FROM products AS p WHERE ${DUE} RETURNING subject`,
  `UPDATE products AS p SET status = 'published', version = version + 1, revision = revision + 1, publish_at_ms = NULL,
   content_hash = '', updated_at_ms = ?3 WHERE ${DUE}`,
  // Those that were published just now are the ones that were woken.
  ...bundlesFollow(
    "(SELECT subject FROM outbox WHERE due_at_ms = ?3 AND request_id = ?4 AND type = 'product.changed')",
  ),
  // Last: what was published is none of them any more.
  `SELECT p.id FROM products AS p WHERE ${TIME_HAS_COME} AND NOT ${TEMPLATE_IS_THERE} LIMIT ${HELD_BACK_TOLD_MAX}`,
];

export interface Published {
  published: number;
  /** Ids of products whose time has come that cannot be delivered: by no template that is there. */
  heldBack: string[];
  /** Products that could not be published, and why. They are tried again with the next. */
  failed: { productId: string; error: unknown }[];
}

/**
 * Publishes what was scheduled for a time that has come: all in one round trip, or, when that fails, one by one, so that a
 * product that cannot be published holds up no other.
 */
export async function publishDue(database: D1DatabaseSession, context: AuthoredContext): Promise<Published> {
  try {
    return { ...(await publish(database, null, context)), failed: [] };
  } catch (error) {
    const due = await bound(
      database,
      `SELECT p.id FROM products AS p WHERE ${DUE} LIMIT ${PUBLISHED_ALONE_MAX}`,
      [null, null, context.nowMs],
    ).all<{ id: string }>();
    if (due.results.length === 0) throw error;
    const all: Published = { published: 0, heldBack: [], failed: [] };
    for (const { id } of due.results) {
      try {
        const { published, heldBack } = await publish(database, id, context);
        all.published += published;
        all.heldBack = heldBack;
      } catch (reason) {
        all.failed.push({ productId: id, error: reason });
      }
    }
    return all;
  }
}

async function publish(
  database: D1DatabaseSession,
  id: string | null,
  context: AuthoredContext,
): Promise<Omit<Published, 'failed'>> {
  const parameters = [id, null, ...contextParameters(context)];
  const results = await database.batch<{ id: string }>(
    PUBLISH.map((sql) => bound(database, sql, parameters)),
  );
  return {
    published: results[1]?.results.length ?? 0,
    heldBack: (results.at(-1)?.results ?? []).map((row) => row.id),
  };
}

/** A handle or SKU belongs to another product, or a bundle and its components do not fit. */
export class UniqueConflict extends Error {
  readonly what: 'handle' | 'sku' | 'component';
  constructor(what: 'handle' | 'sku' | 'component') {
    super(
      what === 'component'
        ? 'a bundle is made of variants that are there: one it names is not, or one left out here is part of one'
        : `this ${what} is taken`,
    );
    this.name = 'UniqueConflict';
    this.what = what;
  }
}

/** Runs a batch that writes products. Throws `UniqueConflict`, and then has done nothing. */
export async function runUnique(
  database: D1DatabaseSession,
  statements: D1PreparedStatement[],
): Promise<D1Result[]> {
  try {
    return await database.batch(statements);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (message.includes('UNIQUE constraint failed: products.handle')) throw new UniqueConflict('handle');
    if (message.includes('UNIQUE constraint failed: variants.sku')) throw new UniqueConflict('sku');
    if (message.includes('FOREIGN KEY constraint failed')) throw new UniqueConflict('component');
    throw error;
  }
}

function record({ product, existing }: ProductWrite) {
  const ids = new Map(existing?.variants.map((variant) => [variant.sku, variant.id]));
  const collectionIds = new Map(existing?.collections.map((each) => [each.handle, each.id]));
  return {
    ...product,
    id: existing?.id ?? newId('product'),
    readVersion: existing?.version ?? 0,
    publishAtMs: msOf(product.publishAt),
    customisationSchema:
      product.customisationSchema === null ? null : JSON.stringify(product.customisationSchema),
    variants: product.variants.map((variant) => ({
      ...variant,
      id: ids.get(variant.sku) ?? newId('variant'),
      stockTracked: variant.stockTracked ? 1 : 0,
    })),
    collections: product.collections.map((each) => ({
      ...each,
      id: collectionIds.get(each.handle) ?? newId('collection'),
    })),
  };
}
