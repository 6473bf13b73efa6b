import { describe, expect, it } from 'vitest';
import { paymentGateway } from '../ports.ts';
import { env } from '../testing.ts';
import { refuseUnfitKey } from './stripe-mode.ts';

describe('a key of the other mode', () => {
  it.each([
    ['sk_live_51secret', 'test'],
    ['rk_live_51secret', 'test'],
    ['sk_test_51secret', 'live'],
    ['rk_test_51secret', 'live'],
    ['nonsense', 'live'],
    ['sk_test_51secret', 'both'],
  ])('is refused, and not told of: %s where payments are %s', (key, mode) => {
    expect(() => refuseUnfitKey(key, mode)).toThrow(/^(?!.*51secret).*PAYMENTS_MODE/);
  });

  it.each([
    ['sk_live_51secret', 'live'],
    ['rk_test_51secret', 'test'],
  ])('%s is taken where payments are %s', (key, mode) => {
    expect(() => refuseUnfitKey(key, mode)).not.toThrow();
  });

  it('keeps the worker from speaking to the provider at all', () => {
    expect(() => paymentGateway({ ...env, STRIPE_SECRET_KEY: 'sk_live_unit' })).toThrow(/real money/);
  });
});
