import type { Stripe } from 'stripe';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { bookCaptured } from './balance.ts';
import { type ChargeFate, newCharge } from './documents/charge.ts';
import type { MethodOptions } from './documents/intent.ts';
import { newMethod } from './documents/payment-method.ts';
import { docUrl, invalidRequest, noSuch, StripeRefusal } from './errors.ts';
import { accountByNumber, cardByNumber, holdsPossible, methodByToken } from './methods/index.ts';
import { declined } from './methods/make.ts';
import type { Decline, Ending, TestMethod } from './methods/types.ts';
import { chargeOf, type OperationContext } from './operations/context.ts';
import { openReview } from './operations/reviews.ts';
import type { MethodFields } from './parameters/payment-intents.ts';

/** How long a card's hold stands (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method). */
const HOLD_SECONDS = (7 * DAY_MS) / SECOND_MS;

const CHALLENGE_FAILED = declined(
  'payment_intent_authentication_failure',
  null,
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
);
const DEBIT_FAILED = declined(
  'insufficient_funds',
  null,
  'The payment failed after it was sent: the account has insufficient funds.',
);
/** What a test card brings after its capture comes a moment later. */
const AFTERMATH_AFTER_MS = 500;
/** Money captured asynchronously reaches the balance after its capture is told. */
const BOOKED_AFTER_MS = 200;

/** The payment method named by the parameters, made when it is a test token or a typed card; null when none is named. */
export function methodFrom(context: OperationContext, fields: MethodFields): Stripe.PaymentMethod | null {
  const make = (method: TestMethod): Stripe.PaymentMethod => {
    const document = newMethod(method, context.now);
    context.store.put(document, null, method.token);
    return document;
  };
  if (fields.payment_method !== undefined && fields.payment_method !== '') {
    const method = methodByToken(fields.payment_method);
    if (method !== undefined) return make(method);
    const known = context.store.get('payment_method', fields.payment_method);
    if (known === null) throw noSuch('PaymentMethod', fields.payment_method, 'payment_method');
    return known;
  }
  const data = fields.payment_method_data;
  if (data === undefined) return null;
  if (data.type === 'sepa_debit') {
    const account = accountByNumber('sepa_debit', data.sepa_debit?.iban ?? '');
    if (account !== undefined) return make(account);
    throw invalidRequest('The IBAN you provided is invalid.', { code: 'invalid_bank_account_iban' });
  }
  const method =
    data.type === 'card' ? cardByNumber(data.card?.number ?? '') : methodByToken('pm_usBankAccount_success');
  if (method === null || method === undefined) {
    throw new StripeRefusal(402, {
      type: 'card_error',
      code: 'incorrect_number',
      message: 'Your card number is incorrect.',
      param: 'number',
    });
  }
  return make(method);
}

/** Tries to pay. Leaves the intent as the attempt left it; a decline is thrown after it was written down. */
export function attemptPayment(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  returnUrl: string | null,
): Stripe.PaymentIntent {
  const test = testMethodOf(context, method);
  if (intent.capture_method === 'manual' && !holdsPossible(method.type)) {
    throw invalidRequest(
      `The payment method type provided: ${method.type} does not support manual capture of this PaymentIntent.`,
      { code: 'payment_intent_incompatible_payment_method', param: 'payment_method', payment_intent: intent },
    );
  }
  const only = CURRENCY_OF[method.type];
  if (only !== undefined && intent.currency !== only) {
    throw invalidRequest(`The payment method type provided: ${method.type} takes payments in ${only} only.`, {
      code: 'payment_intent_incompatible_payment_method',
      param: 'payment_method',
      payment_intent: intent,
    });
  }
  const { outcome } = test;
  switch (outcome.kind) {
    case 'approved':
      return test.threeDSecure === 'supported' && asksThreeDSecure(intent)
        ? askChallenge(context, intent, method, returnUrl)
        : approve(context, intent, method);
    case 'declined':
      throw declineRefusal(decline(context, intent, method, outcome));
    case 'challenge':
      return askChallenge(context, intent, method, returnUrl);
    case 'delayed':
      return process(context, intent, method, outcome.afterMs);
    case 'transfer':
      throw invalidRequest('Bank transfers need a customer.', { param: 'customer', payment_intent: intent });
  }
}

