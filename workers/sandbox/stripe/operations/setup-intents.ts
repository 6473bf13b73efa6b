import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { newSetup } from '../documents/setup-intent.ts';
import { docUrl, invalidRequest } from '../errors.ts';
import { declined } from '../methods/make.ts';
import type { Decline } from '../methods/types.ts';
import { checkedTypes, savableTypes } from '../method-types.ts';
import type {
  cancelSetupParams,
  confirmSetupParams,
  createSetupParams,
  updateSetupParams,
} from '../parameters/setup-intents.ts';
import { challengeAction } from '../paying/challenge.ts';
import { checkCustomer } from '../paying/check.ts';
import { attach, methodFrom, methodOf, testMethodOf } from '../paying/method.ts';
import { depositsSent, verificationWanted } from '../paying/verification.ts';
import { stripeId } from '../ids.ts';
import { idOf, need, type OperationContext } from './context.ts';
import { setupRefusal } from './payment-methods.ts';
import { checkWayBack, mergedMetadata } from './payment-intents.ts';

const NOT_AUTHENTICATED = declined(
  'setup_intent_authentication_failure',
  null,
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
);

export function createSetup(
  context: OperationContext,
  _id: string,
  input: z.infer<typeof createSetupParams>,
): Stripe.SetupIntent {
  const allowed = checkedTypes(input.allowed_payment_method_types);
  const redirects = input.automatic_payment_methods?.allow_redirects ?? 'always';
  if (input.confirm === true) checkWayBack(redirects, input);
  const setup = newSetup(
    {
      automaticMethods: { enabled: true, allow_redirects: redirects },
      allowedTypes: allowed,
      excludedTypes: input.excluded_payment_method_types ?? null,
      methodTypes: savableTypes(allowed, input.excluded_payment_method_types ?? []),
      customer: customerOf(context, input.customer),
      description: input.description ?? null,
      metadata: mergedMetadata({}, input.metadata),
      usage: input.usage,
    },
    context.now,
  );
  const method = methodFrom(context, input);
  const created: Stripe.SetupIntent =
    method === null ? setup : { ...setup, payment_method: method.id, status: 'requires_confirmation' };
  context.store.put(created);
  context.emit('setup_intent.created', created);
  return input.confirm === true ? attempt(context, created, method, input) : created;
}

export function updateSetup(
  context: OperationContext,
  id: string,
  input: z.infer<typeof updateSetupParams>,
): Stripe.SetupIntent {
  const setup = need(context, 'setup_intent', id);
  const method = methodFrom(context, input);
  const updated: Stripe.SetupIntent = {
    ...setup,
    description: input.description ?? setup.description,
    metadata: mergedMetadata(setup.metadata ?? {}, input.metadata),
    customer: input.customer === undefined ? setup.customer : customerOf(context, input.customer),
    ...(method === null ? {} : { payment_method: method.id, status: 'requires_confirmation' as const }),
  };
  context.store.put(updated);
  return updated;
}

const CONFIRMABLE: ReadonlySet<string> = new Set([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
]);

export function confirmSetup(
  context: OperationContext,
  id: string,
  input: z.infer<typeof confirmSetupParams>,
): Stripe.SetupIntent {
  const setup = need(context, 'setup_intent', id);
  if (!CONFIRMABLE.has(setup.status)) {
    throw invalidRequest(`You cannot confirm this SetupIntent because it has a status of ${setup.status}.`, {
      code: 'setup_intent_unexpected_state',
      setup_intent: setup,
    });
  }
  checkWayBack(setup.automatic_payment_methods?.allow_redirects, input);
  const present = context.store.get('payment_method', idOf(setup.payment_method));
  return attempt(context, setup, methodFrom(context, input) ?? present, input);
}

