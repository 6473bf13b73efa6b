import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ProductInput, productInputSchema } from '#shared/contracts/http/product-input.ts';
import { productTypeInputSchema } from '#shared/contracts/http/product-types.ts';
import type { AttributeDefinition } from '#shared/domain/attributes.ts';
import type { StoredProduct } from '../../workers/catalogue/domain/stored-product.ts';
import { demoGoods } from '../demo/goods.ts';
import { ROOT } from '../lib/workers.ts';

/** The demo catalogue as the database would hold it. */
export function demoProducts(): StoredProduct[] {
  const { types, products } = demoGoods();
  const definitions = new Map(
    types.map((type) => {
      const { handle, attributes } = productTypeInputSchema.parse(type);
      return [handle, attributes];
    }),
  );
  const others = readFileSync(path.join(ROOT, 'scripts/demo/catalogue.jsonl'), 'utf8').trim().split('\n');
  return [...products, ...others.map((line): unknown => JSON.parse(line))].map((product, index) =>
    stored(productInputSchema.parse(product), index, definitions),
  );
}

function stored(
  input: ProductInput,
  index: number,
  definitions: ReadonlyMap<string, AttributeDefinition[]>,
): StoredProduct {
  const { publishAt: _whenPublished, related, ...product } = input;
  return {
    ...product,
    id: `prod_${String(index).padStart(32, '0')}`,
    version: 1,
    revision: 1,
    publishAtMs: null,
    definitions: definitions.get(product.productType ?? '') ?? [],
    relatedHandles: related,
    related: [],
    availability: 'unlimited',
    contentHash: '',
    createdAtMs: 0,
    updatedAtMs: 0,
    collections: product.collections.map((collection) => ({
      ...collection,
      id: collection.handle,
      titles: {},
      byRule: false,
    })),
    within: product.collections.map((collection) => ({
      ...collection,
      id: collection.handle,
      parentId: null,
      titles: {},
    })),
    variants: product.variants.map(({ prices, onHand, ...variant }) => ({
      ...variant,
      id: variant.sku,
      declaredOnHand: onHand,
      available: onHand,
      availability: 'unlimited',
      expectedAtMs: null,
      prices: prices.map((price) => ({ ...price, compareAt: null })),
    })),
  };
}
