import { plainText, excerpt } from '../html/text.ts';
import { type ListedProduct, listedProduct } from '../domain/listed-product.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import { lowestPrices } from '../domain/views.ts';
import { type AttributeDefinition, attributeIn, isNarrowedBy } from '#shared/domain/attributes.ts';
import { analyse, type Analysis, type Field } from './analysis.ts';
import type { Columns, FacetInfo, FacetValue } from './columns.ts';
import { BASE_LANGUAGE } from './languages.ts';
import { folded } from './words.ts';

/** Characters of a description that are kept to show a passage of. */
const PASSAGE_LENGTH_MAX = 2_000;
/** Folded characters of a title that lists are sorted by. */
const TITLE_KEY_LENGTH = 60;

/** Searches are narrowed by product types and not counted by them: customers know collections. */
const TYPE_FACET: FacetInfo = { title: 'Type', unit: null, counted: false };

/** What a passage is shown from, by locale: the description as plain text. */
export type Descriptions = Record<string, string>;

/** A product as the index knows it. */
export interface IndexDocument {
  id: string;
  revision: number;
  columns: Columns;
  analysis: Analysis;
  summary: ListedProduct;
  descriptions: Descriptions;
}

export function indexDocument(product: StoredProduct): IndexDocument {
  const { values, numbers, facets } = attributeColumns(product);
  const analysis = analyse(fieldsOf(product));
  return {
    id: product.id,
    revision: product.revision,
    columns: {
      id: product.id,
      status: product.status,
      titleKey: folded(product.title).slice(0, TITLE_KEY_LENGTH).toWellFormed(),
      prices: lowestPrices(product.variants).map(({ currency, amount }) => [currency, amount]),
      values: distinct([...ownValues(product), ...values]),
      numbers,
      facets: product.productType === null ? facets : { ...facets, type: TYPE_FACET },
    },
    // Words of drafts are nobody's to be offered.
    analysis: product.status === 'published' ? analysis : { ...analysis, words: [] },
    summary: listedProduct(product),
    descriptions: Object.fromEntries(
      textsOf(product).map(({ locale, descriptionHtml }) => [
        locale,
        excerpt(plainText(descriptionHtml), PASSAGE_LENGTH_MAX),
      ]),
    ),
  };
}

const textsOf = (product: StoredProduct) => [
  { ...product, locale: BASE_LANGUAGE },
  ...Object.entries(product.translations).map(([locale, texts]) => ({ ...texts, locale })),
];

function fieldsOf(product: StoredProduct): Field[] {
  const base = BASE_LANGUAGE;
  return [
    ...textsOf(product).flatMap(({ locale, title, summary, descriptionHtml }): Field[] => [
      { field: 'title', locale, text: title },
      { field: 'summary', locale, text: summary },
      { field: 'description', locale, text: plainText(descriptionHtml) },
    ]),
    { field: 'vendor', locale: 'xx', text: product.vendor },
    { field: 'sku', locale: 'xx', text: product.variants.map((variant) => variant.sku).join(' ') },
    { field: 'variants', locale: base, text: product.variants.map((variant) => variant.title).join(' ') },
    {
      field: 'tags',
      locale: base,
      text: [...product.tags, ...product.within.map((each) => each.title)].join(' '),
    },
    { field: 'attributes', locale: base, text: attributeWords(product, product.definitions, []) },
    ...translatedInto(product).map((locale): Field => {
      const known = product.definitions.filter(({ translations }) => Object.hasOwn(translations, locale));
      return { field: 'attributes', locale, text: attributeWords(product, known, [locale]) };
    }),
  ];
}

/** Languages that attributes have words in. */
const translatedInto = ({ definitions }: StoredProduct): string[] => [
  ...new Set(definitions.flatMap(({ translations }) => Object.keys(translations))),
];

/** `Colour red Weight 3 kg Waterproof`: what is so is found by its title, what is not is left out. */
const attributeWords = (
  { attributes }: StoredProduct,
  definitions: readonly AttributeDefinition[],
  wanted: readonly string[],
): string =>
  definitions
    .flatMap((definition) => {
      const { key } = definition;
      const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
      if (value === undefined || value === false) return [];
      const { title, label, unit } = attributeIn(definition, value, wanted);
      return value === true ? [title] : [`${title} ${label} ${unit ?? ''}`];
    })
    .join(' ');

function ownValues(product: StoredProduct): FacetValue[] {
  return [
    ['kind', product.kind, product.kind],
    ['availability', product.availability, product.availability],
    ...product.within.map(({ handle, title, titles }): FacetValue => [
      'collection',
      folded(handle),
      title,
      ...labelled(titles),
    ]),
    ...product.tags.map((tag): FacetValue => ['tag', folded(tag), tag]),
    ...(product.vendor === '' ? [] : [['vendor', folded(product.vendor), product.vendor] as const]),
    ...(product.productType === null
      ? []
      : [['type', folded(product.productType), product.productType] as const]),
    ...product.optionNames.flatMap((name) =>
      product.variants.flatMap((variant): FacetValue[] => {
        const value = variant.options[name];
        return value === undefined ? [] : [[`option.${folded(name)}`, folded(value), value]];
      }),
    ),
  ];
}

/** Attributes that products are narrowed by. Days are narrowed by themselves and counted by their year. */
function attributeColumns({ definitions, attributes }: StoredProduct): {
  values: FacetValue[];
  numbers: [string, number][];
  facets: Record<string, FacetInfo>;
} {
  const values: FacetValue[] = [];
  const numbers: [string, number][] = [];
  const facets: Record<string, FacetInfo> = {};
  for (const definition of definitions) {
    const { key, title, type, unit, facet: counted } = definition;
    const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (value === undefined || !isNarrowedBy(definition)) continue;
    const facet = `attr.${key}`;
    facets[facet] = { title, unit, counted, ...(type === 'date' ? { days: true } : {}) };
    if (type === 'date') numbers.push([facet, Date.parse(String(value))]);
    if (typeof value === 'number') numbers.push([facet, value]);
    else {
      const label = type === 'date' ? String(value).slice(0, 4) : String(value);
      values.push([facet, folded(label), label]);
    }
  }
  return { values, numbers, facets };
}

/** Nothing where there is nothing: chunks hold many values. */
const labelled = (texts: Record<string, string>): [Record<string, string>] | [] =>
  Object.values(texts).every((text) => text === '') ? [] : [texts];

const distinct = (values: readonly FacetValue[]): FacetValue[] => [
  ...new Map(values.map((value) => [`${value[0]}\0${value[1]}`, value])).values(),
];
