import type { Context } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '#shared/http/app.ts';
import { oauthErrorSchema } from '#shared/contracts/http/oauth.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../../env.ts';
import { readParameters, type Parameters } from '../parameters.ts';
import { refuse, type OAuthResult, type Refusal } from '../refusal.ts';
import type { TokenRequest } from '../usecases/token.ts';
import { dpopNonce } from '../usecases/possession.ts';
import type { AuthPorts } from '../../ports.ts';

type RouteContext = Context<AppEnv<Env>>;

export const OAUTH_TAG = ['OpenID Connect'];

/** Form of a protocol endpoint, for `createRoute`'s `request`. Parameters nobody knows are ignored (RFC 6749 §3.2). */
export const formBody = (...names: string[]) => ({
  body: {
    content: {
      'application/x-www-form-urlencoded': {
        schema: z.looseObject(Object.fromEntries(names.map((name) => [name, z.string().optional()]))),
      },
    },
  },
});
/** How a client proves itself where it does not by header. */
export const CLIENT_FIELDS = ['client_id', 'client_secret', 'client_assertion_type', 'client_assertion'];

/** Refusals of a protocol endpoint: their form is the protocol's, what stops a request before it is ours. */
export const oauthRefusals = {
  400: json('Refused (RFC 6749 §5.2)', oauthErrorSchema),
  401: json('The client did not prove who it is', oauthErrorSchema),
  ...problems('body-too-large'),
};

/** Of what a client that proves nothing may leave with us. */
export const tooManyRequests = { 429: json('Too many from this address (RFC 9126 §2.3)', oauthErrorSchema) };

export async function formParameters(c: RouteContext): Promise<OAuthResult<Parameters>> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded(;|$)/i.test(type)) {
    return refuse('invalid_request', 'send a form: application/x-www-form-urlencoded');
  }
  return readParameters(await c.req.text());
}

/** A request by a client, with all that may prove it. */
export async function clientRequest(c: RouteContext): Promise<OAuthResult<TokenRequest>> {
  const parameters = await formParameters(c);
  if (!parameters.ok) return parameters;
  const authorization = c.req.header('authorization');
  const proof = c.req.header('dpop');
  const verify = (token: string) => c.get('verifier').verify(token);
  return { ok: true, value: { parameters: parameters.value, authorization, proof, verify } };
}

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** A finished answer: the router knows the types of those alone that it makes itself. */
type Finished = never;

/** The answer of a protocol endpoint, or its refusal as the RFCs give it. */
export function answer<Body>(
  c: RouteContext,
  ports: AuthPorts,
  result: OAuthResult<Body>,
  status = 200,
): Finished {
  // Whoever uses proofs is told the nonce of the next one (RFC 9449 §8.2).
  const nonce = c.req.header('dpop') === undefined ? {} : { 'dpop-nonce': dpopNonce(ports) };
  if (!result.ok) return refusal(result.error, nonce) as Finished;
  const body = result.value === null ? null : JSON.stringify(result.value);
  return new Response(body, {
    status,
    headers: { ...(body === null ? {} : { 'content-type': 'application/json' }), ...NO_STORE, ...nonce },
  }) as Finished;
}

function refusal({ error, description, retryAfter }: Refusal, headers: Record<string, string>): Response {
  const isClient = error === 'invalid_client';
  const challenge = isClient ? { 'www-authenticate': 'Basic realm="oauth"' } : {};
  const later = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  const isTooOften = error === 'temporarily_unavailable';
  return new Response(JSON.stringify({ error, error_description: description }), {
    status: isClient ? 401 : isTooOften ? 429 : 400,
    headers: { 'content-type': 'application/json', ...NO_STORE, ...challenge, ...later, ...headers },
  });
}
