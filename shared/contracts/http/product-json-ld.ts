import { type Currency, decimalText } from '#shared/money/money.ts';
import type { Product, Variant } from './products.ts';

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

const property = ({ title, unit, value }: Product['specification'][number]): object => ({
  '@type': 'PropertyValue',
  name: title,
  value,
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
