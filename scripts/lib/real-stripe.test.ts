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
  ])('are refused outside production, and never printed: %j', (environment) => {
    expect(() => realStripe(environment)).toThrow(/^(?!.*51secret).*test key/);
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
