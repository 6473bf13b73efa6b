import { z } from 'zod';
import type { Entry, GateView } from './machine.ts';

const callSchema = z.string().min(1).max(200);
export const enterInputSchema = z.strictObject({ call: callSchema });
export const leaveInputSchema = z.strictObject({ call: callSchema, isFault: z.boolean() });
export const gateLimitsSchema = z.strictObject({
  concurrencyMax: z.int().min(1).max(1_000),
  faultsMax: z.int().min(1).max(10_000),
  openSeconds: z.int().min(1).max(600),
});
export const configureInputSchema = z.strictObject({
  limits: gateLimitsSchema.optional(),
  /** Who keeps it shut; null: nobody any more. */
  heldBy: z.string().max(200).nullable().optional(),
});

/** One a partner: it alone gives away the right to call it. */
export interface PartnerGateFace {
  enter(input: z.infer<typeof enterInputSchema>): Promise<Entry>;
  leave(input: z.infer<typeof leaveInputSchema>): Promise<void>;
  configure(input: z.infer<typeof configureInputSchema>): Promise<GateView>;
  view(): Promise<GateView>;
}
