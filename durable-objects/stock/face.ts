import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { type StockLevel, stockSkuSchema } from '#shared/contracts/http/stock.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';

const lineSchema = z.strictObject({ lineId: idSchema('line'), quantity: z.int().min(1) });
export const takeInputSchema = z.strictObject({
  sku: stockSkuSchema,
  orderId: idSchema('order'),
  lines: z.array(lineSchema).min(1).max(50),
});
export type TakeInput = z.infer<typeof takeInputSchema>;
export const holdInputSchema = takeInputSchema.extend({ expiresAt: z.int() });
export type HoldInput = z.infer<typeof holdInputSchema>;
export const declareInputSchema = z.strictObject({
  sku: stockSkuSchema,
  onHand: z.int().min(0).max(1_000_000_000),
  sequence: z.int().min(1),
});
export type DeclareInput = z.infer<typeof declareInputSchema>;
export const setOnHandInputSchema = declareInputSchema.omit({ sequence: true });
export type SetOnHandInput = z.infer<typeof setOnHandInputSchema>;

export const giveBackInputSchema = z.strictObject({
  sku: stockSkuSchema,
  orderId: idSchema('order'),
  /** Only these; absent: all, and whatever the order might still ask for. */
  lineIds: z.array(idSchema('line')).min(1).max(50).optional(),
});
export type GiveBackInput = z.infer<typeof giveBackInputSchema>;

/** `available`: units free for anybody at that moment; `lineId`: the first line that does not fit. */
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

/** RPC face of a `Stock` object, named by its SKU or, for a shard, by `shardName`. Every method is safe to repeat. */
export interface StockFace {
  /** Counted stock from the catalogue. An older or known `sequence` changes nothing. */
  declare(call: CallContext, input: DeclareInput): Promise<void>;
  /** An operator's count. It may be below what is held: then nothing is free, and late commits are refused. */
  setOnHand(call: CallContext, input: SetOnHandInput): Promise<StockLevel>;
  /** Holds all lines until `expiresAt` (epoch ms), or none. Repeated with another `expiresAt` it ends the hold then. */
  hold(call: CallContext, input: HoldInput): Promise<Result<StockTaken, StockShortage>>;
  /** Sells all lines, or none. A hold that ran out is taken again when units are free. */
  commit(call: CallContext, input: TakeInput): Promise<Result<StockTaken, StockShortage>>;
  /** Releases what is held and takes back what is sold to the order or to some of its lines; nothing may be taken for
   * these afterwards. */
  giveBack(call: CallContext, input: GiveBackInput): Promise<void>;
  /** Null for a SKU nobody has declared; asking creates nothing. */
  level(call: CallContext): Promise<StockLevel | null>;
}
