import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { paymentErrorSchema, type PaymentError } from '#shared/contracts/payments.ts';
import { declineAdvice, PAYMENT_ADVICE } from '#shared/domain/payment-advice.ts';
import { LANGUAGES } from '#shared/domain/locale.ts';
import { PUBLISHED_DECLINE_CODES, PUBLISHED_ERROR_CODES } from '../testing/published-codes.ts';
import { CODE_OUTCOMES } from './stripe-error-codes.ts';
import { toPaymentError } from './stripe-errors.ts';

/** The error the SDK makes of an answer. */
const answered = (
  statusCode: number,
  raw: Record<string, unknown>,
  headers: Record<string, string> = {},
): Stripe.errors.StripeError =>
  Stripe.errors.generateV1Error({
    type: 'invalid_request_error',
    message: 'as the provider words it',
    statusCode,
    headers,
    requestId: 'req_1',
    ...raw,
  } as never);

/** Statuses as https://docs.stripe.com/api/errors gives them for each outcome. */
const STATUS: Record<PaymentError['code'], number> = {
  declined: 402,
  needs_action: 402,
  invalid_state: 400,
  not_found: 404,
  retriable: 409,
  rate_limited: 429,
  misconfigured: 400,
};

describe('the provider’s errors', () => {
  it('has an outcome for every published code and for no other, so that none is met unprepared', () => {
    expect([...CODE_OUTCOMES.keys()].toSorted()).toEqual([...new Set(PUBLISHED_ERROR_CODES)].toSorted());
  });

  it.each(PUBLISHED_ERROR_CODES)('gives %s its outcome', (code) => {
    const outcome = CODE_OUTCOMES.get(code) ?? 'retriable';
    const error = paymentErrorSchema.parse(
      toPaymentError(
        answered(STATUS[outcome], { code, type: outcome === 'declined' ? 'card_error' : undefined }),
      ),
    );
    expect(error.code).toBe(outcome);
    const refused = outcome === 'declined' || outcome === 'needs_action';
    expect(error.customerMessage === null).toBe(!refused);
    expect(error.customerMessage ?? '').not.toContain('as the provider words it');
  });

  it.each<[string, number, Record<string, unknown>, PaymentError['code']]>([
    ['a lock on the object', 429, { code: 'lock_timeout' }, 'retriable'],
    ['a key under way', 409, { code: 'idempotency_key_in_use', type: 'idempotency_error' }, 'retriable'],
    ['a key used for something else', 400, { type: 'idempotency_error' }, 'misconfigured'],
    ['too many requests', 429, { code: 'rate_limit' }, 'rate_limited'],
    ['too many requests, unnamed', 429, {}, 'rate_limited'],
    ['a fault of the provider', 500, { type: 'api_error' }, 'retriable'],
    ['a fault under a code that is a refusal elsewhere', 503, { code: 'card_declined' }, 'retriable'],
    ['a wrong key', 401, {}, 'misconfigured'],
    ['an expired key', 401, { code: 'api_key_expired' }, 'misconfigured'],
    ['a key without the right', 403, { code: 'resource_missing' }, 'misconfigured'],
    ['an unknown object', 404, { code: 'resource_missing' }, 'not_found'],
    [
      'an amount too large to capture',
      400,
      { code: 'amount_too_large', param: 'amount_to_capture' },
      'invalid_state',
    ],
    ['a wrong amount, unnamed', 400, { param: 'amount' }, 'invalid_state'],
    ['an unknown parameter', 400, { code: 'parameter_unknown', param: 'amuont' }, 'misconfigured'],
    ['a new code of a refused card', 402, { code: 'new_code', type: 'card_error' }, 'declined'],
    [
      'a bank that wants the customer',
      402,
      { code: 'authentication_required', type: 'card_error' },
      'needs_action',
    ],
  ])('takes %s for what it is', (_case, status, raw, outcome) => {
    expect(toPaymentError(answered(status, raw)).code).toBe(outcome);
  });

  it('says how long to wait where the provider does, or where it is known', () => {
    const wait = (status: number, raw: object, headers = {}) =>
      toPaymentError(answered(status, { ...raw }, headers)).retryAfterMs;
    expect(wait(429, { code: 'rate_limit' }, { 'retry-after': '7' })).toBe(7_000);
    expect(wait(429, { code: 'rate_limit' })).toBe(2_000);
    expect(wait(429, { code: 'lock_timeout' })).toBe(1_000);
    expect(wait(409, { code: 'idempotency_key_in_use' })).toBe(1_000);
    expect(wait(500, {})).toBeNull();
  });
});

it('what the provider said is told on without a card number, should it ever say one', () => {
  const error = toPaymentError(
    answered(402, { type: 'card_error', message: 'Your card 4242 4242 4242 4242 was declined' }),
  );
  expect(error.message).toContain('Your card [card number] was declined');
});

describe('what a customer reads', () => {
  it('has advice for every published decline code', () => {
    expect(PUBLISHED_DECLINE_CODES.filter((code) => declineAdvice(code) === null)).toEqual([]);
  });

  it.each(['lost_card', 'stolen_card', 'fraudulent', 'pickup_card', 'merchant_blacklist'])(
    'does not tell %s apart from any other refusal',
    (code) => expect(declineAdvice(code)).toBe('another_method'),
  );

  it('is worded in every language', () => {
    for (const texts of Object.values(PAYMENT_ADVICE)) {
      for (const language of LANGUAGES) expect(texts[language].length).toBeGreaterThan(20);
    }
  });

  it('follows the bank’s reason before the code', () => {
    const error = toPaymentError(
      answered(402, { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' }),
    );
    expect(error).toMatchObject({
      declineCode: 'insufficient_funds',
      customerMessage: PAYMENT_ADVICE.insufficient_funds.en,
    });
  });
});
