import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { moneySchema } from '#shared/money/money.ts';
import { statedEntitlementsSchema } from './entitlements.ts';
import { type OnDispute, onDisputeSchema } from './suspension.ts';

export const productKindSchema = z
  .enum(['licence', 'download', 'service', 'physical', 'bundle', 'gift_card'])
  .meta({
    id: 'ProductKind',
    description:
      'What is delivered: a licence key, a file, a service run by a partner, a parcel, a gift card; `bundle`: other products together, each of its own kind',
  });
export type ProductKind = z.infer<typeof productKindSchema>;

/** What one line of an order delivers: of a bundle each component is a line. */
export const deliveredKindSchema = productKindSchema
  .exclude(['bundle'])
  .meta({ id: 'DeliveredKind', description: 'What is delivered; a bundle is what its components are' });
export type DeliveredKind = z.infer<typeof deliveredKindSchema>;

export const productStatusSchema = z.enum(['draft', 'scheduled', 'published', 'archived']).meta({
  id: 'ProductStatus',
  description: '`scheduled`: hidden until its time comes, then published by itself',
});
export type ProductStatus = z.infer<typeof productStatusSchema>;

/** What a unit entitles to, and which attributes of its configuration one can look for. */
const store = {
  entitlements: statedEntitlementsSchema.optional(),
  indexed: z.array(z.string().min(1).max(60)).max(10).optional(),
  /** Products that name the same are plans of one another: who owns one can change to another. */
  planGroup: z.string().min(1).max(60).optional(),
};

/** Another provisioning template than the usual one of its kind. */
const templateId = idSchema('template').optional();

/**
 * How a variant is delivered: what the customer receives and its parameters, and which provisioning template makes it.
 * `custom`: what its template says, which has parameters of its own.
 * The order line keeps this as it was at purchase, so a later change of the product never alters a running order.
 */
const DELIVERED = [
  z.strictObject({
    template: z.literal('licence-key'),
    /** How many devices one key may activate. */
    activationsMax: z.int().min(1).max(100_000),
    /** Days of validity from delivery; null: perpetual. */
    validDays: z.int().min(1).max(36_500).nullable(),
    templateId,
    ...store,
    onDispute: onDisputeSchema.optional(),
  }),
  z.strictObject({
    template: z.literal('download'),
    /** Key of the object in the downloads bucket. */
    objectKey: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[\w./-]+$/),
    fileName: z.string().min(1).max(200),
    downloadsMax: z.int().min(1).max(10_000),
    templateId,
    ...store,
    onDispute: onDisputeSchema.optional(),
  }),
  z.strictObject({
    template: z.literal('partner-service'),
    /** The partner's own name for the plan. */
    plan: z.string().min(1).max(100),
    validDays: z.int().min(1).max(36_500).nullable(),
    templateId,
    ...store,
    onDispute: onDisputeSchema.optional(),
  }),
  z.strictObject({
    template: z.literal('parcel'),
    weightGrams: z.int().min(0).max(1_000_000),
    templateId,
    ...store,
    /** How long after it was handed to the carrier the customer may ask to send it back; 0: never. */
    returnDays: z.int().min(0).max(3_650).optional(),
  }),
  z.strictObject({
    template: z.literal('gift-card'),
    /** Days from delivery after which what is left of it expires; null: never. */
    validDays: z.int().min(1).max(36_500).nullable(),
    /** What one card is worth: what it was sold for, before discounts. Set when it is ordered; products state none. */
    value: moneySchema.optional(),
    templateId,
    ...store,
    onDispute: onDisputeSchema.optional(),
  }),
  z.strictObject({
    template: z.literal('custom'),
    templateId: idSchema('template'),
    /** As the template's `parameters` say. */
    parameters: z.record(z.string().min(1).max(100), z.unknown()).default({}),
    ...store,
    onDispute: onDisputeSchema.optional(),
  }),
] as const;
export const fulfilmentSchema = z.discriminatedUnion('template', DELIVERED).meta({ id: 'Fulfilment' });
export type Fulfilment = z.infer<typeof fulfilmentSchema>;

/** How many different components a bundle may have, and units of one of them. */
export const BUNDLE_LIMITS = { components: 20, quantity: 1_000 } as const;

/** One variant in a bundle, by its SKU. */
const bundleComponentSchema = z
  .strictObject({
    sku: z.string().min(1).max(100),
    /** Units of it in one bundle. */
    quantity: z.int().min(1).max(BUNDLE_LIMITS.quantity),
  })
  .meta({ id: 'BundleComponent' });

/** How a product is delivered: by itself, or (a bundle) by the variants it is made of. */
export const productFulfilmentSchema = z
  .discriminatedUnion('template', [
    ...DELIVERED,
    z.strictObject({
      template: z.literal('bundle'),
      components: z
        .array(bundleComponentSchema)
        .min(1)
        .max(BUNDLE_LIMITS.components)
        .refine(
          (components) => new Set(components.map(({ sku }) => sku)).size === components.length,
          'names a SKU twice',
        ),
    }),
  ])
  .meta({ id: 'ProductFulfilment' });
export type ProductFulfilment = z.infer<typeof productFulfilmentSchema>;
export type TemplateName = ProductFulfilment['template'];

/** Where a product says nothing. A parcel that was sent cannot be suspended. */
const ON_DISPUTE_DEFAULTS: Record<DeliveredKind, OnDispute> = {
  licence: 'suspend',
  download: 'suspend',
  service: 'suspend',
  physical: 'keep',
  gift_card: 'suspend',
};

/** What becomes of a product like this when its payment is disputed. */
export const onDisputeOf = (kind: DeliveredKind, fulfilment: Fulfilment): OnDispute =>
  ('onDispute' in fulfilment ? fulfilment.onDispute : undefined) ?? ON_DISPUTE_DEFAULTS[kind];

/** `together`: never without the other lines of its order; `any`: as the customer likes. */
export const deliveryRuleSchema = z.enum(['any', 'together']).meta({
  id: 'DeliveryRule',
  description:
    '`together`: the lines of an order with this product are delivered all together or not at all; `any`: as the customer likes',
});
export type DeliveryRule = z.infer<typeof deliveryRuleSchema>;

export const availabilitySchema = z
  .enum(['in_stock', 'low_stock', 'backorder', 'out_of_stock', 'unlimited'])
  .meta({
    id: 'Availability',
    description:
      '`backorder`: none are there now, but it can be ordered and is delivered once units have arrived',
  });
export type Availability = z.infer<typeof availabilitySchema>;
