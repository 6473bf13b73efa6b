import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';

/** Keyed hashes of codes: never the codes. */
const triedCodesSchema = z.array(z.string().min(1).max(100)).min(1).max(100);
export const rightCodesSchema = z.strictObject({ codes: triedCodesSchema });
export type RightCodes = z.infer<typeof rightCodesSchema>;

/** How many wrong codes one subject may try within the window. */
export const triesSchema = z.strictObject({
  limit: z.int().min(1).max(1_000),
  windowMs: z.int().min(1),
  /** Names of the codes that are about to be looked up. */
  codes: triedCodesSchema,
});
export type Tries = z.infer<typeof triesSchema>;

/** RPC face of a `GiftCardTries` object, named by whom it counts. */
export interface GiftCardTriesFace {
  /**
   * Counts tries before they are made, all or none; null: they may be. Otherwise the milliseconds until there is room. A code
   * that counts already is tried again for nothing: it tells nobody anything new. `counted`: those that did not.
   */
  take(call: CallContext, input: Tries): Promise<{ retryAfterMs: number | null; counted: string[] }>;
  /** These were right, or were not looked up: they count no more. */
  giveBack(call: CallContext, input: RightCodes): Promise<void>;
}
