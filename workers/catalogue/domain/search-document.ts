import type { Money } from '#shared/money/money.ts';
import { folded } from '../search/words.ts';
import type { StoredProduct } from './stored-product.ts';
import { type ListedProduct, listedProduct } from './listed-product.ts';
import { labelsOf, numbersOf } from './list-filters.ts';
import { lowestPrices } from './views.ts';

/** A product as lists know it. */
export interface SearchDocument {
  id: string;
  revision: number;
  status: string;
  kind: string;
  vendor: string;
  availability: string;
  titleKey: string;
  summary: ListedProduct;
  prices: Money[];
  labels: string[];
  numbers: { key: string; value: number }[];
}

export function searchDocument(product: StoredProduct): SearchDocument {
  return {
    id: product.id,
    revision: product.revision,
    status: product.status,
    kind: product.kind,
    vendor: folded(product.vendor),
    availability: product.availability,
    titleKey: folded(product.title),
    summary: listedProduct(product),
    prices: lowestPrices(product.variants),
    labels: labelsOf(product),
    numbers: numbersOf(product),
  };
}
