import type { FieldChange } from '#shared/contracts/http/product-versions.ts';
import { jsonDiff, jsonPointer } from '#shared/domain/json-diff.ts';

type Members = Record<string, unknown>;

/**
 * A product as it was stated, from the row kept of a version: without ids, and without quantities on hand, which are no
 * content.
 */
export function keptStatement(kept: string): Members {
  const product = JSON.parse(kept) as Members & { variants: Members[]; collections: Members[] };
  const schema = product['customisationSchema'];
  return {
    ...product,
    customisationSchema: typeof schema === 'string' ? (JSON.parse(schema) as unknown) : (schema ?? null),
    collections: product.collections.map(({ handle, title }) => ({ handle, title })),
    variants: product.variants.map(({ id: _id, stockTracked, ...variant }) => ({
      ...variant,
      stockTracked: Boolean(stockTracked),
      onHand: null,
    })),
  };
}

/** What differs between two statements, by field. */
export const fieldChanges = (before: unknown, after: unknown): FieldChange[] =>
  jsonDiff(before, after).map(({ path, ...change }) => ({ pointer: jsonPointer(path), ...change }));
