import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { scopedLimitSchema } from '#shared/domain/purchase-limits.ts';
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

/** Names the claim an order was placed with; a change of the order claims under its own id. */
export const PLACED_USE = 'placed';
const useSchema = z.union([z.literal(PLACED_USE), idSchema('operation')]);
export const allowanceInputSchema = z.strictObject({
  orderId: idSchema('order'),
  use: useSchema,
  items: z
    .array(
      z.strictObject({
        /** Product or variant the limit is of. */
        scope: scopedLimitSchema.shape.scope,
        limit: scopedLimitSchema.shape.quantity,
        days: scopedLimitSchema.shape.days,
        /** Units of it in the whole order. */
        quantity: z.int().min(1),
      }),
    )
    .max(200),
});
export type AllowanceInput = z.infer<typeof allowanceInputSchema>;
export const returnAllowanceInputSchema = allowanceInputSchema.pick({ orderId: true, use: true });
export type ReturnAllowanceInput = z.infer<typeof returnAllowanceInputSchema>;

/** What is kept about a buyer. Times are epoch milliseconds. */
export interface BuyerData {
  /** Carts that may still hold something of theirs. */
  carts: string[];
  /** Units of products that are limited per customer. */
  purchases: { orderId: string; scope: string; quantity: number; claimedAt: number }[];
}

/** The customer may buy only `left` more of it now. */
export interface AllowanceReached {
  scope: string;
  left: number;
}

/** RPC face of a `Buyer` object, named by the customer's user id. */
export interface BuyerFace {
  /** The order id that belongs to the key: minted at the first call, the same at every repeat within 24 hours. */
  claim(call: CallContext, input: ClaimInput): Promise<Result<{ orderId: string }, 'key_reused'>>;
  /** The order id the key stands for; null: for none. Asking claims nothing. */
  claimed(call: CallContext, input: ClaimInput): Promise<Result<{ orderId: string } | null, 'key_reused'>>;
  /** The cart a signed-in customer fills; null when none was kept. It may have been ordered or forgotten since. */
  currentCart(call: CallContext): Promise<string | null>;
  /** Makes a cart the current one unless another is; tells which one is. */
  keepCart(call: CallContext, input: KeepCartInput): Promise<string>;
  /** Takes for an order what products allow one customer to buy, all or nothing. Safe to repeat; after `returnAllowance` nothing is taken. */
  claimAllowance(call: CallContext, input: AllowanceInput): Promise<Result<null, AllowanceReached>>;
  /** Everything that is kept about them. */
  personal(call: CallContext): Promise<BuyerData>;
  /** Forgets everything; answers how many rows that were. Safe to repeat. */
  erase(call: CallContext): Promise<number>;
  /** Gives back what an order took. Safe to repeat. */
  returnAllowance(call: CallContext, input: ReturnAllowanceInput): Promise<void>;
}
