import { describe, expect, it } from 'vitest';
import { newSecrets } from './local-settings.ts';
import { realStripe, realStripeOverrides } from './real-stripe.ts';

describe('keys in the environment of npm start', () => {
  it('none: the sandbox stands in', () => {
    expect(realStripe({})).toBeNull();
  });

  it.each([
    { STRIPE_SECRET_KEY: 'sk_live_51secret' },
    { STRIPE_SECRET_KEY: 'rk_live_51secret' },
    { STRIPE_SECRET_KEY: 'pk_test_51secret' },
    { STRIPE_SECRET_KEY: 'sk_test_51', STRIPE_PUBLISHABLE_KEY: 'pk_live_51secret' },
    { STRIPE_SECRET_KEY: 'whatever' },
    { STRIPE_SECRET_KEY: 'sk_test_51', STRIPE_PUBLISHABLE_KEY: 'sk_test_51secret' },
    { STRIPE_SECRET_KEY: 'sk_test_51', STRIPE_PUBLISHABLE_KEY: 'rk_live_51secret' },
    { STRIPE_SECRET_KEY: 'sk_test_51', STRIPE_PUBLISHABLE_KEY: ' pk_live_51secret' },
    { STRIPE_SECRET_KEY: 'sk_test_51', STRIPE_WEBHOOK_SECRET: 'sk_test_51secret' },
  ])('are refused outside production, and never printed: %j', (environment) => {
    expect(() => realStripe(environment)).toThrow(/^(?!.*51secret).*test key/);
  });

  it('an empty publishable key or webhook secret is none', () => {
    expect(
      realStripe({ STRIPE_SECRET_KEY: 'sk_test_51', STRIPE_PUBLISHABLE_KEY: '', STRIPE_WEBHOOK_SECRET: '' }),
    ).toEqual({ secretKey: 'sk_test_51', webhookSecret: null, publishableKey: null });
  });

  it('a test key goes to Stripe itself, and no variable points at the sandbox any more', () => {
    const real = realStripe({ STRIPE_SECRET_KEY: 'sk_test_51', STRIPE_PUBLISHABLE_KEY: 'pk_test_51' });
    if (real === null) throw new Error('there is a key');
    const { payments, gateway } = realStripeOverrides(real, newSecrets());
    expect(payments).toMatchObject({
      STRIPE_API_BASE: 'https://api.stripe.com',
      STRIPE_SECRET_KEY: 'sk_test_51',
    });
    expect(gateway).toMatchObject({ PAYMENT_PUBLISHABLE: 'pk_test_51', PAYMENT_PAGE_URL: '' });
  });
});