/** Debits exist in one currency. */
const CURRENCY_OF: Partial<Record<string, string>> = { sepa_debit: 'eur', us_bank_account: 'usd' };

/** The shop wants 3-D Secure wherever the card has it (https://docs.stripe.com/payments/3d-secure/authentication-flow). */
function asksThreeDSecure(intent: Stripe.PaymentIntent): boolean {
  const asked = intent.payment_method_options?.card?.request_three_d_secure;
  return asked === 'any' || asked === 'challenge';
}

export function passChallenge(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  const method = methodOf(context, intent);
  const { outcome } = testMethodOf(context, method);
  return outcome.kind === 'challenge'
    ? end(context, intent, method, outcome.ends, 'challenge')
    : approve(context, intent, method, 'challenge');
}
export function failChallenge(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  return decline(context, intent, methodOf(context, intent), CHALLENGE_FAILED);
}

function end(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  ending: Ending,
  authenticated: ChargeFate['authenticated'] = null,
): Stripe.PaymentIntent {
  return ending.kind === 'approved'
    ? approve(context, intent, method, authenticated)
    : decline(context, intent, method, ending);
}

/** Funds are held until captured: for the whole payment, or for this type of method alone. */
const holdsFunds = (intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): boolean =>
  intent.capture_method === 'manual' ||
  (intent.payment_method_options as MethodOptions | null)?.[method.type]?.capture_method === 'manual';

/**
 * The end of a delayed payment, as its test method ends or as told. A payment that is no longer processing is left alone.
 */
export function settle(
  context: OperationContext,
  intentId: string,
  told: 'approved' | 'failed' | null = null,
): void {
  const intent = context.store.get('payment_intent', intentId);
  if (intent === null || intent.status !== 'processing') return;
  const method = methodOf(context, intent);
  const { outcome } = testMethodOf(context, method);
  const usual: Ending = outcome.kind === 'delayed' ? outcome.ends : { kind: 'approved' };
  if (told === 'approved') approve(context, intent, method);
  else if (told === 'failed')
    decline(context, intent, method, usual.kind === 'declined' ? usual : DEBIT_FAILED);
  else end(context, intent, method, usual);
}

function approve(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  passed: ChargeFate['authenticated'] = null,
): Stripe.PaymentIntent {
  const manual = holdsFunds(intent, method);
  const captureBefore = manual ? context.now + HOLD_SECONDS : null;
  const enrolled = testMethodOf(context, method).threeDSecure;
  const charge = chargeFor(context, intent, method, {
    status: 'succeeded',
    captured: !manual,
    captureBefore,
    failure: null,
    authenticated:
      passed ?? (enrolled === 'not_enrolled' && asksThreeDSecure(intent) ? 'acknowledged' : null),
  });
  const paid: Stripe.PaymentIntent = {
    ...intent,
    status: manual ? 'requires_capture' : 'succeeded',
    amount_capturable: manual ? intent.amount : 0,
    amount_received: manual ? 0 : intent.amount,
    latest_charge: charge.id,
    payment_method: method.id,
    last_payment_error: null,
    next_action: null,
    processing: null,
  };
  context.store.put(charge, intent.id);
  context.store.put(paid);
  if (manual) context.later('expire', intent.id, HOLD_SECONDS * SECOND_MS);
  context.emit('charge.succeeded', manual ? charge : moneyTaken(context, paid, charge, true));
  context.emit(manual ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', paid);
  if (charge.outcome?.type !== 'manual_review') return paid;
  openReview(context, intent.id, 'rule');
  return context.store.get('payment_intent', intent.id) ?? paid;
}

/**
 * Money was taken: it reaches the balance, at once or (`automatic_async`) a moment later, and after the last capture a test
 * card brings what it is known for.
 */
export function moneyTaken(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  last: boolean,
): Stripe.Charge {
  const method = testMethodById(context, charge.payment_method ?? '');
  if (last && method.aftermath !== null) context.later('aftermath', charge.id, AFTERMATH_AFTER_MS);
  if (intent.capture_method !== 'automatic_async') return bookCaptured(context, charge);
  context.later('book', charge.id, BOOKED_AFTER_MS);
  return charge;
}

function decline(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  reason: Decline,
): Stripe.PaymentIntent {
  const { code, message, declineCode } = reason;
  const fate = {
    status: 'failed' as const,
    captured: false,
    captureBefore: null,
    failure: reason,
    authenticated: null,
  };
  const charge = chargeFor(context, intent, method, fate);
  const failed: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_payment_method',
    latest_charge: charge.id,
    payment_method: null,
    next_action: null,
    processing: null,
    last_payment_error: {
      type: 'card_error',
      charge: charge.id,
      code,
      ...(declineCode === null ? {} : { decline_code: declineCode }),
      doc_url: docUrl(code),
      message,
      payment_method: method,
    },
  };
  context.store.put(charge, intent.id);
  context.store.put(failed);
  context.emit('charge.failed', charge);
  context.emit('payment_intent.payment_failed', failed);
  return failed;
}

