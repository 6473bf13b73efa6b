import type { CollectionView } from '#shared/contracts/http/collections.ts';
import type { Collection } from '#shared/contracts/http/products.ts';
import { chooseLocale, textIn } from '#shared/domain/product-texts.ts';
import type { NamedCollection, StoredCollection } from './stored-collection.ts';
import type { StoredProduct } from './stored-product.ts';

const firstOf = (texts: readonly string[]): string => texts.find((text) => text !== '') ?? '';

/** A collection by name, in the best of the languages wanted. */
export const namedIn = (
  { id, handle, title, titles }: NamedCollection,
  wanted: readonly string[],
): Collection => ({ id, handle, title: textIn(titles, wanted, title) });

/**
 * The way to a product, from a root: to the deepest of the collections it names, and of those a rule finds only where it
 * names none; of equal ones to the first by handle, so that it is the same each time. Pure.
 */
export function breadcrumbsOf({
  collections,
  within,
}: Pick<StoredProduct, 'collections' | 'within'>): NamedCollection[] {
  const byId = new Map(within.map((each) => [each.id, each]));
  const named = collections.filter(({ byRule }) => !byRule);
  const paths = (named.length > 0 ? named : collections)
    .toSorted((a, b) => (a.handle < b.handle ? -1 : 1))
    .map(({ id }) => {
      const path: NamedCollection[] = [];
      for (let at = byId.get(id); at !== undefined; at = byId.get(at.parentId ?? '')) path.unshift(at);
      return path;
    });
  return paths.reduce((best, path) => (path.length > best.length ? path : best), []);
}

/** Each text in the first of the languages that has it; the collection's own stand where none does. */
export function collectionView(collection: StoredCollection, wanted: readonly string[]): CollectionView {
  const { id, handle, version, parentId, position, translations, rule } = collection;
  const { locale, chain } = chooseLocale(Object.keys(translations), wanted);
  const texts = [...chain.flatMap((tag) => translations[tag] ?? []), collection];
  return {
    id,
    handle,
    title: firstOf(texts.map((text) => text.title)),
    version,
    locale,
    descriptionHtml: firstOf(texts.map((text) => text.descriptionHtml)),
    seo: {
      title: firstOf(texts.map((text) => text.seo.title)),
      description: firstOf(texts.map((text) => text.seo.description)),
    },
    parentId,
    position,
    path: collection.path.map((each) => namedIn(each, wanted)),
    children: collection.children.map((each) => namedIn(each, wanted)),
    rule,
  };
}
