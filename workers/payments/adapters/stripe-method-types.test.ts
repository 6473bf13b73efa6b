import { describe, expect, it } from 'vitest';
import { PAYMENT_METHODS } from '#shared/domain/payment-methods.ts';
import { UNKNOWN_TYPES, UNSAVABLE_TYPES } from './stripe-method-types.ts';
import { newIntentParams } from './stripe-new-intent.ts';

const input = {
  orderId: 'ord_1',
  orderNumber: 'T-1',
  amount: { amount: 2_500, currency: 'EUR' },
  askedAt: 0,
  captureMode: 'where_possible',
  customerEmail: null,
  idempotencyKey: 'k',
} as const;

describe('what a customer may pay with', () => {
  it('is what the dashboard has switched on, without what the table does not know: vouchers take days', () => {
    const asked = newIntentParams(input);
    expect(asked.automatic_payment_methods).toEqual({ enabled: true });
    for (const voucher of ['oxxo', 'boleto', 'multibanco', 'konbini']) {
      expect(asked.excluded_payment_method_types).toContain(voucher);
    }
    for (const { method } of PAYMENT_METHODS) {
      expect(asked.excluded_payment_method_types).not.toContain(method);
    }
  });

  it('is kept only when it can be charged again', () => {
    expect(UNSAVABLE_TYPES).toEqual(expect.arrayContaining([...UNKNOWN_TYPES, 'paypal', 'klarna', 'ideal']));
    for (const { method } of PAYMENT_METHODS.filter(({ savable }) => savable)) {
      expect(UNSAVABLE_TYPES).not.toContain(method);
    }
  });
});
