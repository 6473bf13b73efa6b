import { z } from 'zod';

/**
 * What becomes of an order, from mild to severe. `challenge`: the customer must prove to hold the card (3-D Secure);
 * `review`: a person decides; `block`: it is refused.
 */
export const OUTCOMES = ['allow', 'challenge', 'review', 'block'] as const;
export const outcomeSchema = z.enum(OUTCOMES).meta({ id: 'FraudOutcome' });
export type Outcome = z.infer<typeof outcomeSchema>;

export const isAtLeast = (outcome: Outcome, other: Outcome): boolean =>
  OUTCOMES.indexOf(outcome) >= OUTCOMES.indexOf(other);

export const SCORE_MAX = 1_000;
const thresholdSchema = z.int().min(1).max(SCORE_MAX);
/** From which score on; each at least as high as the one before. */
export const thresholdsSchema = z
  .strictObject({ challenge: thresholdSchema, review: thresholdSchema, block: thresholdSchema })
  .refine(({ challenge, review, block }) => challenge <= review && review <= block, {
    message: 'challenge, review and block must not fall',
  })
  .meta({ id: 'FraudThresholds' });
export type Thresholds = z.infer<typeof thresholdsSchema>;

export function outcomeOf(score: number, { challenge, review, block }: Thresholds): Outcome {
  if (score >= block) return 'block';
  if (score >= review) return 'review';
  return score >= challenge ? 'challenge' : 'allow';
}
