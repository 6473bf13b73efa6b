import type { LocalSecrets } from './local-settings.ts';
import type { WorkerName } from './workers.ts';

/** Origin of Stripe's API. */
export const STRIPE_API = 'https://api.stripe.com';
/** Webhooks cannot reach a laptop: the provider's events are read instead, so often. */
export const RECONCILE_EVERY_SECONDS = 15;

/** What `npm start` is to use instead of the sandbox's payment service. */
export interface RealStripe {
  secretKey: string;
  /** Of `stripe listen`; null: events come by reconciliation alone. */
  webhookSecret: string | null;
  /** Null: the shop's payment page is not offered. */
  publishableKey: string | null;
}

/** Thrown for keys that have no place on a laptop; says nothing of what is in them. */
class UnfitKeyError extends Error {}

/** Keys from the environment; null: none are set, the sandbox stands in. Throws UnfitKeyError. */
export function realStripe(environment: Record<string, string | undefined>): RealStripe | null {
  const {
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRET: webhook,
    STRIPE_PUBLISHABLE_KEY: publishable,
  } = environment;
  for (const [name, key] of Object.entries({
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_PUBLISHABLE_KEY: publishable,
  })) {
    if (/^\s*[srp]k_live_/.test(key ?? ''))
      throw new UnfitKeyError(
        `${name} moves real money. Outside production only test keys are taken: sk_test_…, rk_test_…, pk_test_….`,
      );
  }
  if (secretKey === undefined || secretKey === '') return null;
  if (!/^[sr]k_test_\w+$/.test(secretKey)) {
    throw new UnfitKeyError(
      'STRIPE_SECRET_KEY is no test key: it begins with sk_test_ or rk_test_. See npm run doctor.',
    );
  }
  const webhookSecret = given(webhook);
  const publishableKey = given(publishable);
  // It stands in the payment page: a secret key there would be every visitor's.
  if (publishableKey !== null && !/^pk_test_\w+$/.test(publishableKey)) {
    throw new UnfitKeyError(
      'STRIPE_PUBLISHABLE_KEY is no publishable test key, and every visitor could read it: it begins with pk_test_. See npm run doctor.',
    );
  }
  if (webhookSecret !== null && !/^whsec_\S+$/.test(webhookSecret)) {
    throw new UnfitKeyError(
      'STRIPE_WEBHOOK_SECRET is no signing secret (the one stripe listen prints for a test key): it begins with whsec_. See npm run doctor.',
    );
  }
  return { secretKey, webhookSecret, publishableKey };
}

/** The same from this process's environment; ends the command where they are unfit. */
export function realStripeHere(): RealStripe | null {
  try {
    return realStripe(process.env);
  } catch (error) {
    if (!(error instanceof UnfitKeyError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

const given = (value: string | undefined): string | null =>
  value === undefined || value === '' ? null : value;

/** Over the settings of a laptop, by worker. */
export const realStripeOverrides = (
  real: RealStripe,
  secrets: LocalSecrets,
): Partial<Record<WorkerName, Record<string, string>>> => ({
  payments: {
    STRIPE_API_BASE: STRIPE_API,
    STRIPE_SECRET_KEY: real.secretKey,
    STRIPE_WEBHOOK_SECRET: real.webhookSecret ?? secrets.stripeWebhookSecret,
    // As in a test account (https://docs.stripe.com/rate-limits).
    STRIPE_REQUESTS_PER_SECOND: '20',
    STRIPE_OPERATION_REQUESTS_PER_SECOND: '20',
    RECONCILE_EVERY_SECONDS: String(RECONCILE_EVERY_SECONDS),
  },
  gateway: {
    PAYMENT_PUBLISHABLE: real.publishableKey ?? '',
    PAYMENT_SCRIPT_ORIGIN: 'https://js.stripe.com',
    PAYMENT_API_ORIGIN: STRIPE_API,
    PAYMENT_FRAME_ORIGIN: 'https://hooks.stripe.com',
    PAYMENT_DOMAIN_FILE: 'https://stripe.com/files/apple-pay/apple-developer-merchantid-domain-association',
    PAYMENT_PAGE_URL: '',
  },
});
