import type { CollectionView } from '#shared/contracts/http/collections.ts';
import type { Collection } from '#shared/contracts/http/products.ts';
import { chooseLocale } from '#shared/domain/product-texts.ts';
import type { NamedCollection, StoredCollection } from './stored-collection.ts';

const firstOf = (texts: readonly string[]): string => texts.find((text) => text !== '') ?? '';

/** A collection by name, in the best of the languages wanted. */
export function namedIn(
  { id, handle, title, titles }: NamedCollection,
  wanted: readonly string[],
): Collection {
  const { chain } = chooseLocale(Object.keys(titles), wanted);
  return { id, handle, title: firstOf([...chain.map((tag) => titles[tag] ?? ''), title]) };
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
