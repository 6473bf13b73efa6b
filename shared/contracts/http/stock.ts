import { z } from 'zod';
import { availabilitySchema } from '#shared/domain/product.ts';

export const STOCK_SHARDS_MAX = 32;
export const STOCK_LOCATIONS_MAX = 20;
export const STOCK_UNITS_MAX = 1_000_000_000;
/** Where units are that nobody has placed anywhere. */
export const MAIN_LOCATION = 'main';
export const LOW_STOCK_THRESHOLD_DEFAULT = 5;

/** As products state it: no control characters, so that the names of shards are never SKUs. */
export const stockSkuSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}+$/u, 'must not contain control characters');
export const locationCodeSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and -');
const units = z.int().min(0).max(STOCK_UNITS_MAX);

export const stockLocationSchema = z
  .strictObject({
    code: locationCodeSchema,
    /** Units are taken from the lowest number first. */
    priority: z.int().min(0).max(1_000),
    onHand: z.int(),
    held: z.int(),
    available: z.int(),
  })
  .meta({ id: 'StockLocation' });
export type StockLocation = z.infer<typeof stockLocationSchema>;

export const stockShardSchema = z
  .strictObject({
    index: z.int(),
    onHand: z.int(),
    held: z.int(),
    /** When the shard last told of these figures. */
    reportedAt: z.union([z.iso.datetime(), z.null()]),
  })
  .meta({ id: 'StockShard' });

export const stockLevelSchema = z
  .strictObject({
    sku: z.string(),
    onHand: z.int(),
    held: z.int(),
    available: z.int(),
    availability: availabilitySchema.exclude(['unlimited']),
    lowStockThreshold: z.int(),
    backorder: z.strictObject({
      /** Units that may be sold before they are there; 0: none. */
      limit: z.int(),
      /** Units sold or held that are not there yet. */
      open: z.int(),
      expectedAt: z.union([z.iso.datetime(), z.null()]),
    }),
    locations: z.array(stockLocationSchema),
    /** Empty unless the units are spread over several objects. */
    shards: z.array(stockShardSchema),
    /** Increases with each change of settings; the first part of the ETag, for `If-Match`. */
    version: z.int(),
    /** Increases with each change of units. */
    sequence: z.int(),
  })
  .meta({
    id: 'StockLevel',
    description:
      '`available` = `onHand` − `held`; committed units have left `onHand`. With shards, figures of theirs are a moment old.',
  });
export type StockLevel = z.infer<typeof stockLevelSchema>;

/** A count: how many units are there, those held included. */
export const countStockSchema = z
  .strictObject({
    onHand: units,
    /** Needed when there are several. */
    location: locationCodeSchema.optional(),
    reason: z.string().trim().min(1).max(300).optional(),
  })
  .meta({ id: 'SetStock' });

export const stockSettingsSchema = z
  .strictObject({
    shards: z.int().min(1).max(STOCK_SHARDS_MAX).optional(),
    lowStockThreshold: units.optional(),
    backorder: z
      .strictObject({
        limit: units,
        expectedAt: z.iso.datetime().nullable().default(null),
      })
      .optional(),
    /** All of them, with `main` unless it is empty and left out; one that still has units cannot be left out. */
    locations: z
      .array(z.strictObject({ code: locationCodeSchema, priority: z.int().min(0).max(1_000) }))
      .min(1)
      .max(STOCK_LOCATIONS_MAX)
      .optional(),
  })
  .meta({ id: 'StockSettings' });

export const restockSchema = z
  .strictObject({
    quantity: z.int().min(1).max(STOCK_UNITS_MAX),
    location: locationCodeSchema.optional(),
    reason: z.string().trim().min(1).max(300).optional(),
  })
  .meta({ id: 'Restock' });

export const transferSchema = z
  .strictObject({
    from: locationCodeSchema,
    to: locationCodeSchema,
    quantity: z.int().min(1).max(STOCK_UNITS_MAX),
    reason: z.string().trim().min(1).max(300).optional(),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must be another location' })
  .meta({ id: 'StockTransfer' });

export const MOVEMENT_TYPES = [
  'count',
  'restock',
  'transfer',
  'hold',
  'release',
  'expire',
  'sale',
  'return',
  'allocate',
  'lease_out',
  'lease_in',
] as const;
export const stockMovementSchema = z
  .strictObject({
    sequence: z.int(),
    at: z.iso.datetime(),
    type: z.enum(MOVEMENT_TYPES),
    location: z.string(),
    /** Change of the units on hand there. */
    onHand: z.int(),
    /** Change of the units held there. */
    held: z.int(),
    orderId: z.string().nullable(),
    lineId: z.string().nullable(),
    /** Who: a user id, `order`, `catalogue`, `expiry` or a shard. */
    by: z.string(),
    reason: z.string().nullable(),
    requestId: z.string(),
  })
  .meta({ id: 'StockMovement' });
export type StockMovement = z.infer<typeof stockMovementSchema>;
export const stockMovementPageSchema = z
  .strictObject({ items: z.array(stockMovementSchema), next: z.string().nullable() })
  .meta({ id: 'StockMovementPage' });

/** A SKU as the catalogue last heard of it: what lists of stock show. */
export const stockSummarySchema = z
  .strictObject({
    sku: z.string(),
    available: z.int(),
    availability: availabilitySchema.exclude(['unlimited']),
    expectedAt: z.union([z.iso.datetime(), z.null()]),
    sequence: z.int(),
  })
  .meta({ id: 'StockSummary' });
export type StockSummary = z.infer<typeof stockSummarySchema>;
export const stockPageSchema = z
  .strictObject({ items: z.array(stockSummarySchema), next: z.string().nullable() })
  .meta({ id: 'StockPage' });
