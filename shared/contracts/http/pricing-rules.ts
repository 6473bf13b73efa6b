import { customerIdSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import { countrySchema, regionSchema } from '#shared/domain/address.ts';
import { codeSchema } from '#shared/domain/pricing/code.ts';
import { groupHandleSchema } from '#shared/domain/pricing/group.ts';
import { conditionsSchema, effectSchema, PPM, stackingSchema } from '#shared/domain/pricing/promotion.ts';
import { shippingRateSchema } from '#shared/domain/pricing/shipping.ts';
import { STANDARD_TAX_CLASS, taxClassSchema } from '#shared/domain/pricing/tax-class.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema } from '#shared/money/money.ts';

const titleSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');
const timeSchema = z.iso.datetime().nullable().default(null);
const isSpan = ({ startsAt, endsAt }: { startsAt: string | null; endsAt: string | null }): boolean =>
  startsAt === null || endsAt === null || Date.parse(startsAt) < Date.parse(endsAt);
const SPAN = { path: ['endsAt'], message: 'must be after startsAt' };
const limitSchema = z.int().min(1).max(1_000_000_000).nullable().default(null);
/** What every rule has beside what was stated. */
const kept = {
  version: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};

const promotion = z.strictObject({
  /** Shown to customers beside what it gives. */
  title: titleSchema,
  /** Paused ones do not count. */
  status: z.enum(['active', 'paused']).default('active'),
  /** Counts by itself; otherwise one of its codes must be named. The 50 of highest priority are looked at. */
  automatic: z.boolean().default(false),
  stacking: stackingSchema.default('combinable'),
  /** Higher ones come first. */
  priority: z.int().min(-1_000_000).max(1_000_000).default(0),
  conditions: conditionsSchema.default({}),
  effect: effectSchema,
  /** How many orders may use it in all; null: any number. */
  limitTotal: limitSchema,
  limitPerCustomer: limitSchema,
  startsAt: timeSchema,
  endsAt: timeSchema,
});
export const promotionInputSchema = promotion.refine(isSpan, SPAN).meta({
  id: 'PromotionInput',
  example: { title: '10 % off', effect: { type: 'percent', ratePpm: 100_000 }, limitPerCustomer: 1 },
});
export type PromotionInput = z.infer<typeof promotionInputSchema>;
export const promotionSchema = promotion
  .extend({ id: idSchema('promotion'), status: z.enum(['active', 'paused', 'archived']), ...kept })
  .meta({ id: 'Promotion' });
export type Promotion = z.infer<typeof promotionSchema>;

export const promotionCodesSchema = z
  .strictObject({ codes: z.array(codeSchema).min(1).max(100) })
  .meta({ id: 'PromotionCodes', example: { codes: ['WELCOME10'] } });
export const promotionCodePageSchema = z
  .strictObject({ items: z.array(z.string()), next: z.string().nullable() })
  .meta({ id: 'PromotionCodePage' });
export const promotionUsesSchema = z
  .strictObject({ used: z.int() })
  .meta({ id: 'PromotionUses', description: 'Orders that use it; counted only while it is limited' });

const taxRate = z.strictObject({
  /** Shown to customers beside the amount. */
  name: titleSchema,
  country: countrySchema,
  /** Null: the whole country. */
  region: regionSchema.nullable().default(null),
  taxClass: taxClassSchema.default(STANDARD_TAX_CLASS),
  ratePpm: z.int().min(0).max(PPM).meta({ description: 'Parts per million: 190000 is 19 %' }),
  /** On top of those before it, not beside them. */
  compound: z.boolean().default(false),
  /** Lower ones come first. */
  position: z.int().min(0).max(1_000).default(0),
  startsAt: timeSchema,
  endsAt: timeSchema,
});
export const taxRateInputSchema = taxRate
  .refine(isSpan, SPAN)
  .meta({ id: 'TaxRateInput', example: { name: 'MwSt.', country: 'DE', ratePpm: 190_000 } });
export type TaxRateInput = z.infer<typeof taxRateInputSchema>;
export const taxRateSchema = taxRate
  .extend({ id: idSchema('taxRate'), status: z.enum(['active', 'archived']), ...kept })
  .meta({ id: 'TaxRate' });
export type TaxRateView = z.infer<typeof taxRateSchema>;

export const taxModeSchema = z
  .strictObject({ mode: z.enum(['inclusive', 'exclusive']) })
  .meta({ id: 'TaxMode', description: 'Whether prices in a currency contain their tax; by default they do' });
export const taxModesSchema = z
  .strictObject({
    items: z.array(z.strictObject({ currency: currencySchema, mode: taxModeSchema.shape.mode })),
  })
  .meta({ id: 'TaxModes' });

const shippingMethod = z.strictObject({
  title: titleSchema,
  /** Among equally expensive ones, lower ones come first. */
  position: z.int().min(0).max(1_000).default(0),
  taxClass: taxClassSchema.default(STANDARD_TAX_CLASS),
  destinations: z
    .array(z.strictObject({ country: countrySchema, region: regionSchema.nullable().default(null) }))
    .min(1)
    .max(300),
  /** A currency that is not named is not served. */
  rates: z
    .array(shippingRateSchema)
    .min(1)
    .max(20)
    .refine(
      (rates) => new Set(rates.map((rate) => rate.currency)).size === rates.length,
      'names a currency twice',
    ),
});
export const shippingMethodInputSchema = shippingMethod.meta({
  id: 'ShippingMethodInput',
  example: {
    title: 'Parcel',
    destinations: [{ country: 'DE', region: null }],
    rates: [{ type: 'flat', currency: 'EUR', amount: 490, freeFrom: 5_000 }],
  },
});
export type ShippingMethodInput = z.infer<typeof shippingMethodInputSchema>;
export const shippingMethodSchema = shippingMethod
  .extend({ id: idSchema('shippingMethod'), status: z.enum(['active', 'archived']), ...kept })
  .meta({ id: 'ShippingMethod' });
export type ShippingMethodView = z.infer<typeof shippingMethodSchema>;

const priceList = z.strictObject({
  title: titleSchema,
  currency: currencySchema,
  /** Handles of customer groups it is for; none: for everybody. */
  groups: z.array(groupHandleSchema).max(20).default([]),
  startsAt: timeSchema,
  endsAt: timeSchema,
});
export const priceListInputSchema = priceList
  .refine(isSpan, SPAN)
  .meta({ id: 'PriceListInput', example: { title: 'Business', currency: 'EUR', groups: ['business'] } });
export type PriceListInput = z.infer<typeof priceListInputSchema>;
export const priceListSchema = priceList
  .extend({ id: idSchema('priceList'), status: z.enum(['active', 'archived']), ...kept })
  .meta({ id: 'PriceList' });
export type PriceListView = z.infer<typeof priceListSchema>;

const amountSchema = z.int().min(0).max(AMOUNT_MAX_MINOR_UNITS);
export const PRICE_LIST_ENTRIES_MAX = 500;
const priceListEntry = z.strictObject({
  variantId: idSchema('variant'),
  /** From how many units in one order on. */
  quantityMin: z.int().min(1).max(1_000_000).default(1),
  /** Minor units of the list's currency. */
  amount: amountSchema,
  /** Struck through beside it, and higher; null: that of the product's own price. */
  compareAt: amountSchema.nullable().default(null),
});
export const priceListEntrySchema = priceListEntry.meta({ id: 'PriceListEntry' });
const placeOf = ({ variantId, quantityMin }: { variantId: string; quantityMin: number }): string =>
  `${variantId} ${quantityMin}`;
export const priceListEntriesSchema = z
  .strictObject({
    entries: z
      .array(
        priceListEntry
          .refine(({ amount, compareAt }) => compareAt === null || compareAt > amount, {
            path: ['compareAt'],
            message: 'must be higher than amount',
          })
          .meta({ id: 'PriceListEntryInput' }),
      )
      .max(PRICE_LIST_ENTRIES_MAX)
      .default([]),
    /** Taken out; what is not there is passed over. */
    remove: z
      .array(priceListEntry.pick({ variantId: true, quantityMin: true }))
      .max(PRICE_LIST_ENTRIES_MAX)
      .default([]),
  })
  .superRefine(({ entries, remove }, context) => {
    const named = new Set<string>();
    for (const [list, items] of Object.entries({ entries, remove }))
      for (const [index, item] of items.entries()) {
        if (named.has(placeOf(item)))
          context.addIssue({ code: 'custom', path: [list, index], message: 'names a price twice' });
        named.add(placeOf(item));
      }
  })
  .meta({ id: 'PriceListEntries' });
export type PriceListEntries = z.infer<typeof priceListEntriesSchema>;
export const priceListEntryPageSchema = z
  .strictObject({ items: z.array(priceListEntrySchema), next: z.string().nullable() })
  .meta({ id: 'PriceListEntryPage' });

export const priceListStateSchema = priceList
  .extend({ status: z.enum(['active', 'archived']) })
  .meta({ id: 'PriceListState' });
export const listedPriceStateSchema = priceListEntry
  .pick({ amount: true, compareAt: true })
  .meta({ id: 'ListedPriceState' });
const changeOf = {
  /** The version of the list it is part of. */
  version: z.int().min(1),
  at: z.iso.datetime(),
  /** Who made it; null: from before it was kept who did. */
  actorId: z.string().nullable(),
};
/** What one write changed of a list itself, or of one of its prices. */
export const priceListChangeSchema = z
  .discriminatedUnion('of', [
    z.strictObject({
      of: z.literal('list'),
      ...changeOf,
      /** Null: it was made. */
      from: priceListStateSchema.nullable(),
      to: priceListStateSchema,
    }),
    z.strictObject({
      of: z.literal('price'),
      ...changeOf,
      variantId: idSchema('variant'),
      quantityMin: z.int().min(1),
      /** Null: there was none. */
      from: listedPriceStateSchema.nullable(),
      /** Null: it was taken out. */
      to: listedPriceStateSchema.nullable(),
    }),
  ])
  .meta({ id: 'PriceListChange' });
export type PriceListChange = z.infer<typeof priceListChangeSchema>;
export const priceListChangePageSchema = z
  .strictObject({ items: z.array(priceListChangeSchema), next: z.string().nullable() })
  .meta({ id: 'PriceListChangePage' });

export const customerGroupInputSchema = z
  .strictObject({ handle: groupHandleSchema, title: titleSchema })
  .meta({ id: 'CustomerGroupInput', example: { handle: 'business', title: 'Business customers' } });
export const customerGroupSchema = customerGroupInputSchema
  .extend({ id: idSchema('customerGroup') })
  .meta({ id: 'CustomerGroup' });
export const customerGroupPageSchema = z
  .strictObject({ items: z.array(customerGroupSchema), next: z.string().nullable() })
  .meta({ id: 'CustomerGroupPage' });
export const groupMemberPageSchema = z
  .strictObject({ items: z.array(customerIdSchema), next: z.string().nullable() })
  .meta({ id: 'CustomerGroupMemberPage' });
