import { isNarrowedBy } from '#shared/domain/attributes.ts';
import type { ProductStatus } from '#shared/domain/product.ts';
import type { Currency } from '#shared/money/money.ts';
import { folded } from '../search/words.ts';
import type { StoredProduct } from './stored-product.ts';

/** From (inclusive) to (exclusive); null: without a bound; the same twice: exactly this. */
export interface NumberRange {
  from: number | null;
  to: number | null;
}

/** Products that have one of the labels, or a number of this name in one of the ranges. */
export interface FacetFilter {
  labels: readonly string[];
  key: string;
  ranges: readonly NumberRange[];
}

/** What a list is narrowed to: all of it together, within a member any one of what it names. */
export interface ListFilters {
  status: ProductStatus;
  facets: readonly FacetFilter[];
  /** Empty: any. */
  availability: readonly string[];
  /** Only products with a price in it; null: any. */
  currency: Currency | null;
  /** Of the lowest price, in minor units; empty: any. Needs a currency. */
  prices: readonly NumberRange[];
}

export const labelOf = (facet: string, value: string): string => `${facet}:${folded(value)}`;

/** What a product is found under. Attributes that no list is narrowed by have no label. */
export function labelsOf(product: StoredProduct): string[] {
  const labels = [
    labelOf('kind', product.kind),
    ...(product.vendor === '' ? [] : [labelOf('vendor', product.vendor)]),
    ...product.tags.map((tag) => labelOf('tag', tag)),
    // As tags were labelled before accents were folded.
    ...product.tags.map((tag) => `tag:${tag.toLowerCase()}`),
    ...(product.productType === null ? [] : [labelOf('type', product.productType)]),
    ...product.within.map(({ handle }) => labelOf('collection', handle)),
    ...product.variants.flatMap(({ options }) =>
      Object.entries(options).map(([name, value]) => labelOf(`option.${folded(name)}`, value)),
    ),
    ...filterable(product).flatMap(({ key, type }) =>
      type === 'number' ? [] : [labelOf(`attr.${key}`, String(product.attributes[key]))],
    ),
  ];
  return [...new Set(labels)];
}

export const numbersOf = (product: StoredProduct): { key: string; value: number }[] =>
  filterable(product).flatMap(({ key, type }) => {
    const value = product.attributes[key];
    if (type === 'number' && typeof value === 'number') return [{ key, value }];
    return type === 'date' && typeof value === 'string' ? [{ key, value: Date.parse(value) }] : [];
  });

const filterable = ({ definitions, attributes }: StoredProduct) =>
  definitions.filter((definition) => isNarrowedBy(definition) && Object.hasOwn(attributes, definition.key));
