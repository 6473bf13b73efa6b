import { Hono, type Context } from 'hono';
import { paymentService, type Env } from '../env.ts';
import { sameText } from '../http-keys.ts';
import type { ApiCall } from './call.ts';
import { StripeRefusal, invalidRequest } from './errors.ts';
import { parseForm, type FormTree } from './form.ts';
import { stripeId } from './ids.ts';
import type { OperationName } from './operations/index.ts';

type Sandbox = { Bindings: Env };
const BODY_BYTES_MAX = 256 * 1024;

/** Method and path of each operation; `:id` is the object's. */
const ROUTES: readonly (readonly ['GET' | 'POST', string, OperationName])[] = [
  ['POST', '/v1/payment_intents', 'payment_intents.create'],
  ['GET', '/v1/payment_intents', 'payment_intents.list'],
  ['GET', '/v1/payment_intents/search', 'payment_intents.search'],
  ['GET', '/v1/payment_intents/:id', 'payment_intents.retrieve'],
  ['POST', '/v1/payment_intents/:id', 'payment_intents.update'],
  ['POST', '/v1/payment_intents/:id/confirm', 'payment_intents.confirm'],
  ['POST', '/v1/payment_intents/:id/capture', 'payment_intents.capture'],
  ['POST', '/v1/payment_intents/:id/cancel', 'payment_intents.cancel'],
  ['GET', '/v1/charges', 'charges.list'],
  ['GET', '/v1/charges/:id', 'charges.retrieve'],
  ['POST', '/v1/refunds', 'refunds.create'],
  ['GET', '/v1/refunds', 'refunds.list'],
  ['GET', '/v1/refunds/:id', 'refunds.retrieve'],
  ['GET', '/v1/disputes', 'disputes.list'],
  ['GET', '/v1/disputes/:id', 'disputes.retrieve'],
  ['POST', '/v1/disputes/:id', 'disputes.update'],
  ['POST', '/v1/disputes/:id/close', 'disputes.close'],
  ['GET', '/v1/balance_transactions', 'balance_transactions.list'],
  ['GET', '/v1/balance_transactions/:id', 'balance_transactions.retrieve'],
  ['GET', '/v1/reviews', 'reviews.list'],
  ['GET', '/v1/reviews/:id', 'reviews.retrieve'],
  ['POST', '/v1/reviews/:id/approve', 'reviews.approve'],
  ['GET', '/v1/radar/early_fraud_warnings', 'early_fraud_warnings.list'],
  ['GET', '/v1/radar/early_fraud_warnings/:id', 'early_fraud_warnings.retrieve'],
  ['GET', '/v1/events', 'events.list'],
  ['GET', '/v1/events/:id', 'events.retrieve'],
  ['GET', '/v1/payment_methods/:id', 'payment_methods.retrieve'],
  ['GET', '/v1/customers', 'customers.list'],
  ['POST', '/v1/customers', 'customers.create'],
  ['GET', '/v1/customers/:id', 'customers.retrieve'],
];

/** Stripe's HTTP API: browsers may call it from any origin, as Stripe.js does. */
export const stripeRoutes = new Hono<Sandbox>();

stripeRoutes.use('/v1/*', async (c, next) => {
  if (c.req.method === 'OPTIONS') {
    return c.body(null, 204, {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': c.req.header('access-control-request-headers') ?? '',
      'access-control-max-age': '300',
    });
  }
  await next();
  c.header('access-control-allow-origin', '*');
  return undefined;
});

for (const [method, path, operation] of ROUTES) {
  stripeRoutes.on(method, path, async (c) => {
    try {
      const call = await readCall(c, operation);
      const { status, body, headers } = await paymentService(c.env).call(call);
      return new Response(body, { status, headers: { ...headers, 'content-type': 'application/json' } });
    } catch (error) {
      if (error instanceof StripeRefusal) return refusal(error);
      throw error;
    }
  });
}

stripeRoutes.all('/v1/*', (c) =>
  refusal(
    new StripeRefusal(404, {
      type: 'invalid_request_error',
      message: `Unrecognized request URL (${c.req.method}: ${c.req.path}). This sandbox speaks a part of the API; see workers/sandbox/README.md.`,
    }),
  ),
);

async function readCall(c: Context<Sandbox>, operation: OperationName): Promise<ApiCall> {
  const post = c.req.method === 'POST';
  const text = post
    ? new TextDecoder().decode(await c.req.arrayBuffer())
    : new URL(c.req.url).search.slice(1);
  if (text.length > BODY_BYTES_MAX) throw invalidRequest('The request is too large.');
  const sent = parseForm(text);
  if (sent === null) throw invalidRequest('The request body cannot be read as a form.');
  const { key, ...params } = sent;
  return {
    operation,
    id: c.req.param('id') ?? '',
    params,
    key: keyKind(c.req.header('authorization'), key, c.env.SANDBOX_STRIPE_KEY),
    idempotencyKey: post ? (c.req.header('idempotency-key') ?? null) : null,
    target: `${c.req.method} ${c.req.path}`,
  };
}

/** From `Authorization: Bearer`, HTTP Basic (`curl -u sk_…:`), or the form's `key` as a browser sends it. */
function keyKind(
  header: string | undefined,
  formKey: FormTree[string] | undefined,
  secretKey: string,
): ApiCall['key'] {
  const bearer = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  const basic = /^Basic ([\w+/=]+)$/i.exec(header ?? '')?.[1];
  const key =
    bearer ??
    (basic === undefined ? undefined : decodedUser(basic)) ??
    (typeof formKey === 'string' ? formKey : undefined);
  if (key === undefined) {
    throw new StripeRefusal(401, {
      type: 'invalid_request_error',
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    });
  }
  if (sameText(key, secretKey)) return 'secret';
  if (/^pk_test_\w+$/.test(key)) return 'publishable';
  throw new StripeRefusal(401, {
    type: 'invalid_request_error',
    message: `Invalid API Key provided: ${key.slice(0, 8)}****`,
  });
}

function decodedUser(basic: string): string | undefined {
  try {
    return atob(basic).split(':')[0];
  } catch {
    return undefined;
  }
}

const refusal = (error: StripeRefusal): Response =>
  Response.json(
    { error: error.body },
    { status: error.status, headers: { 'request-id': stripeId('req', 14) } },
  );
