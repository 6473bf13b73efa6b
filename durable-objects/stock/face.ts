import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import type { StockLevel } from '#shared/contracts/http/orders.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';

const lineSchema = z.strictObject({ lineId: idSchema('line'), quantity: z.int().min(1) });
export const takeInputSchema = z.strictObject({
  sku: z.string().min(1).max(100),
  orderId: idSchema('order'),
  lines: z.array(lineSchema).min(1).max(50),
});
export type TakeInput = z.infer<typeof takeInputSchema>;
export const holdInputSchema = takeInputSchema.extend({ expiresAt: z.int() });
export type HoldInput = z.infer<typeof holdInputSchema>;
export const declareInputSchema = z.strictObject({
  sku: z.string().min(1).max(100),
  onHand: z.int().min(0).max(1_000_000_000),
  sequence: z.int().min(1),
});
export type DeclareInput = z.infer<typeof declareInputSchema>;
export const setOnHandInputSchema = declareInputSchema.omit({ sequence: true });
export type SetOnHandInput = z.infer<typeof setOnHandInputSchema>;

/** `available`: units free for anybody at that moment; `lineId`: the first line that does not fit. */
export interface StockShortage {
  lineId: string;
  available: number;
}

/** RPC face of a `Stock` object, named by its SKU. Every method is safe to repeat. */
export interface StockFace {
  /** Counted stock from the catalogue. An older or known `sequence` changes nothing. */
  declare(call: CallContext, input: DeclareInput): Promise<void>;
  /** An operator's count. It may be below what is held: then nothing is free, and late commits are refused. */
  setOnHand(call: CallContext, input: SetOnHandInput): Promise<StockLevel>;
  /** Holds all lines until `expiresAt` (epoch ms), or none. Repeated with another `expiresAt` it ends the hold then. */
  hold(call: CallContext, input: HoldInput): Promise<Result<null, StockShortage>>;
  /** Sells all lines, or none. A hold that ran out is taken again when units are free. */
  commit(call: CallContext, input: TakeInput): Promise<Result<null, StockShortage>>;
  /** Releases what is held and takes back what is sold to the order; nothing may be taken for it afterwards. */
  giveBack(call: CallContext, input: { sku: string; orderId: string }): Promise<void>;
  /** Null for a SKU nobody has declared; asking creates nothing. */
  level(call: CallContext): Promise<StockLevel | null>;
}
