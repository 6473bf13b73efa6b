import { LANGUAGES, type Language } from '#shared/domain/locale.ts';
import type { Availability, ProductKind } from '#shared/domain/product.ts';

/** How what every shop has is called: facets, and their values as they are folded. */
export interface ShopWords {
  titles: Partial<Record<string, string>>;
  values: Partial<Record<string, Partial<Record<string, string>>>>;
  /** Of attributes that are so or not. */
  truth: Partial<Record<string, string>>;
}
type Words = Omit<ShopWords, 'values'> & {
  values: { kind: Record<ProductKind, string>; availability: Record<Availability, string> };
};

const WORDS: Record<Language, Words> = {
  en: {
    titles: {
      kind: 'Kind',
      collection: 'Collection',
      vendor: 'Vendor',
      tag: 'Tag',
      availability: 'Availability',
      price: 'Price',
    },
    values: {
      kind: {
        licence: 'Licence',
        download: 'Download',
        service: 'Service',
        physical: 'Goods',
        bundle: 'Bundle',
        gift_card: 'Gift card',
      },
      availability: {
        in_stock: 'In stock',
        low_stock: 'Few left',
        backorder: 'On backorder',
        out_of_stock: 'Out of stock',
        unlimited: 'Always available',
      },
    },
    truth: { true: 'Yes', false: 'No' },
  },
  de: {
    titles: {
      kind: 'Art',
      collection: 'Kollektion',
      vendor: 'Hersteller',
      tag: 'Schlagwort',
      availability: 'Verfügbarkeit',
      price: 'Preis',
    },
    values: {
      kind: {
        licence: 'Lizenz',
        download: 'Download',
        service: 'Dienst',
        physical: 'Ware',
        bundle: 'Paket',
        gift_card: 'Geschenkkarte',
      },
      availability: {
        in_stock: 'Auf Lager',
        low_stock: 'Nur noch wenige',
        backorder: 'Nachbestellt',
        out_of_stock: 'Nicht verfügbar',
        unlimited: 'Immer verfügbar',
      },
    },
    truth: { true: 'Ja', false: 'Nein' },
  },
  fr: {
    titles: {
      kind: 'Type',
      collection: 'Collection',
      vendor: 'Marque',
      tag: 'Mot-clé',
      availability: 'Disponibilité',
      price: 'Prix',
    },
    values: {
      kind: {
        licence: 'Licence',
        download: 'Téléchargement',
        service: 'Service',
        physical: 'Article',
        bundle: 'Lot',
        gift_card: 'Carte cadeau',
      },
      availability: {
        in_stock: 'En stock',
        low_stock: 'Bientôt épuisé',
        backorder: 'En réapprovisionnement',
        out_of_stock: 'Épuisé',
        unlimited: 'Toujours disponible',
      },
    },
    truth: { true: 'Oui', false: 'Non' },
  },
};

/** In the first of the languages wanted that the shop speaks. */
export function shopWords(wanted: readonly string[]): ShopWords {
  const spoken = wanted
    .map((tag) => tag.split('-')[0])
    .flatMap((primary) => LANGUAGES.find((language) => language === primary) ?? []);
  return WORDS[spoken[0] ?? LANGUAGES[0]];
}
