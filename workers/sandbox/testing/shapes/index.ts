import { Stripe } from 'stripe';
import { z } from 'zod';
import { cashBalance, cashTransaction, customer, paymentMethod, setupIntent } from './customers.ts';
import { head, livemode, text } from './parts.ts';
import { balanceTransaction, charge, paymentIntent, refund } from './payments.ts';
import { dispute, fraudWarning, review } from './trouble.ts';

/**
 * What every answer and every webhook must look like: required members, their types and nothing else, as the published
 * schemas of the pinned API version have them, in our own words. See `npm run sandbox:conform` for a comparison with those.
 */
const OBJECTS: Partial<Record<string, z.ZodType>> = {
  payment_intent: paymentIntent,
  charge,
  refund,
  balance_transaction: balanceTransaction,
  dispute,
  review,
  'radar.early_fraud_warning': fraudWarning,
  customer,
  payment_method: paymentMethod,
  setup_intent: setupIntent,
  cash_balance: cashBalance,
  customer_cash_balance_transaction: cashTransaction,
  account: z.looseObject({ id: text, charges_enabled: z.boolean(), requirements: z.looseObject({}) }),
  webhook_endpoint: z.looseObject({ id: text, url: z.url(), enabled_events: z.array(text), status: text }),
  payment_method_configuration: z.looseObject({ id: text, active: z.boolean(), is_default: z.boolean() }),
};

const event = z.strictObject({
  ...head('event', 'evt'),
  api_version: z.literal(Stripe.API_VERSION),
  data: z.strictObject({ object: z.unknown(), previous_attributes: z.looseObject({}).optional() }),
  livemode,
  pending_webhooks: z.int().min(0),
  request: z.strictObject({ id: z.string().nullable(), idempotency_key: z.string().nullable() }),
  type: text,
});
const page = z.looseObject({ url: text, has_more: z.boolean(), data: z.array(z.unknown()) });
const error = z.strictObject({
  error: z.strictObject({
    type: z.enum(['api_error', 'card_error', 'idempotency_error', 'invalid_request_error']),
    message: text,
    charge: text.optional(),
    code: text.optional(),
    decline_code: text.optional(),
    doc_url: z.url().optional(),
    param: text.optional(),
    payment_intent: z.unknown().optional(),
    payment_method: z.unknown().optional(),
    request_log_url: z.url().optional(),
    setup_intent: z.unknown().optional(),
  }),
});

/** Everything that is wrong with an answer of the API, with what is in it; empty when it is as it should be. */
export function shapeFaults(answer: unknown, at = 'answer'): string[] {
  if (answer === null || typeof answer !== 'object') return [];
  if ('error' in answer) {
    return [...issues(error, answer, at), ...members((answer as { error: object }).error, `${at}.error`)];
  }
  const name = 'object' in answer && typeof answer.object === 'string' ? answer.object : '';
  const shape = name === 'list' || name === 'search_result' ? page : name === 'event' ? event : OBJECTS[name];
  const own = shape === undefined ? [`${at}: no shape for “${name}”`] : issues(shape, answer, at);
  return [...own, ...members(answer, at)];
}

/** Objects within: expanded ones, items of lists, what an event or an error is about. */
function members(node: object, at: string): string[] {
  return Object.entries(node).flatMap(([name, value]) => {
    const place = `${at}.${name}`;
    if (value === null || typeof value !== 'object') return [];
    if (Array.isArray(value))
      return value.flatMap((item: unknown, index) => within(item, `${place}[${index}]`));
    return within(value, place);
  });
}
function within(value: unknown, at: string): string[] {
  if (value === null || typeof value !== 'object') return [];
  return 'object' in value && typeof value.object === 'string' ? shapeFaults(value, at) : members(value, at);
}

const issues = (shape: z.ZodType, answer: unknown, at: string): string[] =>
  (shape.safeParse(answer).error?.issues ?? []).map(
    ({ path, message }) => `${at}.${path.join('.')}: ${message}`,
  );
