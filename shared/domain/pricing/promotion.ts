import { z } from 'zod';
import { AMOUNT_MAX_MINOR_UNITS, CURRENCY_DECIMALS, type Currency } from '#shared/money/money.ts';
import { countrySchema } from '../address.ts';
import { productKindSchema } from '../product.ts';
import { groupHandleSchema } from './group.ts';

export const PPM = 1_000_000;

const amountSchema = z.int().min(1).max(AMOUNT_MAX_MINOR_UNITS);
const currencies = Object.keys(CURRENCY_DECIMALS) as [Currency, ...Currency[]];
/** Minor units by currency. A promotion that needs an amount does not count in a currency it does not name. */
export const amountsSchema = z
  .partialRecord(z.enum(currencies), amountSchema)
  .refine((amounts) => Object.keys(amounts).length > 0, 'must name at least one currency')
  .meta({ id: 'Amounts', description: 'Minor units by currency', example: { EUR: 500 } });
const ratePpmSchema = z
  .int()
  .min(1)
  .max(PPM)
  .meta({ description: 'Parts per million: 100000 is 10 %, 1000000 everything' });

const idsOf = (...prefixes: string[]) => {
  const shape = new RegExp(`^(${prefixes.join('|')})_[0-9a-f]{32}$`);
  const like = prefixes.map((prefix) => `${prefix}_0192f3…`).join(' or ');
  return z.array(z.string().regex(shape, `must be an id like ${like}`)).max(100);
};

/** Which lines: those that fit every member given; without any, all lines. */
export const selectionSchema = z
  .strictObject({
    products: idsOf('prod').min(1).optional(),
    variants: idsOf('var').min(1).optional(),
    /** Handles; a line fits when its product is in one of them. */
    collections: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
    kinds: z.array(productKindSchema).min(1).max(productKindSchema.options.length).optional(),
  })
  .meta({ id: 'LineSelection', description: 'Lines that fit every member given; without any, all lines' });
export type LineSelection = z.infer<typeof selectionSchema>;

export const effectSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('percent'),
      ratePpm: ratePpmSchema,
      /** Never gives more than this. */
      amountMax: amountsSchema.optional(),
      lines: selectionSchema.default({}),
    }),
    z.strictObject({
      type: z.literal('fixed'),
      /** Spread over the lines in proportion to what they cost; never more than they cost. */
      amounts: amountsSchema,
      lines: selectionSchema.default({}),
    }),
    z.strictObject({ type: z.literal('free_shipping') }),
    z.strictObject({
      type: z.literal('buy_x_get_y'),
      /** Units to pay for … */
      buy: z.int().min(1).max(1_000),
      /** … and units reduced each time: the cheapest. */
      get: z.int().min(1).max(1_000),
      ratePpm: ratePpmSchema.default(PPM),
      /** How many times in one order; null: any number. */
      timesMax: z.int().min(1).max(10_000).nullable().default(null),
      /** What counts as bought. */
      lines: selectionSchema.default({}),
      /** What is reduced; default: units of the same lines. A line that fits both counts as reduced only. */
      getLines: selectionSchema.optional(),
    }),
  ])
  .meta({ id: 'PromotionEffect' });
export type PromotionEffect = z.infer<typeof effectSchema>;

export const conditionsSchema = z
  .strictObject({
    /** Customers in one of these groups, by handle. */
    groups: z.array(groupHandleSchema).min(1).max(100).optional(),
    /** People, and organisations whoever orders for them. */
    customers: idsOf('usr', 'org').min(1).optional(),
    /** The customer has no other order; each customer once. */
    firstOrder: z.literal(true).optional(),
    /** The lines cost at least this before discounts. */
    subtotalMin: amountsSchema.optional(),
    /** Units of the lines it is for. */
    quantityMin: z.int().min(1).max(1_000_000).optional(),
    /** Destinations, ISO 3166-1 alpha-2. */
    countries: z.array(countrySchema).min(1).max(250).optional(),
  })
  .meta({ id: 'PromotionConditions', description: 'All of them must be met' });
export type PromotionConditions = z.infer<typeof conditionsSchema>;

/**
 * `exclusive`: counts only when no other does. `combinable`: beside other combinable ones.
 */
export const stackingSchema = z.enum(['combinable', 'exclusive']).meta({ id: 'PromotionStacking' });

/** A promotion that may count now, for this order. */
export interface PromotionOffer {
  id: string;
  title: string;
  /** The code it was asked for with; null: it counts by itself. */
  code: string | null;
  stacking: z.infer<typeof stackingSchema>;
  /** Higher ones come first. */
  priority: number;
  conditions: PromotionConditions;
  effect: PromotionEffect;
  limitTotal: number | null;
  limitPerCustomer: number | null;
}
