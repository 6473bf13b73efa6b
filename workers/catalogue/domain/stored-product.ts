import type { LocationAvailability } from '#shared/contracts/http/products.ts';
import type {
  Availability,
  DeliveredKind,
  DeliveryRule,
  ProductFulfilment,
  ProductKind,
  ProductStatus,
} from '#shared/domain/product.ts';
import type { AttributeDefinition, Attributes } from '#shared/domain/attributes.ts';
import type { ProductLimits, VariantLimits } from '#shared/domain/purchase-limits.ts';
import type { Seo, Translations } from '#shared/domain/product-texts.ts';
import type { Currency } from '#shared/money/money.ts';
import type { NamedCollection } from './stored-collection.ts';

/** A variant as the database holds it. */
export interface StoredVariant {
  id: string;
  sku: string;
  title: string;
  options: Record<string, string>;
  stockTracked: boolean;
  declaredOnHand: number | null;
  available: number | null;
  availability: Availability;
  /** When units on backorder should arrive; null: not known, or none are on backorder. */
  expectedAtMs: number | null;
  /** What the stock said of each location; empty: nothing. Absent in what was cached before it was kept. */
  locations?: LocationAvailability[];
  /** Null: as the product says. */
  limits: VariantLimits | null;
  prices: { currency: Currency; amount: number; compareAt: number | null }[];
}

/** Present stock of one variant; `available` null: unlimited. */
export type StockFigures = Pick<
  StoredVariant,
  'id' | 'available' | 'availability' | 'expectedAtMs' | 'locations'
>;

export interface StoredImage {
  url: string;
  alt: string;
  /** In other languages. */
  alts: Record<string, string>;
  skus: string[];
}

export interface RelatedProduct {
  id: string;
  handle: string;
  title: string;
  image: { url: string; alt: string } | null;
  /** Its title in other languages. */
  titles: Record<string, string>;
}

/** A variant a bundle is made of. */
export interface StoredComponent extends Omit<RelatedProduct, 'id'> {
  productId: string;
  /** Of its product. */
  status: ProductStatus;
  kind: DeliveredKind;
  variantId: string;
  sku: string;
  variantTitle: string;
  /** Units of it in one bundle. */
  quantity: number;
}

/** A product with everything that belongs to it, read in one query. */
export interface StoredProduct {
  id: string;
  handle: string;
  status: ProductStatus;
  version: number;
  revision: number;
  kind: ProductKind;
  title: string;
  summary: string;
  descriptionHtml: string;
  vendor: string;
  tags: string[];
  images: StoredImage[];
  optionNames: string[];
  customisationSchema: Record<string, unknown> | null;
  fulfilment: ProductFulfilment;
  quantityMax: number;
  limits: ProductLimits;
  taxClass: string;
  delivery: DeliveryRule;
  /** When a scheduled product is published. */
  publishAtMs: number | null;
  /** Handle of its product type. */
  productType: string | null;
  /** What its product type says attributes are; empty without one. */
  definitions: AttributeDefinition[];
  attributes: Attributes;
  translations: Translations;
  seo: Seo;
  /** Handles as stated. */
  relatedHandles: string[];
  /** Those of them that are published. */
  related: RelatedProduct[];
  availability: Availability;
  contentHash: string;
  createdAtMs: number;
  updatedAtMs: number;
  /** Named by the product or found by their rules. */
  collections: (NamedCollection & { byRule: boolean })[];
  /** These and all above them. */
  within: (NamedCollection & { parentId: string | null })[];
  variants: StoredVariant[];
  /** Of a bundle; absent in what was cached before there were any. */
  components?: StoredComponent[];
}
