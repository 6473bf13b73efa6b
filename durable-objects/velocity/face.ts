import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { WINDOW_SECONDS_MAX } from '#shared/domain/fraud/rule.ts';
import { idSchema } from '#shared/ids/ids.ts';

const WINDOWS_MAX = 20;
export const countInputSchema = z.strictObject({
  orderId: idSchema('order'),
  windowsSeconds: z.array(z.int().min(1).max(WINDOW_SECONDS_MAX)).max(WINDOWS_MAX),
});
export type CountInput = z.infer<typeof countInputSchema>;

/**
 * RPC face of a `Velocity` object, named by the keyed digest of one subject: an account, a card, an address. It knows ids
 * of orders and times, and nothing of whom it counts.
 */
export interface VelocityFace {
  /**
   * Counts the order once, and tells for each window how many orders there were up to this one, itself included; at most
   * `COUNT_MAX`. A repeat gets the answer of the first time.
   */
  count(call: CallContext, input: CountInput): Promise<{ orders: number[] }>;
}
