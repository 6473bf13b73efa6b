import { z } from 'zod';
import {
  availabilitySchema,
  deliveredKindSchema,
  deliveryRuleSchema,
  productFulfilmentSchema,
  productKindSchema,
  productStatusSchema,
} from '#shared/domain/product.ts';
import { attributeDefinitionSchema, attributesSchema } from '#shared/domain/attributes.ts';
import { productLimitsSchema, variantLimitsSchema } from '#shared/domain/purchase-limits.ts';
import { seoSchema, translationSchema } from '#shared/domain/product-texts.ts';
import { currencySchema } from '#shared/money/money.ts';
import { type KnownTemplates, TEMPLATES_NAMED, templatesOf } from './templates.ts';
import { withAncestors } from './collection-rules.ts';
import { json } from './json-column.ts';
import { locationAvailabilitySchema } from '#shared/contracts/http/products.ts';
import type { ProductKind, ProductStatus } from '#shared/domain/product.ts';
import type { StockFigures, StoredProduct } from '../domain/stored-product.ts';

/** Of a collection, in other languages. */
const TITLES = `(SELECT json_group_object(key, value->>'title') FROM json_each(c.translations))`;

/** One row a product, its parts as JSON: a whole product is one statement and one round trip. */
const SELECT_PRODUCT = `
SELECT p.*, t.handle AS product_type, t.attributes AS definitions,
  (SELECT json_group_array(json_object('id', o.id, 'handle', o.handle, 'title', o.title, 'image', json(o.images->'0'),
      'titles', (SELECT json_group_object(key, value->>'title') FROM json_each(o.translations))) ORDER BY r.key)
     FROM json_each(p.related) AS r JOIN products AS o ON o.handle = r.value AND o.status = 'published') AS related_products,
  (SELECT json_group_array(json_object('id', c.id, 'handle', c.handle, 'title', c.title, 'byRule', pc.by_rule, 'titles', ${TITLES}) ORDER BY c.handle)
     FROM product_collections pc JOIN collections c ON c.id = pc.collection_id WHERE pc.product_id = p.id) AS collections,
  (${withAncestors('SELECT collection_id FROM product_collections WHERE product_id = p.id')}
     SELECT json_group_array(json_object('id', c.id, 'handle', c.handle, 'title', c.title, 'parentId', c.parent_id, 'titles', ${TITLES}) ORDER BY c.handle) FROM up JOIN collections c ON c.id = up.id) AS within,
  (SELECT json_group_array(json_object('productId', o.id, 'status', o.status, 'handle', o.handle, 'title', o.title, 'kind', o.kind, 'image', json(o.images->'0'),
      'variantId', cv.id, 'sku', cv.sku, 'variantTitle', cv.title, 'quantity', b.quantity,
      'titles', (SELECT json_group_object(key, value->>'title') FROM json_each(o.translations))) ORDER BY b.position)
     FROM variants v JOIN bundle_components b ON b.variant_id = v.id JOIN variants cv ON cv.sku = b.sku JOIN products o ON o.id = cv.product_id
     WHERE v.product_id = p.id) AS components,
  (SELECT json_group_array(json_object(
      'id', v.id, 'sku', v.sku, 'title', v.title, 'options', json(v.options), 'stockTracked', v.stock_tracked,
      'declaredOnHand', v.declared_on_hand, 'available', s.available, 'availability', s.availability,
      'expectedAtMs', s.expected_at_ms, 'locations', json(coalesce(l.locations, '[]')), 'limits', json(v.limits),
      'prices', (SELECT json_group_array(json_object('currency', currency, 'amount', amount, 'compareAt', compare_at_amount) ORDER BY currency)
                 FROM prices WHERE variant_id = v.id)) ORDER BY v.position)
     FROM variants v JOIN variant_availability s ON s.variant_id = v.id
       LEFT JOIN stock_levels l ON l.sku = v.sku AND v.stock_tracked = 1 WHERE v.product_id = p.id) AS variants
FROM products p LEFT JOIN product_types t ON t.id = p.product_type_id`;

