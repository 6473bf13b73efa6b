import type { CollectionRule } from '#shared/domain/collection-rule.ts';
import type { Seo, Translations } from '#shared/domain/product-texts.ts';

/** A collection with its titles in other languages. */
export interface NamedCollection {
  id: string;
  handle: string;
  title: string;
  titles: Record<string, string>;
}

/** A collection as the database holds it, with the way to it, itself included, and its children. */
export interface StoredCollection {
  id: string;
  handle: string;
  title: string;
  version: number;
  parentId: string | null;
  position: number;
  descriptionHtml: string;
  translations: Translations;
  seo: Seo;
  rule: CollectionRule | null;
  path: NamedCollection[];
  children: NamedCollection[];
}
