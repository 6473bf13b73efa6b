import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX_MINOR_UNITS, type Currency, CURRENCY_DECIMALS } from '#shared/money/money.ts';
import { DAY_MS } from '#shared/time/time.ts';
import {
  holdMs,
  methodsFor,
  PAYMENT_METHODS,
  payableLimits,
  paymentMethod,
  settlingMs,
  verifyingMs,
} from './payment-methods.ts';

const CURRENCIES = Object.keys(CURRENCY_DECIMALS) as Currency[];

describe('the table of payment methods', () => {
  it.each(PAYMENT_METHODS.map((row) => [row.method, row] as const))(
    'has a sound row for %s',
    (_method, row) => {
      expect(row.capture === 'manual').toBe(row.holdDays !== null);
      expect(row.settles === 'days').toBe(row.settleDaysMax > 0);
      // What settles later cannot be held, and what is held is there at once.
      expect(row.capture === 'manual' && row.settles === 'days').toBe(false);
      // Only an account that is debited later is verified first.
      expect(row.verifyDaysMax > 0 && row.settles === 'at_once').toBe(false);
      expect(row.source).toMatch(/^https:\/\/docs\.stripe\.com\//);
      for (const bounds of Object.values(row.limits)) {
        expect(bounds.min).toBeGreaterThan(0);
        expect(bounds.max).toBeGreaterThan(bounds.min);
        expect(bounds.max).toBeLessThanOrEqual(AMOUNT_MAX_MINOR_UNITS);
      }
    },
  );

  it('names each method once', () => {
    expect(new Set(PAYMENT_METHODS.map(({ method }) => method)).size).toBe(PAYMENT_METHODS.length);
  });

  it('offers a method for an amount exactly within the bounds of its currency', () => {
    assert(
      property(
        constantFrom(...CURRENCIES),
        integer({ min: 0, max: AMOUNT_MAX_MINOR_UNITS + 1 }),
        (currency, amount) => {
          const { min, max } = payableLimits(currency);
          expect(methodsFor({ amount, currency }).length > 0).toBe(amount >= min && amount <= max);
        },
      ),
    );
  });

  it('leaves out what is too small, too large or foreign', () => {
    const names = (amount: number, currency: Currency) =>
      methodsFor({ amount, currency }).map(({ method }) => method);
    expect(names(0, 'EUR')).toEqual([]);
    expect(names(49, 'EUR')).toEqual([]);
    expect(names(50, 'EUR')).toContain('card');
    expect(names(1_000_001, 'EUR')).not.toContain('sepa_debit');
    expect(names(1_000_000, 'EUR')).toContain('sepa_debit');
    expect(names(2_500, 'USD')).not.toContain('sepa_debit');
    expect(names(AMOUNT_MAX_MINOR_UNITS + 1, 'USD')).toEqual([]);
  });

  it('says how long to wait and how long a hold lasts, also of a method nobody knows', () => {
    expect(settlingMs('sepa_debit')).toBe(20 * DAY_MS);
    expect(settlingMs(null)).toBe(14 * DAY_MS);
    expect(settlingMs('new_method')).toBe(14 * DAY_MS);
    expect(verifyingMs('us_bank_account')).toBe(10 * DAY_MS);
    expect([verifyingMs('card'), verifyingMs(null), verifyingMs('new_method')]).toEqual([0, 0, 0]);
    expect(holdMs('klarna')).toBe(28 * DAY_MS);
    expect(holdMs('sepa_debit')).toBeNull();
    expect(paymentMethod('new_method')).toBeNull();
  });
});
