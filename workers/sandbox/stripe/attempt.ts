import type { Stripe } from 'stripe';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { methodByIban, methodByNumber, methodByToken, type CardOutcome, type TestMethod } from './cards.ts';
import { type ChargeFate, type MethodOptions, newCharge, newMethod } from './documents.ts';
import { docUrl, invalidRequest, noSuch, StripeRefusal } from './errors.ts';
import { chargeOf, type OperationContext } from './operations/context.ts';
import type { MethodFields } from './parameters.ts';

/** How long a card's hold stands (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method). */
const HOLD_SECONDS = (7 * DAY_MS) / SECOND_MS;

type Decline = Extract<CardOutcome, { kind: 'declined' }>;

const CHALLENGE_FAILED: Decline = {
  kind: 'declined',
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message:
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
};
const DEBIT_FAILED: Decline = {
  kind: 'declined',
  code: 'payment_method_provider_decline',
  declineCode: 'insufficient_funds',
  message: 'The payment failed after it was sent: insufficient funds.',
};

/** The payment method named by the parameters, made when it is a test token or a typed card; null when none is named. */
export function methodFrom(context: OperationContext, fields: MethodFields): Stripe.PaymentMethod | null {
  const make = (method: TestMethod): Stripe.PaymentMethod => {
    const document = newMethod(method, context.now);
    context.store.put(document);
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
    const account = methodByIban(data.sepa_debit?.iban ?? '');
    if (account !== undefined) return make(account);
    throw invalidRequest('The IBAN you provided is invalid.', { code: 'invalid_bank_account_iban' });
  }
  const method =
    data.type === 'card'
      ? methodByNumber(data.card?.number ?? '')
      : methodByToken('pm_usBankAccount_success');
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
  const test = testMethodOf(method);
  if (intent.capture_method === 'manual' && !test.manualCapture) {
    throw invalidRequest(
      `The payment method type provided: ${method.type} does not support manual capture of this PaymentIntent.`,
      { code: 'payment_intent_incompatible_payment_method', param: 'payment_method', payment_intent: intent },
    );
  }
  if (method.type === 'sepa_debit' && intent.currency !== 'eur') {
    throw invalidRequest('The payment method type provided: sepa_debit takes payments in eur only.', {
      code: 'payment_intent_incompatible_payment_method',
      param: 'payment_method',
      payment_intent: intent,
    });
  }
  const { outcome } = test;
  switch (outcome.kind) {
    case 'approved':
      return approve(context, intent, method);
    case 'declined':
      throw declineRefusal(decline(context, intent, method, outcome));
    case 'challenge':
      return askChallenge(context, intent, method, returnUrl);
    case 'delayed':
      return process(context, intent, method, outcome.afterMs);
  }
}

export function passChallenge(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  return approve(context, intent, methodOf(context, intent));
}
export function failChallenge(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  return decline(context, intent, methodOf(context, intent), CHALLENGE_FAILED);
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
  const { outcome } = testMethodOf(method);
  if ((told ?? (outcome.kind === 'delayed' ? outcome.ends : 'approved')) === 'failed') {
    decline(context, intent, method, DEBIT_FAILED);
  } else {
    approve(context, intent, method);
  }
}

function approve(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  const manual = holdsFunds(intent, method);
  const captureBefore = manual ? context.now + HOLD_SECONDS : null;
  const charge = chargeFor(context, intent, method, {
    status: 'succeeded',
    captured: !manual,
    captureBefore,
    failure: null,
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
  context.emit('charge.succeeded', charge);
  context.emit(manual ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', paid);
  return paid;
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
    failure: { code, message },
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
  afterMs: number,
): Stripe.PaymentIntent {
  const fate = { status: 'pending' as const, captured: false, captureBefore: null, failure: null };
  const charge = newCharge(intent, method, fate, context.now);
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
  context.later('settle', intent.id, afterMs);
  return processing;
}

/** The charge of this attempt: a pending one ends as it now turned out. */
function chargeFor(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  fate: ChargeFate,
): Stripe.Charge {
  const made = newCharge(intent, method, fate, context.now);
  const pending = intent.status === 'processing' ? chargeOf(context, intent) : null;
  return pending === null ? made : { ...made, id: pending.id, created: pending.created };
}

function methodOf(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentMethod {
  const id = typeof intent.payment_method === 'string' ? intent.payment_method : '';
  const method = context.store.get('payment_method', id);
  if (method === null) throw noSuch('PaymentMethod', id, 'payment_method');
  return method;
}

export function testMethodOf(method: Stripe.PaymentMethod): TestMethod {
  const known = methodByToken(method.metadata?.['sandbox_method'] ?? '');
  const typed = known ?? methodByNumber('4000000000000002');
  if (typed === null) throw new Error('the declined test card is missing');
  return typed;
}
