import { z } from 'zod';
import { attributesSchema } from '#shared/domain/attributes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { GIFT_CARD_WISHES, GIFT_CARDS_MAX } from '#shared/domain/gift-card.ts';
import { EXEMPT_TAX_CLASS, STANDARD_TAX_CLASS, taxClassSchema } from '#shared/domain/pricing/tax-class.ts';
import {
  deliveryRuleSchema,
  productFulfilmentSchema,
  productKindSchema,
  productStatusSchema,
} from '#shared/domain/product.ts';
import {
  isImpossible,
  NO_LIMITS,
  productLimitsSchema,
  variantLimitsSchema,
} from '#shared/domain/purchase-limits.ts';
import type { ProductKind, TemplateName } from '#shared/domain/product.ts';
import { pictureTextsSchema, seoSchema, translationsSchema } from '#shared/domain/product-texts.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema } from '#shared/money/money.ts';

/** Sizes a product may have; an import names the field that exceeds one. */
export const PRODUCT_LIMITS = {
  handleLength: 200,
  titleLength: 300,
  summaryLength: 500,
  descriptionLength: 100_000,
  tags: 100,
  collections: 20,
  images: 250,
  options: 3,
  variants: 250,
  skuLength: 100,
  onHand: 1_000_000_000,
  related: 20,
} as const;

/** One line of visible text: trimmed, no control characters. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');
export const handleSchema = line(PRODUCT_LIMITS.handleLength)
  .regex(/^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}_-]*$/u, 'must be lower-case letters, digits, - and _')
  .refine((handle) => !idSchema('product').safeParse(handle).success, 'must not look like a product id');
export const skuSchema = line(PRODUCT_LIMITS.skuLength).min(1);

const amount = z.int().min(0).max(AMOUNT_MAX_MINOR_UNITS);
const pricesSchema = z
  .array(z.strictObject({ amount, currency: currencySchema }))
  .max(20)
  .refine((prices) => isUnique(prices.map((price) => price.currency)), 'names a currency twice');

export const variantInputSchema = z
  .strictObject({
    sku: skuSchema,
    /** Default: its option values joined. */
    title: line(PRODUCT_LIMITS.titleLength).default(''),
    /** A value for each of the product's `optionNames`. */
    options: z.record(line(100).min(1), line(255).min(1)).default({}),
    prices: pricesSchema.min(1),
    /** The struck-through price, at most one per currency, higher than the price. */
    compareAtPrices: pricesSchema.default([]),
    /** False: never runs out. */
    stockTracked: z.boolean().default(false),
    /** Units on hand, declared to the stock whenever it differs from the last declaration; null declares nothing. */
    onHand: z.int().min(0).max(PRODUCT_LIMITS.onHand).nullable().default(null),
    /** How much of it can be bought; null: as the product says. */
    limits: z.union([variantLimitsSchema, z.null()]).default(null),
  })
  .refine((variant) => variant.stockTracked || variant.onHand === null, {
    path: ['onHand'],
    message: 'needs stockTracked to be true',
  })
  .meta({ id: 'VariantInput' });
export type VariantInput = z.infer<typeof variantInputSchema>;

/** Made by their own template alone: an order treats a parcel as one, and a bundle and a card are more than a line. */
const OWN_TEMPLATE_ONLY: ReadonlySet<ProductKind> = new Set<ProductKind>(['physical', 'bundle', 'gift_card']);

export const TEMPLATE_OF_KIND = {
  licence: 'licence-key',
  download: 'download',
  service: 'partner-service',
  physical: 'parcel',
  bundle: 'bundle',
  gift_card: 'gift-card',
} as const satisfies Record<ProductKind, TemplateName>;

/** A whole product as an operator states it, and one line of our JSONL import format. */
export const productInputSchema = z
  .strictObject({
    handle: handleSchema,
    status: productStatusSchema.default('published'),
    /** When a `scheduled` product is published; null in every other status. */
    publishAt: z.union([z.iso.datetime(), z.null()]).default(null),
    kind: productKindSchema,
    title: line(PRODUCT_LIMITS.titleLength).min(1),
    /** Plain text; default: the beginning of the description. */
    summary: line(PRODUCT_LIMITS.summaryLength).default(''),
    /** HTML; reduced to harmless formatting before it is kept. */
    descriptionHtml: z.string().max(PRODUCT_LIMITS.descriptionLength).default(''),
    vendor: line(200).default(''),
    tags: z.array(line(255).min(1)).max(PRODUCT_LIMITS.tags).default([]),
    collections: z
      .array(z.strictObject({ handle: handleSchema, title: line(200).min(1) }))
      .max(PRODUCT_LIMITS.collections)
      .default([]),
    images: z
      .array(
        z.strictObject({
          url: z.url({ protocol: /^https?$/, message: 'must be an http or https address' }).max(2000),
          alt: line(500).default(''),
          /** The same in other languages than the catalogue's own. */
          alts: pictureTextsSchema.default({}),
          /** The variants it shows; none: the product as such. */
          skus: z.array(skuSchema).max(PRODUCT_LIMITS.variants).default([]),
        }),
      )
      .max(PRODUCT_LIMITS.images)
      .default([]),
    optionNames: z.array(line(100).min(1)).max(PRODUCT_LIMITS.options).default([]),
    /** Handle of the product type that says which attributes there are; null: none. */
    productType: handleSchema.nullable().default(null),
    /** What the product says of itself, by the keys of its product type. */
    attributes: attributesSchema.default({}),
    /** Its texts in other languages than the catalogue's own. */
    translations: translationsSchema.default({}),
    seo: seoSchema.default({ title: '', description: '' }),
    /** Handles of products shown beside it. */
    related: z.array(handleSchema).max(PRODUCT_LIMITS.related).default([]),
    quantityMax: z.int().min(1).max(10_000).default(100),
    limits: productLimitsSchema.default(NO_LIMITS),
    /** Which rates of tax it bears; `exempt` bears none. */
    taxClass: taxClassSchema.default(STANDARD_TAX_CLASS),
    delivery: deliveryRuleSchema.default('any'),
    /** JSON Schema (2020-12) of an object; null: nothing can be customised. */
    customisationSchema: z.record(z.string(), z.unknown()).nullable().default(null),
    fulfilment: productFulfilmentSchema,
    variants: z.array(variantInputSchema).min(1).max(PRODUCT_LIMITS.variants),
  })
  .superRefine((product, context) => {
    const refuse = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const isCustom = product.fulfilment.template === 'custom' && !OWN_TEMPLATE_ONLY.has(product.kind);
    if (!isCustom && product.fulfilment.template !== TEMPLATE_OF_KIND[product.kind]) {
      refuse(
        ['fulfilment', 'template'],
        `must be ${TEMPLATE_OF_KIND[product.kind]} for a product of kind ${product.kind}`,
      );
    }
    if ((product.status === 'scheduled') !== (product.publishAt !== null))
      refuse(['publishAt'], 'must be stated for a scheduled product, and for no other');
    const skus = new Set(product.variants.map(({ sku }) => sku));
    for (const [index, image] of product.images.entries())
      if (image.skus.some((sku) => !skus.has(sku)))
        refuse(['images', index, 'skus'], 'names a variant the product does not have');
    if (!isUnique(product.related)) refuse(['related'], 'names a product twice');
    if (!isUnique(product.optionNames)) refuse(['optionNames'], 'names an option twice');
    if (!isUnique(product.collections.map((each) => each.handle)))
      refuse(['collections'], 'names a collection twice');
    refuseVariants(product, refuse);
    if (product.kind === 'bundle') refuseBundle(product, refuse);
    if (product.kind === 'gift_card') refuseGiftCard(product, refuse);
  })
  .meta({ id: 'ProductInput' });