const imageSchema = z.object({ url: z.string(), alt: z.string() });
const rowSchema = z.object({
  id: z.string(),
  handle: z.string(),
  status: productStatusSchema,
  version: z.int(),
  revision: z.int(),
  kind: productKindSchema,
  title: z.string(),
  summary: z.string(),
  description_html: z.string(),
  vendor: z.string(),
  tags: json(z.array(z.string())),
  images: json(
    z.array(
      imageSchema.extend({
        alts: z.record(z.string(), z.string()).default({}),
        skus: z.array(z.string()).default([]),
      }),
    ),
  ),
  option_names: json(z.array(z.string())),
  customisation_schema: json(z.record(z.string(), z.unknown())).nullable(),
  fulfilment: json(productFulfilmentSchema),
  quantity_max: z.int(),
  limits: json(productLimitsSchema),
  tax_class: z.string(),
  delivery: deliveryRuleSchema,
  publish_at_ms: z.int().nullable(),
  product_type: z.string().nullable(),
  definitions: json(z.array(attributeDefinitionSchema)).nullable(),
  attributes: json(attributesSchema),
  translations: json(z.record(z.string(), translationSchema)),
  seo: json(seoSchema),
  related: json(z.array(z.string())),
  related_products: json(
    z.array(
      z.object({
        id: z.string(),
        handle: z.string(),
        title: z.string(),
        image: imageSchema.nullable(),
        titles: z.record(z.string(), z.string()),
      }),
    ),
  ),
  availability: availabilitySchema,
  content_hash: z.string(),
  created_at_ms: z.int(),
  updated_at_ms: z.int(),
  collections: json(
    z.array(
      z.object({
        id: z.string(),
        handle: z.string(),
        title: z.string(),
        byRule: z.int().transform(Boolean),
        titles: z.record(z.string(), z.string()),
      }),
    ),
  ),
  within: json(
    z.array(
      z.object({
        id: z.string(),
        handle: z.string(),
        title: z.string(),
        parentId: z.string().nullable(),
        titles: z.record(z.string(), z.string()),
      }),
    ),
  ),
  components: json(
    z.array(
      z.object({
        productId: z.string(),
        status: productStatusSchema,
        handle: z.string(),
        title: z.string(),
        kind: deliveredKindSchema,
        image: imageSchema.nullable(),
        variantId: z.string(),
        sku: z.string(),
        variantTitle: z.string(),
        quantity: z.int(),
        titles: z.record(z.string(), z.string()),
      }),
    ),
  ),
  variants: json(
    z.array(
      z.object({
        id: z.string(),
        sku: z.string(),
        title: z.string(),
        options: z.record(z.string(), z.string()),
        stockTracked: z.int().transform(Boolean),
        declaredOnHand: z.int().nullable(),
        available: z.int().nullable(),
        availability: availabilitySchema,
        expectedAtMs: z.int().nullable(),
        locations: z.array(locationAvailabilitySchema),
        limits: variantLimitsSchema.nullable(),
        prices: z.array(
          z.object({ currency: currencySchema, amount: z.int(), compareAt: z.int().nullable() }),
        ),
      }),
    ),
  ),
});

function stored(row: unknown): StoredProduct {
  const {
    description_html,
    option_names,
    customisation_schema,
    quantity_max,
    tax_class,
    content_hash,
    ...rest
  } = rowSchema.parse(row);
  const { created_at_ms, updated_at_ms, publish_at_ms, product_type, ...others } = rest;
  const { definitions, related, related_products, ...product } = others;
  return {
    ...product,
    publishAtMs: publish_at_ms,
    productType: product_type,
    definitions: definitions ?? [],
    relatedHandles: related,
    related: related_products,
    descriptionHtml: description_html,
    optionNames: option_names,
    customisationSchema: customisation_schema,
    quantityMax: quantity_max,
    taxClass: tax_class,
    contentHash: content_hash,
    createdAtMs: created_at_ms,
    updatedAtMs: updated_at_ms,
  };
}

/** By id or by handle; null when there is none, whatever its status otherwise. */
export async function readProduct(
  session: D1DatabaseSession,
  key: { id: string } | { handle: string },
): Promise<StoredProduct | null> {
  const [column, value] = 'id' in key ? ['id', key.id] : ['handle', key.handle];
  const row = await session.prepare(`${SELECT_PRODUCT} WHERE p.${column} = ?`).bind(value).first();
  return row === null ? null : stored(row);
}

export async function readProductsById(
  session: D1DatabaseSession,
  ids: readonly string[],
): Promise<StoredProduct[]> {
  const { results } = await session
    .prepare(`${SELECT_PRODUCT} WHERE p.id IN (SELECT value FROM json_each(?))`)
    .bind(JSON.stringify(ids))
    .all();
  return results.map(stored);
}

/** By id, handle or SKU; in no order. */
export async function readNamedProducts(
  session: D1DatabaseSession,
  { names, skus }: { names: readonly string[]; skus: readonly string[] },
): Promise<StoredProduct[]> {
  const { results } = await session
    .prepare(
      `${SELECT_PRODUCT} WHERE p.id IN (SELECT value FROM json_each(?1)
         UNION SELECT id FROM products WHERE handle IN (SELECT value FROM json_each(?1))
         UNION SELECT product_id FROM variants WHERE sku IN (SELECT value FROM json_each(?2)))`,
    )
    .bind(JSON.stringify(names), JSON.stringify(skus))
    .all();
  return results.map(stored);
}

