import type { Stripe } from 'stripe';
import { newCharge } from '../documents/charge.ts';
import { StripeRefusal } from '../errors.ts';
import { declined } from '../methods/make.ts';
import type { Ending, TestMethod } from '../methods/types.ts';
import type { OperationContext } from '../operations/context.ts';
import { challengeAction } from './challenge.ts';
import { checkMethod, checkNotToBeKept } from './check.ts';
import { approve, asksThreeDSecure, decline, end } from './ends.ts';
import { methodOf, testMethodOf } from './method.ts';
import { askTransfer, returnTransfers } from './transfer.ts';
import { depositsSent, verificationWanted } from './verification.ts';

const DEBIT_FAILED = declined(
  'insufficient_funds',
  null,
  'The payment failed after it was sent: the account has insufficient funds.',
);
const CUSTOMER_WANTED = declined(
  'authentication_required',
  'authentication_required',
  'Your card was declined. This transaction requires authentication.',
);

export interface Manner {
  returnUrl: string | null;
  /** The customer is not there. */
  offSession: boolean;
  /** Rather a decline than a challenge. */
  refuseChallenge: boolean;
  /** The browser's script deals with what is to be done next. */
  stripeJs: boolean;
}

/** Tries to pay. Leaves the intent as the attempt left it; a decline is thrown after it was written down. */
export function attemptPayment(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  manner: Manner,
): Stripe.PaymentIntent {
  checkMethod(context, intent, method);
  if (manner.offSession) checkNotToBeKept(intent, method);
  const test = testMethodOf(context, method);
  const outcome = outcomeOf(intent, method, test, manner);
  returnTransfers(context, intent);
  if (verificationWanted(context, intent, method)) return askVerification(context, intent, method);
  switch (outcome.kind) {
    case 'approved':
      return approve(context, intent, method);
    case 'declined':
      throw declineRefusal(decline(context, intent, method, outcome));
    case 'challenge':
      if (manner.refuseChallenge) throw declineRefusal(decline(context, intent, method, CUSTOMER_WANTED));
      return askChallenge(context, intent, method, manner);
    case 'delayed':
      return process(context, intent, method, outcome.afterMs);
    case 'transfer':
      return askTransfer(context, intent, method);
  }
}

/** What the test method does in this situation: the shop may want a challenge, the customer may be away. */
function outcomeOf(
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  test: TestMethod,
  { offSession }: Manner,
): TestMethod['outcome'] {
  const { outcome } = test;
  if (offSession) {
    const saved = method.customer !== null;
    if (test.offSession === 'authentication_required') return CUSTOMER_WANTED;
    if (test.offSession === 'approved_when_saved' && !saved) return CUSTOMER_WANTED;
    return outcome.kind === 'challenge' ? outcome.ends : outcome;
  }
  const wanted = test.threeDSecure === 'supported' && asksThreeDSecure(intent);
  return wanted && outcome.kind === 'approved' ? { kind: 'challenge', ends: outcome } : outcome;
}

/** Nothing is debited before the customer has told what small deposits came. */
function askVerification(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  const waiting: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_action',
    payment_method: method.id,
    last_payment_error: null,
    next_action: depositsSent(context, intent, method),
  };
  context.store.put(waiting);
  context.emit('payment_intent.requires_action', waiting);
  return waiting;
}

/** The account is verified: it is debited. */
export function debitVerified(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  const method = methodOf(context, intent);
  const { outcome } = testMethodOf(context, method);
  return process(context, intent, method, outcome.kind === 'delayed' ? outcome.afterMs : 0);
}

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
  manner: Manner,
): Stripe.PaymentIntent {
  const waiting: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_action',
    payment_method: method.id,
    last_payment_error: null,
    next_action: challengeAction(context, intent, manner),
  };
  context.store.put(waiting);
  context.emit('payment_intent.requires_action', waiting);
  return waiting;
}