function declineRefusal(failed: Stripe.PaymentIntent): StripeRefusal {
  const error = failed.last_payment_error;
  return new StripeRefusal(402, {
    type: 'card_error',
    message: error?.message ?? '',
    code: error?.code ?? '',
    ...(error?.decline_code === undefined ? {} : { decline_code: error.decline_code }),
    ...(error?.charge === undefined ? {} : { charge: error.charge }),
    payment_method: error?.payment_method,
    payment_intent: failed,
  });
}

function askChallenge(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  returnUrl: string | null,
): Stripe.PaymentIntent {
  const url = new URL(context.challengeUrl(intent));
  if (returnUrl !== null) url.searchParams.set('return_url', returnUrl);
  const waiting: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_action',
    payment_method: method.id,
    last_payment_error: null,
    next_action: {
      type: 'redirect_to_url',
      redirect_to_url: { url: url.toString(), return_url: returnUrl },
    },
  };
  context.store.put(waiting);
  context.emit('payment_intent.requires_action', waiting);
  return waiting;
}

function process(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  afterMs: number | null,
): Stripe.PaymentIntent {
  const charge = newCharge(
    intent,
    method,
    testMethodOf(context, method),
    { status: 'pending', captured: false, captureBefore: null, failure: null, authenticated: null },
    context.now,
  );
  const processing: Stripe.PaymentIntent = {
    ...intent,
    status: 'processing',
    latest_charge: charge.id,
    payment_method: method.id,
    last_payment_error: null,
    next_action: null,
  };
  context.store.put(charge, intent.id);
  context.store.put(processing);
  context.emit('charge.pending', charge);
  context.emit('payment_intent.processing', processing);
  if (afterMs !== null) context.later('settle', intent.id, afterMs);
  return processing;
}

/** The charge of this attempt: a pending one ends as it now turned out. */
function chargeFor(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  fate: ChargeFate,
): Stripe.Charge {
  const made = newCharge(intent, method, testMethodOf(context, method), fate, context.now);
  const pending = intent.status === 'processing' ? chargeOf(context, intent) : null;
  return pending === null ? made : { ...made, id: pending.id, created: pending.created };
}

function methodOf(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentMethod {
  const id = typeof intent.payment_method === 'string' ? intent.payment_method : '';
  const method = context.store.get('payment_method', id);
  if (method === null) throw noSuch('PaymentMethod', id, 'payment_method');
  return method;
}

/** The test method behind a payment method; anything unknown is a number that is no test card. */
export function testMethodById(context: OperationContext, id: string): TestMethod {
  const known = methodByToken(context.store.labelOf(id) ?? '') ?? methodByToken('pm_card_unknown');
  if (known === undefined) throw new Error('the unknown test card is missing');
  return known;
}
const testMethodOf = (context: OperationContext, method: Stripe.PaymentMethod): TestMethod =>
  testMethodById(context, method.id);
