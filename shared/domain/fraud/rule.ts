import { z } from 'zod';
import { currencySchema } from '#shared/money/money.ts';
import { SCORE_MAX } from './outcome.ts';
import { SUBJECTS } from './signals.ts';

/** Longest time over which orders are counted. */
export const WINDOW_SECONDS_MAX = 30 * 86_400;
/** Orders of one subject are counted up to here. */
export const COUNT_MAX = 500;

/** What a rule looks for, with its parameters. */
export const conditionSchema = z
  .discriminatedUnion('kind', [
    /** More than `limit` orders within the window. */
    z.strictObject({
      kind: z.literal('velocity'),
      subject: z.enum(SUBJECTS),
      windowSeconds: z.int().min(60).max(WINDOW_SECONDS_MAX),
      limit: z
        .int()
        .min(1)
        .max(COUNT_MAX - 1),
    }),
    /** A total above this, minor units. */
    z.strictObject({ kind: z.literal('amount'), currency: currencySchema, above: z.int().min(0) }),
    z.strictObject({ kind: z.literal('new_account'), youngerThanHours: z.int().min(1).max(8_760) }),
    z.strictObject({ kind: z.literal('disposable_email') }),
    /** Both countries are known and differ. */
    z.strictObject({
      kind: z.literal('country_mismatch'),
      between: z.enum(['card_shipping', 'card_client', 'shipping_client']),
    }),
    /** The payment service's level, or a worse one. */
    z.strictObject({ kind: z.literal('provider_level'), atLeast: z.enum(['elevated', 'highest']) }),
    z.strictObject({ kind: z.literal('provider_score'), atLeast: z.int().min(1).max(100) }),
    /** The payment service has opened a review of its own, or refused in it. */
    z.strictObject({ kind: z.literal('provider_review') }),
    /** The card's issuer takes the payment for fraud. */
    z.strictObject({ kind: z.literal('early_warning') }),
    z.strictObject({ kind: z.literal('card_check_failed'), check: z.enum(['cvc', 'postal_code']) }),
  ])
  .meta({ id: 'FraudCondition' });
export type Condition = z.infer<typeof conditionSchema>;
export type ConditionKind = Condition['kind'];

export const ruleScoreSchema = z.int().min(1).max(SCORE_MAX);
export const ruleReasonSchema = z.string().trim().min(1).max(200);

/** `score` is added when the condition holds; `reason` tells operators, never the customer. */
export interface FraudRule {
  id: string;
  enabled: boolean;
  score: number;
  condition: Condition;
  reason: string;
}
