import { customerIdSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';

const limitSchema = z.int().min(1).max(1_000_000_000).nullable();
export const claimUseInputSchema = z.strictObject({
  promotionId: idSchema('promotion'),
  orderId: idSchema('order'),
  customerId: customerIdSchema,
  /** Which of the order's uses, when a change of the order claims one anew; absent: the one it was placed with. */
  use: idSchema('operation').optional(),
  /** As the order was priced with; null: any number. */
  limitTotal: limitSchema,
  limitPerCustomer: limitSchema,
});
export type ClaimUseInput = z.infer<typeof claimUseInputSchema>;
export const returnUseInputSchema = claimUseInputSchema.pick({ promotionId: true, orderId: true, use: true });
export type ReturnUseInput = z.infer<typeof returnUseInputSchema>;

export const roomInputSchema = claimUseInputSchema
  .pick({ promotionId: true, limitTotal: true, limitPerCustomer: true })
  .extend({ customerId: customerIdSchema.nullable() });
export type RoomInput = z.infer<typeof roomInputSchema>;

export interface UsedUp {
  reason: 'used_up' | 'used_up_by_customer';
}

/** RPC face of a `Promotion` object, named by the promotion's id. Every method is safe to repeat. */
export interface PromotionFace {
  /** Takes one use for the order, or none. A repeat gets the answer of the first time; after `giveBack` none is given. */
  claim(call: CallContext, input: ClaimUseInput): Promise<Result<null, UsedUp>>;
  /** Frees the order's use; none may be taken for it afterwards. */
  giveBack(call: CallContext, input: ReturnUseInput): Promise<void>;
  /** Would one more use be given to the customer (null: to somebody) now? Takes nothing; asking creates nothing. */
  hasRoom(call: CallContext, input: RoomInput): Promise<Result<null, UsedUp>>;
  /** How many orders use it; asking creates nothing. */
  uses(call: CallContext): Promise<{ used: number }>;
}
