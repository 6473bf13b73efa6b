import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import {
  locationCodeSchema,
  STOCK_SHARDS_MAX,
  STOCK_UNITS_MAX,
  type StockLevel,
  type StockMovement,
  stockSettingsSchema,
  stockSkuSchema,
} from '#shared/contracts/http/stock.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';

const lineSchema = z.strictObject({ lineId: idSchema('line'), quantity: z.int().min(1) });
/** The name of the object that is called, when it is a shard. */
const objectSchema = z.string().max(110).optional();
export const takeInputSchema = z.strictObject({
  sku: stockSkuSchema,
  object: objectSchema,
  orderId: idSchema('order'),
  lines: z.array(lineSchema).min(1).max(50),
});
export type TakeInput = z.infer<typeof takeInputSchema>;
export const holdInputSchema = takeInputSchema.extend({ expiresAt: z.int() });
export type HoldInput = z.infer<typeof holdInputSchema>;
export const giveBackInputSchema = z.strictObject({
  sku: stockSkuSchema,
  object: objectSchema,
  orderId: idSchema('order'),
  /** Only these; absent: all, and whatever the order might still ask for. */
  lineIds: z.array(idSchema('line')).min(1).max(50).optional(),
  /** Units that came back by restocks before: they do not come back again. */
  restocked: z.array(lineSchema).max(100).optional(),
});
export type GiveBackInput = z.infer<typeof giveBackInputSchema>;

export const declareInputSchema = z.strictObject({
  sku: stockSkuSchema,
  onHand: z.int().min(0).max(STOCK_UNITS_MAX),
  sequence: z.int().min(1),
});
export type DeclareInput = z.infer<typeof declareInputSchema>;

/** Who does it, and why: for the ledger. */
const commandSchema = z.strictObject({
  sku: stockSkuSchema,
  /** A user id. */
  by: z.string().max(100).default('operator'),
  reason: z.string().max(300).nullable().default(null),
});
export const setOnHandInputSchema = commandSchema.extend({
  onHand: z.int().min(0).max(STOCK_UNITS_MAX),
  /** Needed when there are several. */
  location: locationCodeSchema.optional(),
});
export type SetOnHandInput = z.input<typeof setOnHandInputSchema>;
/** A command that is carried out once under its key. */
const keyedSchema = commandSchema.extend({
  /** Unique among all commands to the stock of the SKU: scoped by the caller with who it is. */
  key: z.string().min(1).max(400),
  quantity: z.int().min(1).max(STOCK_UNITS_MAX),
});
export const takenLineSchema = z.strictObject({ orderId: idSchema('order'), lineId: idSchema('line') });
export type TakenLine = z.infer<typeof takenLineSchema>;
export const restockInputSchema = keyedSchema.extend({
  location: locationCodeSchema.optional(),
  /** Units an order had: without `location` they go where they were taken from, else to the first by priority. */
  takenBy: takenLineSchema.optional(),
});
export type RestockInput = z.input<typeof restockInputSchema>;
export const transferInputSchema = keyedSchema.extend({ from: locationCodeSchema, to: locationCodeSchema });
export type TransferInput = z.input<typeof transferInputSchema>;
export const changeSettingsInputSchema = commandSchema.extend({
  /** What the change was decided on; null: whatever it is. */
  version: z.int().nullable(),
  settings: stockSettingsSchema,
});
export type ChangeSettingsInput = z.input<typeof changeSettingsInputSchema>;
export const movementsInputSchema = z.strictObject({
  /** Exclusive; null: from the newest. */
  before: z.int().nullable(),
  limit: z.int().min(1).max(101),
});
export type MovementsInput = z.infer<typeof movementsInputSchema>;

/** Why an operator's command is refused. */
export type StockError =
  | { code: 'not_found' }
  | { code: 'changed_meanwhile' }
  | { code: 'key_reused' }
  | { code: 'location_needed' }
  | { code: 'location_unknown'; field: 'location' | 'from' | 'to' }
  | { code: 'location_in_use'; location: string }
  | { code: 'too_few'; available: number };
export interface Commanded {
  level: StockLevel;
  /** True when this very command was answered before. */
  replayed: boolean;
}

