import type { Product, ProductAdmin, ProductSummary, Variant } from '#shared/contracts/http/products.ts';
import type { ProductInput } from '#shared/contracts/http/product-input.ts';
import type { Currency, Money } from '#shared/money/money.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { attributeIn } from '#shared/domain/attributes.ts';
import { CATALOGUE_LOCALE, chooseLocale } from '#shared/domain/product-texts.ts';
import { breadcrumbsOf, namedIn } from './collection-views.ts';
import { inLanguage } from './localise.ts';
import { ownPicture } from './picture.ts';
import type { StoredImage, StoredProduct, StoredVariant } from './stored-product.ts';

/** The row of a list, in the best of the languages wanted. */
export function summaryView(product: StoredProduct, wanted: readonly string[]): ProductSummary {
  const { locale, title, summary } = inLanguage(product, wanted);
  return {
    id: product.id,
    handle: product.handle,
    kind: product.kind,
    title,
    summary,
    vendor: product.vendor,
    tags: product.tags,
    locale,
    productType: product.productType,
    attributes: product.attributes,
    image: product.images[0] === undefined ? null : imageIn(product.images[0], wanted),
    priceFrom: lowestPrices(product.variants),
    availability: product.availability,
  };
}

/** What everybody may see, in the best of the languages wanted. */
export function publicView(product: StoredProduct, wanted: readonly string[] = []): Product {
  const { descriptionHtml, seo, related, components } = inLanguage(product, wanted);
  return {
    ...summaryView(product, wanted),
    status: product.status,
    version: product.version,
    descriptionHtml,
    collections: product.collections.map((collection) => namedIn(collection, wanted)),
    breadcrumbs: breadcrumbsOf(product).map((collection) => namedIn(collection, wanted)),
    images: product.images.map((image) => imageView(product, image, wanted)),
    optionNames: product.optionNames,
    specification: specification(product, wanted),
    locales: [
      CATALOGUE_LOCALE,
      ...Object.keys(product.translations).filter((tag) => tag !== CATALOGUE_LOCALE),
    ],
    seo,
    related,
    components,
    variants: product.variants.map(variantView),
    customisationSchema: product.customisationSchema,
    quantityMax: product.quantityMax,
    limits: product.limits,
    createdAt: rfc3339(product.createdAtMs),
    updatedAt: rfc3339(product.updatedAtMs),
  };
}

/** The operator's view. */
export const adminView = (product: StoredProduct): ProductAdmin => ({
  ...publicView(product),
  publishAt: product.publishAtMs === null ? null : rfc3339(product.publishAtMs),
  translations: product.translations,
  relatedHandles: product.relatedHandles,
  fulfilment: product.fulfilment,
  taxClass: product.taxClass,
  delivery: product.delivery,
  stock: product.variants.map((variant) => ({
    sku: variant.sku,
    stockTracked: variant.stockTracked,
    onHand: variant.declaredOnHand,
  })),
});

/** Attributes its product type no longer knows are left out. */
const specification = (product: StoredProduct, wanted: readonly string[]): Product['specification'] =>
  product.definitions.flatMap((definition) => {
    const { key, type } = definition;
    const value = Object.hasOwn(product.attributes, key) ? product.attributes[key] : undefined;
    return value === undefined ? [] : [{ key, type, value, ...attributeIn(definition, value, wanted) }];
  });

/** A picture with its text in the first of the languages that has one. */
const imageIn = ({ url, alt, alts }: StoredImage, wanted: readonly string[]) => {
  const texts = chooseLocale(Object.keys(alts), wanted).chain.map((tag) => alts[tag] ?? '');
  return { url, alt: texts.find((text) => text !== '') ?? alt };
};

function imageView(
  { variants }: StoredProduct,
  image: StoredImage,
  wanted: readonly string[],
): Product['images'][number] {
  const { width = null, height = null } = ownPicture(image.url) ?? {};
  const variantIds = variants.filter(({ sku }) => image.skus.includes(sku)).map(({ id }) => id);
  return { ...imageIn(image, wanted), width, height, variantIds };
}

const variantView = (variant: StoredVariant): Variant => ({
  id: variant.id,
  sku: variant.sku,
  title: variant.title,
  options: variant.options,
  prices: variant.prices.map(({ amount, currency }) => ({ amount, currency })),
  compareAtPrices: variant.prices.flatMap(({ compareAt, currency }) =>
    compareAt === null ? [] : [{ amount: compareAt, currency }],
  ),
  availability: variant.availability,
  available: variant.available,
  expectedAt: expectedAt(variant),
  locations: variant.locations ?? [],
  limits: variant.limits,
});

const expectedAt = ({ expectedAtMs }: Pick<StoredVariant, 'expectedAtMs'>): string | null =>
  expectedAtMs === null ? null : rfc3339(expectedAtMs);

/** Lowest amount in each currency, by currency code. */
export function lowestPrices(variants: readonly Pick<StoredVariant, 'prices'>[]): Money[] {
  const lowest = new Map<Currency, number>();
  for (const { currency, amount } of variants.flatMap((variant) => variant.prices)) {
    const known = lowest.get(currency);
    if (known === undefined || amount < known) lowest.set(currency, amount);
  }
  return [...lowest]
    .map(([currency, amount]) => ({ amount, currency }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** A stored product as an operator would state it, for an import that says only part of it. */
export const asInput = (product: StoredProduct): ProductInput => ({
  handle: product.handle,
  status: product.status,
  publishAt: product.publishAtMs === null ? null : rfc3339(product.publishAtMs),
  kind: product.kind,
  title: product.title,
  summary: product.summary,
  descriptionHtml: product.descriptionHtml,
  vendor: product.vendor,
  tags: product.tags,
  collections: product.collections
    .filter(({ byRule }) => !byRule)
    .map(({ handle, title }) => ({ handle, title })),
  images: product.images,
  optionNames: product.optionNames,
  productType: product.productType,
  attributes: product.attributes,
  translations: product.translations,
  seo: product.seo,
  related: product.relatedHandles,
  quantityMax: product.quantityMax,
  limits: product.limits,
  taxClass: product.taxClass,
  delivery: product.delivery,
  customisationSchema: product.customisationSchema,
  fulfilment: product.fulfilment,
  variants: product.variants.map((variant) => ({
    sku: variant.sku,
    title: variant.title,
    options: variant.options,
    prices: variant.prices.map(({ amount, currency }) => ({ amount, currency })),
    compareAtPrices: variant.prices.flatMap(({ compareAt, currency }) =>
      compareAt === null ? [] : [{ amount: compareAt, currency }],
    ),
    stockTracked: variant.stockTracked,
    onHand: null,
    limits: variant.limits,
  })),
});