export type ProductInput = z.infer<typeof productInputSchema>;

/** What is bought with it is taxed, and its worth is what it is sold for. */
function refuseGiftCard(
  {
    taxClass,
    quantityMax,
    fulfilment,
    customisationSchema,
  }: Pick<ProductInput, 'taxClass' | 'quantityMax' | 'fulfilment' | 'customisationSchema'>,
  refuse: (path: PropertyKey[], message: string) => void,
): void {
  if (taxClass !== EXEMPT_TAX_CLASS)
    refuse(
      ['taxClass'],
      `must be ${EXEMPT_TAX_CLASS}: what is bought with a gift card is taxed, not the card`,
    );
  if (quantityMax > GIFT_CARDS_MAX)
    refuse(['quantityMax'], `must be at most ${GIFT_CARDS_MAX} for gift cards`);
  if (fulfilment.template === 'gift-card' && fulfilment.value !== undefined)
    refuse(['fulfilment', 'value'], 'must not be stated: a card is worth its price');
  if (customisationSchema !== null && canonicalJson(customisationSchema) !== canonicalJson(GIFT_CARD_WISHES))
    refuse(['customisationSchema'], 'must be null: what may be said of a gift card is the same for all');
}

/** A bundle has no stock of its own, and one composition. */
function refuseBundle(
  { variants, fulfilment }: Pick<ProductInput, 'variants' | 'fulfilment'>,
  refuse: (path: PropertyKey[], message: string) => void,
): void {
  if (variants.length > 1) refuse(['variants'], 'must be one: a bundle is sold as it is');
  for (const [index, { stockTracked }] of variants.entries())
    if (stockTracked)
      refuse(['variants', index, 'stockTracked'], 'must be false: its components are what is in stock');
  if (fulfilment.template !== 'bundle') return;
  for (const [index, { sku }] of fulfilment.components.entries())
    if (variants.some((variant) => variant.sku === sku))
      refuse(['fulfilment', 'components', index, 'sku'], 'is the bundle itself');
}

function refuseVariants(
  product: Pick<ProductInput, 'optionNames' | 'variants' | 'limits' | 'quantityMax'>,
  refuse: (path: PropertyKey[], message: string) => void,
): void {
  const skus = new Set<string>();
  const combinations = new Set<string>();
  if (isImpossible({ ...product.limits, quantityMax: product.quantityMax }))
    refuse(['limits', 'quantityMin'], 'leaves no quantity up to quantityMax');
  for (const [index, variant] of product.variants.entries()) {
    const at = ['variants', index];
    if (skus.has(variant.sku)) refuse([...at, 'sku'], `is used twice in this product: ${variant.sku}`);
    skus.add(variant.sku);
    if (variant.limits !== null && isImpossible(variant.limits))
      refuse([...at, 'limits', 'quantityMin'], 'leaves no quantity up to quantityMax');
    const named = Object.keys(variant.options);
    const fits =
      named.length === product.optionNames.length &&
      product.optionNames.every((name) => Object.hasOwn(variant.options, name));
    if (!fits) refuse([...at, 'options'], 'must give a value for each of optionNames and nothing else');
    const combination = JSON.stringify(product.optionNames.map((name) => variant.options[name]));
    if (combinations.has(combination)) refuse([...at, 'options'], 'repeats the options of another variant');
    combinations.add(combination);
    for (const [place, before] of variant.compareAtPrices.entries()) {
      const now = variant.prices.find((price) => price.currency === before.currency);
      if (now === undefined)
        refuse([...at, 'compareAtPrices'], `has no price in ${before.currency} beside it`);
      else if (before.amount <= now.amount)
        refuse([...at, 'compareAtPrices', place, 'amount'], 'must be higher than the price');
    }
  }
}

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;
