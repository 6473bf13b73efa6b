import { Stripe } from 'stripe';
import type { ApiAnswer, ApiCall } from './call.ts';
import { StripeRefusal, invalidRequest } from './errors.ts';
import { expanded } from './expand.ts';
import type { FormTree } from './form.ts';
import type { OperationContext } from './operations/context.ts';
import { refundsOf } from './operations/lists.ts';
import { OPERATIONS, type OperationName } from './operations/index.ts';
import type { Prepared } from './operations/operation.ts';
import type { StripeStore } from './storage.ts';

const PUBLISHABLE: ReadonlySet<OperationName> = new Set<OperationName>([
  'payment_intents.retrieve',
  'payment_intents.confirm',
  'payment_intents.verify',
  'setup_intents.retrieve',
  'setup_intents.confirm',
  'setup_intents.verify',
  'payment_methods.create',
]);
const KEY_LENGTH_MAX = 255;

/**
 * Answers one request. Parameters are checked first and such a refusal is not remembered; from then on the outcome,
 * good or bad, belongs to the idempotency key (https://docs.stripe.com/api/idempotent_requests).
 */
export function answerTo(
  call: ApiCall,
  store: StripeStore,
  context: OperationContext,
  requestId: string,
): ApiAnswer {
  try {
    return remembered(call, store, prepare(call, store), context, requestId);
  } catch (error) {
    if (error instanceof StripeRefusal) return refusalAnswer(error, requestId, call.idempotencyKey);
    throw error;
  }
}

function prepare(call: ApiCall, store: StripeStore): Prepared {
  if (call.key === 'publishable') checkClientSecret(call, store);
  if ((call.idempotencyKey ?? '').length > KEY_LENGTH_MAX) {
    throw invalidRequest(`Idempotency keys may be at most ${KEY_LENGTH_MAX} characters long.`);
  }
  return OPERATIONS[call.operation](call.id, call.params);
}

function remembered(
  call: ApiCall,
  store: StripeStore,
  prepared: Prepared,
  context: OperationContext,
  requestId: string,
): ApiAnswer {
  const key = call.idempotencyKey;
  const fingerprint = `${call.target}\n${JSON.stringify(call.params)}`;
  const seen = key === null ? null : store.seenKey(key, context.now * 1000);
  if (key === null) return run(prepared, store, context, requestId, null, call.key);
  if (seen === null) {
    const answer = run(prepared, store, context, requestId, key, call.key);
    store.rememberKey(key, { fingerprint, ...answer, requestId }, context.now * 1000);
    return answer;
  }
  if (seen.fingerprint !== fingerprint) {
    throw new StripeRefusal(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }
  return {
    status: seen.status,
    body: seen.body,
    headers: {
      ...baseHeaders(requestId, key),
      'idempotent-replayed': 'true',
      'original-request': seen.requestId,
    },
  };
}

function run(
  prepared: Prepared,
  store: StripeStore,
  context: OperationContext,
  requestId: string,
  key: string | null,
  access: ApiCall['key'],
): ApiAnswer {
  try {
    const result = prepared.run(context);
    const document = expanded(result, prepared.expand, {
      object: (id) => store.find(id),
      refunds: (charge) => refundsOf(context, charge),
    }) as Record<string, unknown>;
    const shown = access === 'secret' ? document : { ...document, metadata: undefined };
    return { status: 200, body: JSON.stringify(shown), headers: baseHeaders(requestId, key) };
  } catch (error) {
    if (error instanceof StripeRefusal) return refusalAnswer(error, requestId, key);
    throw error;
  }
}

function checkClientSecret(call: ApiCall, store: StripeStore): void {
  if (!PUBLISHABLE.has(call.operation)) {
    throw new StripeRefusal(403, {
      type: 'invalid_request_error',
      code: 'secret_key_required',
      message: 'This API call cannot be made with a publishable API key. Please use a secret API key.',
    });
  }
  const setup = call.operation.startsWith('setup_intents.');
  const intent = store.get(setup ? 'setup_intent' : 'payment_intent', call.id);
  if (intent !== null && intent.client_secret !== call.params['client_secret']) {
    throw invalidRequest(
      `The client_secret provided does not match the client_secret associated with this ${setup ? 'SetupIntent' : 'PaymentIntent'}.`,
      {
        code: setup ? 'setup_intent_invalid_parameter' : 'payment_intent_invalid_parameter',
        param: 'client_secret',
      },
    );
  }
}

const refusalAnswer = (refusal: StripeRefusal, requestId: string, key: string | null): ApiAnswer => ({
  status: refusal.status,
  body: JSON.stringify({
    error: { ...refusal.body, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` },
  }),
  headers: baseHeaders(requestId, key),
});

const baseHeaders = (requestId: string, key: string | null): Record<string, string> => ({
  'request-id': requestId,
  'stripe-version': Stripe.API_VERSION,
  ...(key === null ? {} : { 'idempotency-key': key, 'original-request': requestId }),
});

/** What a fault switch may name: the operation, the payment, and everything in its metadata. */
export function labelsOf(call: ApiCall, store: StripeStore): string[] {
  const sentIntent = call.params['payment_intent'];
  const id = call.id === '' && typeof sentIntent === 'string' ? sentIntent : call.id;
  const intent = id === '' ? null : store.get('payment_intent', id);
  const sent = call.params['metadata'] as FormTree | undefined;
  const values = [...Object.values(intent?.metadata ?? {}), ...Object.values(sent ?? {})];
  const names = [call.params['customer'], call.params['payment_method']];
  return [call.operation, id, ...[...values, ...names].filter((value) => typeof value === 'string')];
}
