import { Stripe } from 'stripe';
import type { Finding } from './finding.ts';

/** Names nothing anybody has: what is asked of it can change nothing. */
const NOBODY = 'tradepost_doctor';

/**
 * What payments need to write (docs/deploy.md), each with a call that is refused for its object once the key's right has
 * been looked at.
 */
const RIGHTS: Readonly<Record<string, (client: Stripe) => Promise<unknown>>> = {
  PaymentIntents: (client) => client.paymentIntents.cancel(`pi_${NOBODY}`),
  'Charges and Refunds': (client) => client.refunds.create({ payment_intent: `pi_${NOBODY}` }),
  SetupIntents: (client) => client.setupIntents.cancel(`seti_${NOBODY}`),
  PaymentMethods: (client) => client.paymentMethods.detach(`pm_${NOBODY}`),
  Customers: (client) => client.customers.update(`cus_${NOBODY}`, { metadata: { doctor: NOBODY } }),
};

/** Whether the key may write all it needs to; a restricted one may read the account and take no payment. */
export async function writeRights(client: Stripe): Promise<Finding[]> {
  const tried = await Promise.all(
    Object.entries(RIGHTS).map(async ([what, call]) => ({ what, right: await rightOf(() => call(client)) })),
  );
  const named = (wanted: Right): string =>
    tried
      .filter(({ right }) => right === wanted)
      .map(({ what }) => what)
      .join(', ');
  const [refused, unknown] = [named('refused'), named('unknown')];
  const found: Finding[] = [];
  if (refused !== '') {
    found.push({
      level: 'fault',
      what: `The key may not write ${refused}.`,
      advice: 'Give the restricted key “write” on it under Developers → API keys.',
    });
  }
  if (unknown !== '') {
    found.push({
      level: 'warning',
      what: `Whether the key may write ${unknown} could not be tried.`,
      advice: 'Ask again in a moment; then status.stripe.com.',
    });
  }
  return found.length > 0 ? found : [{ level: 'ok', what: 'The key may write all that payments need.' }];
}

type Right = 'given' | 'refused' | 'unknown';

async function rightOf(call: () => Promise<unknown>): Promise<Right> {
  try {
    await call();
    return 'unknown';
  } catch (error) {
    if (
      error instanceof Stripe.errors.StripePermissionError ||
      error instanceof Stripe.errors.StripeAuthenticationError
    )
      return 'refused';
    return error instanceof Stripe.errors.StripeInvalidRequestError ? 'given' : 'unknown';
  }
}