/** `lineId`: the first line that does not fit; `available`: units it could have at that moment, on backorder too. */
export interface StockShortage {
  lineId: string;
  available: number;
}
/** What an order has of a SKU after a hold or a sale. */
export interface StockTaken {
  /** Units still to come. */
  backordered: number;
  /** When they should, epoch milliseconds; null: not known, or nothing is to come. */
  expectedAt: number | null;
  /** Lines that are not complete yet: not to be made before the answer to a repeated `commit` no longer names them. */
  waiting: string[];
}
export const stockAllocatedInputSchema = z.strictObject({ orderId: idSchema('order'), sku: stockSkuSchema });
export type StockAllocatedInput = z.infer<typeof stockAllocatedInputSchema>;

const unitsSchema = z.record(locationCodeSchema, z.int().min(0));
const shardSchema = z
  .int()
  .min(0)
  .max(STOCK_SHARDS_MAX - 1);
const reportSchema = z.strictObject({
  sequence: z.int(),
  term: z.int(),
  granted: unitsSchema,
  returned: unitsSchema,
  places: z.array(z.strictObject({ code: locationCodeSchema, onHand: z.int(), held: z.int() })),
  at: z.int(),
});
export type ShardReport = z.infer<typeof reportSchema>;
const termsSchema = z.strictObject({
  term: z.int(),
  keeps: z.boolean(),
  granted: unitsSchema,
  /** What the root has taken in from it; absent from an older version. */
  returned: unitsSchema.optional(),
  places: z.array(z.strictObject({ code: locationCodeSchema, priority: z.int() })),
});
export type Terms = z.infer<typeof termsSchema>;
export const exchangeInputSchema = z.strictObject({
  sku: stockSkuSchema,
  shard: shardSchema,
  report: reportSchema,
  /** It could do with more units. */
  wants: z.boolean(),
});
export type ExchangeInput = z.infer<typeof exchangeInputSchema>;
export const callInInputSchema = z.strictObject({
  sku: stockSkuSchema,
  shard: shardSchema,
  terms: termsSchema,
  /** Units that are not there, a count says; they are given up even when held. */
  missing: z.strictObject({ code: locationCodeSchema, quantity: z.int().min(1) }).nullable(),
});
export type CallInInput = z.infer<typeof callInInputSchema>;

/** RPC face of a `Stock` object, named by its SKU or, for a shard, by `shardName`. Every method is safe to repeat. */
export interface StockFace {
  /** Counted stock from the catalogue. An older or known `sequence` changes nothing. */
  declare(call: CallContext, input: DeclareInput): Promise<void>;
  /** An operator's count. It may be below what is held: then nothing is free, and late commits are refused. */
  setOnHand(call: CallContext, input: SetOnHandInput): Promise<Result<StockLevel, StockError>>;
  restock(call: CallContext, input: RestockInput): Promise<Result<Commanded, StockError>>;
  /** Only free units move. */
  transfer(call: CallContext, input: TransferInput): Promise<Result<Commanded, StockError>>;
  changeSettings(call: CallContext, input: ChangeSettingsInput): Promise<Result<StockLevel, StockError>>;
  /** Holds all lines until `expiresAt` (epoch ms), or none. The latest `expiresAt` it was asked for counts. */
  hold(call: CallContext, input: HoldInput): Promise<Result<StockTaken, StockShortage>>;
  /** Sells all lines, or none. A hold that ran out is taken again when units are free. */
  commit(call: CallContext, input: TakeInput): Promise<Result<StockTaken, StockShortage>>;
  /**
   * Releases what is held and takes back what is sold to the order or to some of its lines; nothing may be taken for
   * these afterwards.
   */
  giveBack(call: CallContext, input: GiveBackInput): Promise<void>;
  /** The location that gave most of a line's units, as far as this object gave them; asking creates nothing. */
  takenAt(call: CallContext, line: TakenLine): Promise<string | null>;
  /** Null for a SKU nobody has declared; asking creates nothing. */
  level(call: CallContext): Promise<StockLevel | null>;
  /** The ledger of this object, newest first. Null for a SKU nobody has declared. */
  movements(call: CallContext, input: MovementsInput): Promise<StockMovement[] | null>;
  /** From a shard to its root. */
  exchange(call: CallContext, input: ExchangeInput): Promise<Terms>;
  /** From the root to a shard. */
  callIn(call: CallContext, input: CallInInput): Promise<ShardReport>;
}
