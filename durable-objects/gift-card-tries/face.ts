import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';

/** How many wrong codes one subject may try within the window. */
export const triesSchema = z.strictObject({
  limit: z.int().min(1).max(1_000),
  windowMs: z.int().min(1),
  /** Codes that are about to be looked up. */
  count: z.int().min(1).max(100),
});
export type Tries = z.infer<typeof triesSchema>;

/** RPC face of a `GiftCardTries` object, named by whom it counts. */
export interface GiftCardTriesFace {
  /** Counts tries before they are made, all or none; null: they may be. Otherwise the milliseconds until there is room. */
  take(call: CallContext, input: Tries): Promise<{ retryAfterMs: number | null }>;
  /** So many of them were right: they count no more. */
  giveBack(call: CallContext, input: { count: number }): Promise<void>;
}
