import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';

export const claimInputSchema = z.strictObject({
  /** The client's `Idempotency-Key`. */
  key: z.string().min(1).max(255),
  /** Digest of the request it stands for. */
  fingerprint: z.string().length(64),
});
export type ClaimInput = z.infer<typeof claimInputSchema>;

export const keepCartInputSchema = z.strictObject({
  cartId: idSchema('cart'),
  /** The current cart it takes the place of; null: only where there is none. */
  instead: idSchema('cart').nullable(),
});
export type KeepCartInput = z.infer<typeof keepCartInputSchema>;

/** RPC face of a `Buyer` object, named by the customer's user id. */
export interface BuyerFace {
  /** The order id that belongs to the key: minted at the first call, the same at every repeat within 24 hours. */
  claim(call: CallContext, input: ClaimInput): Promise<Result<{ orderId: string }, 'key_reused'>>;
  /** The cart a signed-in customer fills; null when none was kept. It may have been ordered or forgotten since. */
  currentCart(call: CallContext): Promise<string | null>;
  /** Makes a cart the current one unless another is; tells which one is. */
  keepCart(call: CallContext, input: KeepCartInput): Promise<string>;
}
