import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';

/** Why a webhook was not taken. */
export const REFUSAL_REASONS = ['missing_signature', 'invalid_signature', 'malformed', 'too_large'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** The one object that counts. */
export const REFUSALS_NAME = 'provider';
/** Days that counts are kept. */
export const REFUSALS_KEPT_DAYS = 31;

const minuteSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
export const refusalCountSchema = z.strictObject({
  /** UTC, `2026-11-22T20:45`. */
  minute: minuteSchema,
  reason: z.enum(REFUSAL_REASONS),
  count: z.int().min(1),
});
export type RefusalCount = z.infer<typeof refusalCountSchema>;

export const addRefusalsSchema = z.strictObject({ counts: z.array(refusalCountSchema).max(100) });
/** From one minute up to, and without, another. */
export const readRefusalsSchema = z.strictObject({
  from: minuteSchema,
  to: minuteSchema,
  /** Sums of a minute or of an hour. */
  per: z.enum(['minute', 'hour']),
});
export type AddRefusals = z.infer<typeof addRefusalsSchema>;
export type ReadRefusals = z.infer<typeof readRefusalsSchema>;

/** RPC face of the `WebhookRefusals` object: how many webhooks were refused, minute by minute. */
export interface WebhookRefusalsFace {
  add(call: CallContext, input: AddRefusals): Promise<void>;
  /** Oldest first; `minute` of an hour is its first. */
  read(call: CallContext, input: ReadRefusals): Promise<RefusalCount[]>;
}
