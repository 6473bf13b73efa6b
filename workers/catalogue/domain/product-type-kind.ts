import {
  type ProductTypeInput,
  productTypeSchema,
  type ProductTypeView,
} from '#shared/contracts/http/product-types.ts';
import { keptOf, parsed } from '#shared/rules/columns.ts';
import type { RuleKind } from '#shared/rules/store.ts';

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
  // Search and caches have its words with each product.
  follow: [
    'UPDATE products SET revision = revision + 1 WHERE product_type_id = ?1',
    `INSERT INTO outbox (type, subject, request_id, due_at_ms)
     SELECT 'product.changed', id, 'product-type', 0 FROM products WHERE product_type_id = ?1`,
  ],
};
