import {
  type ProductTypeInput,
  productTypeSchema,
  type ProductTypeView,
} from '#shared/contracts/http/product-types.ts';
import { keptOf, parsed } from '#shared/rules/columns.ts';
import type { RuleKind } from '#shared/rules/store.ts';

/**
 * A key means one thing in the whole catalogue: filters and facets go by the key, whatever type a product is of. So another
 * type that is in use, or that products are of, must have it with the same `type` and `unit`.
 */
const contradictions = (id: string, stated: string): string => `
  SELECT '/attributes/' || mine.key || CASE WHEN mine.value->>'type' <> other.value->>'type' THEN '/type' ELSE '/unit' END AS pointer,
    'is ' || coalesce(other.value->>'unit', other.value->>'type') || ' in the product type ' || min(t.handle) AS detail
  FROM product_types AS t CROSS JOIN json_each(t.attributes) AS other CROSS JOIN json_each(${stated}) AS mine
  WHERE t.id <> ${id} AND mine.value->>'key' = other.value->>'key'
    AND (mine.value->>'type' <> other.value->>'type' OR mine.value->>'unit' IS NOT other.value->>'unit')
    AND (t.status <> 'archived' OR EXISTS (SELECT 1 FROM products AS p WHERE p.product_type_id = t.id))
  GROUP BY mine.key ORDER BY mine.key`;

export const PRODUCT_TYPES: RuleKind<ProductTypeInput, ProductTypeView> = {
  table: 'product_types',
  columns: (input) => ({
    status: 'active',
    handle: input.handle,
    title: input.title,
    attributes: JSON.stringify(input.attributes),
  }),
  view: (row) =>
    productTypeSchema.parse({
      ...keptOf(row),
      handle: row['handle'],
      title: row['title'],
      attributes: parsed(row['attributes']),
    }),
  contradictions: {
    stated: ({ attributes }) => JSON.stringify(attributes),
    sql: contradictions,
  },
  // Search and caches have its words with each product.
  follow: [
    'UPDATE products SET revision = revision + 1 WHERE product_type_id = ?1',
    `INSERT INTO outbox (type, subject, request_id, due_at_ms)
     SELECT 'product.changed', id, 'product-type', 0 FROM products WHERE product_type_id = ?1`,
  ],
};
