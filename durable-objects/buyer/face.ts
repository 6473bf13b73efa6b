import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Result } from '#shared/domain/result.ts';

export const claimInputSchema = z.strictObject({
  /** The client's `Idempotency-Key`. */
  key: z.string().min(1).max(255),
  /** Digest of the request it stands for. */
  fingerprint: z.string().length(64),
});
export type ClaimInput = z.infer<typeof claimInputSchema>;

/** RPC face of a `Buyer` object, named by the customer's user id. */
export interface BuyerFace {
  /** The order id that belongs to the key: minted at the first call, the same at every repeat within 24 hours. */
  claim(call: CallContext, input: ClaimInput): Promise<Result<{ orderId: string }, 'key_reused'>>;
}
