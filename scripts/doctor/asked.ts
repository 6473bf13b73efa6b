import { Stripe } from 'stripe';
import type { Finding } from './finding.ts';

/** What the key may not read is no fault of the rest. */
export async function asked<Value>(
  what: string,
  ask: () => Promise<Value>,
): Promise<{ value: Value } | { finding: Finding }> {
  try {
    return { value: await ask() };
  } catch (error) {
    const why = error instanceof Stripe.errors.StripeError ? error.type : 'an unexpected answer';
    return {
      finding: {
        level: 'warning',
        what: `The ${what} could not be read (${why}).`,
        advice: 'Give the key “read” for it.',
      },
    };
  }
}
