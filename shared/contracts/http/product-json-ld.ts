import { type Currency, decimalText } from '#shared/money/money.ts';
import type { Collection, Product, Variant } from './products.ts';

const AVAILABILITY = {
  unlimited: 'InStock',
  in_stock: 'InStock',
  low_stock: 'LimitedAvailability',
  backorder: 'BackOrder',
  out_of_stock: 'OutOfStock',
} as const satisfies Record<Variant['availability'], string>;

/** A product in the words of schema.org (https://schema.org/Product), with an offer for each variant and currency. */
export function productJsonLd(
  product: Product,
  { origin, currency }: { origin: string; currency: Currency | null },
): Record<string, unknown> {
  const url = `${origin}/products/${encodeURIComponent(product.handle)}`;
  return {
    '@context': 'https://schema.org',
    '@type': 'Product',
    '@id': url,
    url,
    productID: product.id,
    name: product.seo.title === '' ? product.title : product.seo.title,
    description: product.seo.description === '' ? product.summary : product.seo.description,
    inLanguage: product.locale,
    ...(product.vendor === '' ? {} : { brand: { '@type': 'Brand', name: product.vendor } }),
    ...(product.images.length === 0 ? {} : { image: product.images.map((image) => image.url) }),
    ...(product.specification.length === 0
      ? {}
      : { additionalProperty: product.specification.map(property) }),
    offers: product.variants.flatMap((variant) => offers(variant, url, currency)),
  };
}

/**
 * The way to a page in the words of schema.org (https://schema.org/BreadcrumbList): collections from a root, and where it
 * leads when that is none of them. Null: there is no way to tell of.
 */
export function breadcrumbsJsonLd(
  path: readonly Collection[],
  origin: string,
  end: { title: string; path: string } | null,
): Record<string, unknown> | null {
  if (path.length === 0) return null;
  const places = [
    ...path.map(({ handle, title }) => ({ title, path: `/collections/${encodeURIComponent(handle)}` })),
    ...(end === null ? [] : [end]),
  ];
  return {
    '@context': 'https://schema.org',
    '@type': 'BreadcrumbList',
    itemListElement: places.map((place, index) => ({
      '@type': 'ListItem',
      position: index + 1,
      name: place.title,
      item: `${origin}${place.path}`,
    })),
  };
}

const property = ({ title, unit, value, label }: Product['specification'][number]): object => ({
  '@type': 'PropertyValue',
  name: title,
  value: typeof value === 'string' ? label : value,
  ...(unit === null ? {} : { unitText: unit }),
});

const offers = (variant: Variant, url: string, currency: Currency | null): object[] =>
  variant.prices
    .filter((price) => currency === null || price.currency === currency)
    .map((price) => ({
      '@type': 'Offer',
      url,
      sku: variant.sku,
      name: variant.title,
      price: decimalText(price),
      priceCurrency: price.currency,
      availability: `https://schema.org/${AVAILABILITY[variant.availability]}`,
      ...(variant.expectedAt === null ? {} : { availabilityStarts: variant.expectedAt }),
    }));