function attempt(
  context: OperationContext,
  setup: Stripe.SetupIntent,
  method: Stripe.PaymentMethod | null,
  input: { return_url?: string | undefined; use_stripe_sdk?: boolean | undefined },
): Stripe.SetupIntent {
  if (method === null) {
    throw invalidRequest('You cannot confirm this SetupIntent because it is missing a payment method.', {
      code: 'setup_intent_unexpected_state',
      setup_intent: setup,
    });
  }
  if (!setup.payment_method_types.includes(method.type)) {
    throw invalidRequest(`The PaymentMethod provided (${method.type}) is not allowed for this SetupIntent.`, {
      code: 'setup_intent_invalid_parameter',
      param: 'payment_method',
      setup_intent: setup,
    });
  }
  checkCustomer(context, idOf(setup.customer), method);
  const trying = { ...setup, payment_method: method.id };
  if (verificationWanted(context, setup, method)) return askVerification(context, trying, method);
  const { outcome, attachable } = testMethodOf(context, method);
  if (outcome.kind === 'declined' && !attachable) {
    throw setupRefusal(outcome, { setup_intent: fail(context, trying, method, outcome) });
  }
  if (outcome.kind !== 'challenge') return succeedSetup(context, trying, method);
  const manner = { returnUrl: input.return_url ?? null, stripeJs: input.use_stripe_sdk === true };
  const waiting: Stripe.SetupIntent = {
    ...trying,
    status: 'requires_action',
    next_action: challengeAction(context, trying, manner),
  };
  context.store.put(waiting);
  context.emit('setup_intent.requires_action', waiting);
  return waiting;
}

/** The account is kept once the customer has told what small deposits came. */
function askVerification(
  context: OperationContext,
  setup: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
): Stripe.SetupIntent {
  const waiting: Stripe.SetupIntent = {
    ...setup,
    status: 'requires_action',
    next_action: depositsSent(context, setup, method),
  };
  context.store.put(waiting);
  context.emit('setup_intent.requires_action', waiting);
  return waiting;
}

/** The customer passes or fails the bank's question. */
export const endSetupChallenge = (
  context: OperationContext,
  setup: Stripe.SetupIntent,
  passed: boolean,
): Stripe.SetupIntent =>
  passed
    ? succeedSetup(context, setup, methodOf(context, setup))
    : fail(context, setup, methodOf(context, setup), NOT_AUTHENTICATED);

export function succeedSetup(
  context: OperationContext,
  setup: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
): Stripe.SetupIntent {
  const debit = method.type === 'sepa_debit' || method.type === 'us_bank_account';
  const done: Stripe.SetupIntent = {
    ...setup,
    status: 'succeeded',
    next_action: null,
    last_setup_error: null,
    latest_attempt: stripeId('setatt'),
    mandate: debit ? stripeId('mandate') : null,
  };
  context.store.put(done);
  if (setup.customer !== null) attach(context, method, idOf(setup.customer));
  context.emit('setup_intent.succeeded', done);
  return done;
}

function fail(
  context: OperationContext,
  setup: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  { code, declineCode, message }: Decline,
): Stripe.SetupIntent {
  return failSetup(context, setup, {
    type: code === NOT_AUTHENTICATED.code ? 'invalid_request_error' : 'card_error',
    code,
    ...(declineCode === null ? {} : { decline_code: declineCode }),
    doc_url: docUrl(code),
    message,
    payment_method: method,
  });
}

export function failSetup(
  context: OperationContext,
  setup: Stripe.SetupIntent,
  error: Stripe.SetupIntent.LastSetupError,
): Stripe.SetupIntent {
  const failed: Stripe.SetupIntent = {
    ...setup,
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    latest_attempt: stripeId('setatt'),
    last_setup_error: error,
  };
  context.store.put(failed);
  context.emit('setup_intent.setup_failed', failed);
  return failed;
}

export function cancelSetup(
  context: OperationContext,
  id: string,
  input: z.infer<typeof cancelSetupParams>,
): Stripe.SetupIntent {
  const setup = need(context, 'setup_intent', id);
  if (!CONFIRMABLE.has(setup.status)) {
    throw invalidRequest(`You cannot cancel this SetupIntent because it has a status of ${setup.status}.`, {
      code: 'setup_intent_unexpected_state',
      setup_intent: setup,
    });
  }
  const canceled: Stripe.SetupIntent = {
    ...setup,
    status: 'canceled',
    next_action: null,
    cancellation_reason: input.cancellation_reason ?? null,
  };
  context.store.put(canceled);
  context.emit('setup_intent.canceled', canceled);
  return canceled;
}

const customerOf = (context: OperationContext, sent: string | undefined): string | null =>
  sent === undefined || sent === '' ? null : need(context, 'customer', sent).id;
