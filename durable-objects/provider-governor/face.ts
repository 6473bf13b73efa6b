import { z } from 'zod';
import type { Grant } from './machine.ts';

const rate = z.int().min(1).max(100_000);
export const leaseInputSchema = z.strictObject({
  /** An operation of the provider's API, such as `POST /v1/refunds`. */
  lane: z.string().min(1).max(200),
  /** Requests that wait for a slot. */
  wanted: z.int().min(1).max(1_000),
  rates: z.strictObject({ perSecond: rate, perOperation: rate }),
  waitMaxMs: z.int().min(0).max(60_000),
});
export type LeaseInput = z.infer<typeof leaseInputSchema>;
export const slowDownInputSchema = z.strictObject({ retryAfterMs: z.int().min(0).max(3_600_000) });
export type SlowDownInput = z.infer<typeof slowDownInputSchema>;

/** One a provider account: it alone gives away the right to send requests. */
export interface GovernorFace {
  lease(input: LeaseInput): Promise<Grant>;
  /** The provider refused a request for being one too many. */
  slowDown(input: SlowDownInput): Promise<void>;
}
