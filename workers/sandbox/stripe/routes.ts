import { Hono, type Context } from 'hono';
import { paymentService, type Env } from '../env.ts';
import { sameText } from '../http-keys.ts';
import type { ApiCall } from './call.ts';
import { StripeRefusal, invalidRequest } from './errors.ts';
import { parseForm, type FormTree } from './form.ts';
import { stripeId } from './ids.ts';
import type { OperationName } from './operations/index.ts';
import { ROUTES } from './route-table.ts';

type Sandbox = { Bindings: Env };
const BODY_BYTES_MAX = 256 * 1024;

/** Stripe's HTTP API: browsers may call it from any origin, as Stripe.js does. */
export const stripeRoutes = new Hono<Sandbox>();

stripeRoutes.use('/v1/*', async (c, next) => {
  if (c.req.method === 'OPTIONS') {
    return c.body(null, 204, {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, DELETE',
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
  const reading = c.req.method === 'GET';
  const text = !reading
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
    idempotencyKey: !reading ? (c.req.header('idempotency-key') ?? null) : null,
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

function refusal(error: StripeRefusal): Response {
  const requestId = stripeId('req', 14);
  const body = { ...error.body, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` };
  return Response.json({ error: body }, { status: error.status, headers: { 'request-id': requestId } });
}