const typeSchema = z.object({
  handle: z.string(),
  status: z.enum(['active', 'archived']),
  attributes: json(z.array(attributeDefinitionSchema)),
});

export interface SkuOwner {
  productId: string;
  handle: string;
  kind: ProductKind;
  status: ProductStatus;
}

/** What is there before a write. */
export interface KnownBefore {
  products: StoredProduct[];
  skuOwners: Map<string, SkuOwner>;
  /** Variants of the products that are part of a bundle, and which. */
  bundled: Map<string, string>;
  /** Product types by handle. */
  types: Map<string, z.infer<typeof typeSchema>>;
  templates: KnownTemplates;
}

/** Products by id, after one. */
export async function readProductsAfter(
  session: D1DatabaseSession,
  id: string,
  limit: number,
): Promise<StoredProduct[]> {
  const { results } = await session
    .prepare(`${SELECT_PRODUCT} WHERE p.id > ? ORDER BY p.id LIMIT ?`)
    .bind(id, limit)
    .all();
  return results.map(stored);
}

/**
 * What a write must know first: products that have one of the handles or ids, who owns each of the SKUs, which variants are
 * part of bundles, and the product types and provisioning templates named. One round trip.
 */
export async function readForWriting(
  session: D1DatabaseSession,
  wanted: {
    handles: readonly string[];
    ids: readonly string[];
    skus: readonly string[];
    types: readonly string[];
    /** Ids of provisioning templates. */
    templates: readonly string[];
  },
): Promise<KnownBefore> {
  const [products, owners, types, bundled, templates] = await session.batch([
    session
      .prepare(
        `${SELECT_PRODUCT} WHERE p.handle IN (SELECT value FROM json_each(?1)) OR p.id IN (SELECT value FROM json_each(?2))`,
      )
      .bind(JSON.stringify(wanted.handles), JSON.stringify(wanted.ids)),
    session
      .prepare(
        `SELECT v.sku, v.product_id AS productId, p.handle, p.kind, p.status FROM variants v JOIN products p ON p.id = v.product_id
         WHERE v.sku IN (SELECT value FROM json_each(?))`,
      )
      .bind(JSON.stringify(wanted.skus)),
    session
      .prepare(
        'SELECT handle, status, attributes FROM product_types WHERE handle IN (SELECT value FROM json_each(?))',
      )
      .bind(JSON.stringify([...new Set(wanted.types)])),
    session
      .prepare(
        `SELECT b.sku, o.handle FROM products p JOIN variants v ON v.product_id = p.id JOIN bundle_components b ON b.sku = v.sku
         JOIN products o ON o.id = b.product_id
         WHERE p.handle IN (SELECT value FROM json_each(?1)) OR p.id IN (SELECT value FROM json_each(?2))`,
      )
      .bind(JSON.stringify(wanted.handles), JSON.stringify(wanted.ids)),
    session
      .prepare(TEMPLATES_NAMED)
      .bind(
        JSON.stringify([...new Set(wanted.templates)]),
        JSON.stringify(wanted.handles),
        JSON.stringify(wanted.ids),
      ),
  ]);
  const rows = (owners?.results ?? []) as ({ sku: string } & SkuOwner)[];
  const parts = (bundled?.results ?? []) as { sku: string; handle: string }[];
  return {
    products: (products?.results ?? []).map(stored),
    skuOwners: new Map(rows.map(({ sku, ...owner }) => [sku, owner])),
    bundled: new Map(parts.map(({ sku, handle }) => [sku, handle])),
    types: new Map(
      typeSchema
        .array()
        .parse(types?.results ?? [])
        .map((type) => [type.handle, type]),
    ),
    templates: templatesOf(templates?.results ?? []),
  };
}

/** Present stock figures of a product's variants, from the nearest copy of the database. */
export async function readLevels(session: D1DatabaseSession, productId: string): Promise<StockFigures[]> {
  const { results } = await session
    .prepare(
      `SELECT s.variant_id AS id, s.available, s.availability, s.expected_at_ms AS expectedAtMs,
         coalesce(l.locations, '[]') AS locations
       FROM variant_availability s JOIN variants v ON v.id = s.variant_id
       LEFT JOIN stock_levels l ON l.sku = v.sku AND v.stock_tracked = 1 WHERE s.product_id = ?`,
    )
    .bind(productId)
    .all<Omit<StockFigures, 'locations'> & { locations: string }>();
  return results.map(({ locations, ...level }) => ({
    ...level,
    locations: locationAvailabilitySchema.array().parse(JSON.parse(locations)),
  }));
}
