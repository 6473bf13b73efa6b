import type { ProductSummary } from '#shared/contracts/http/products.ts';
import { chooseLocale } from '#shared/domain/product-texts.ts';
import type { StoredProduct } from './stored-product.ts';
import { summaryView } from './views.ts';

/** The row of a list with its texts in every language, as lists keep it. */
export interface ListedProduct extends ProductSummary {
  translations: Record<string, { title: string; summary: string }>;
}

export const listedProduct = (product: StoredProduct): ListedProduct => ({
  ...summaryView(product, []),
  translations: Object.fromEntries(
    Object.entries(product.translations).map(([tag, { title, summary }]) => [tag, { title, summary }]),
  ),
});

/** The row as a reader of these languages gets it. */
export function listedIn(listed: ListedProduct, wanted: readonly string[]): ProductSummary {
  const { translations, ...summary } = listed;
  const { locale, chain } = chooseLocale(Object.keys(translations), wanted);
  const texts = chain.flatMap((tag) => translations[tag] ?? []);
  return {
    ...summary,
    locale,
    title: texts.find(({ title }) => title !== '')?.title ?? summary.title,
    summary: texts.find((text) => text.summary !== '')?.summary ?? summary.summary,
  };
}
