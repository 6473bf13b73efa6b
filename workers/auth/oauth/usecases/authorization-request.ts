import { ok } from '#shared/domain/result.ts';
import { openWithToken } from '#shared/crypto/sealing.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import type { AuthPorts } from '../../ports.ts';
import { GRANTS } from '../endpoints.ts';
import { readParameters, type Parameters } from '../parameters.ts';
import { isRegistered } from '../redirect-uri.ts';
import type { ClientRow } from '../queries/clients.ts';
import type { PushedRequestRow } from '../queries/pushed-requests.ts';
import { refuse, type OAuthResult, type Refusal } from '../refusal.ts';
import { readScope } from '../scopes.ts';

export const REQUEST_URI_PREFIX = 'urn:ietf:params:oauth:request_uri:';
const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const;
type Prompt = (typeof PROMPTS)[number];

/** What an application asks its user for, checked. */
export interface AuthorizationRequest {
  redirectUri: string;
  state: string | undefined;
  scope: string[];
  nonce: string | null;
  challenge: string;
  dpopJkt: string | null;
  prompts: ReadonlySet<Prompt>;
  /** Seconds since the sign-in, at most. */
  maxAge: number | null;
  acrValues: string[];
  loginHint: string | null;
}

/** Where a refusal of the rest may be sent: the address is registered. */
export interface Addressed {
  client: ClientRow;
  redirectUri: string;
  state: string | undefined;
  parameters: Parameters;
  pushed: PushedRequestRow | null;
}

/**
 * Whose request it is and where the answer goes. Until both are known to belong together nothing is ever sent there
 * (RFC 6749 §4.1.2.1): these refusals are for the customer to read.
 */
export async function addressed(ports: AuthPorts, query: string): Promise<OAuthResult<Addressed>> {
  const sent = readParameters(query);
  if (!sent.ok) return sent;
  const clientId = sent.value.get('client_id');
  const client = clientId === undefined ? null : await ports.oauth.clients.byId(clientId);
  if (client === null || client.status !== 'active') {
    return refuse('invalid_client', 'This application is not known here.');
  }
  const requestUri = sent.value.get('request_uri');
  const pushed = requestUri === undefined ? null : await pushedRequest(ports, client, requestUri);
  if (pushed?.ok === false) return pushed;
  const parameters = pushed === null ? sent.value : pushed.value.parameters;
  const redirectUri = parameters.get('redirect_uri') ?? '';
  if (!isRegistered(redirectUri, client)) {
    return refuse(
      'invalid_request',
      'The address to go back to is not one that this application registered.',
    );
  }
  const state = parameters.get('state');
  return ok({ client, redirectUri, state, parameters, pushed: pushed?.value.row ?? null });
}

/** Context in which a pushed request is sealed under its reference. */
export const sealedPushed = (requestHash: string): string =>
  `oauth_pushed_requests/${requestHash}/parameters`;

async function pushedRequest(
  ports: AuthPorts,
  client: ClientRow,
  requestUri: string,
): Promise<OAuthResult<{ row: PushedRequestRow; parameters: Parameters }>> {
  const reference = requestUri.startsWith(REQUEST_URI_PREFIX)
    ? requestUri.slice(REQUEST_URI_PREFIX.length)
    : '';
  const row = await ports.oauth.pushed.alive(sha256(reference), ports.clock.now());
  if (row === null || row.clientId !== client.id) {
    return refuse(
      'invalid_request_uri',
      'This request was used or has expired. Go back to the application and begin again.',
    );
  }
  const text = openWithToken(reference, row.parametersSealed, sealedPushed(row.requestHash));
  return ok({ row, parameters: new Map(JSON.parse(text) as [string, string][]) });
}

/** All else that must be right. Pure. */
export function checkedRequest(
  client: ClientRow,
  parameters: Parameters,
  isPushed: boolean,
): OAuthResult<AuthorizationRequest> {
  const fault = faultOf(client, parameters, isPushed);
  if (fault !== null) return { ok: false, error: fault };
  const scope = readScope(parameters.get('scope'), client.scopes);
  if (!scope.ok) return scope;
  const prompts = new Set(parameters.get('prompt')?.split(' ') as Prompt[] | undefined);
  const maxAge = parameters.get('max_age');
  return ok({
    redirectUri: parameters.get('redirect_uri') ?? '',
    state: parameters.get('state'),
    scope: scope.value,
    nonce: parameters.get('nonce') ?? null,
    challenge: parameters.get('code_challenge') ?? '',
    dpopJkt: parameters.get('dpop_jkt') ?? null,
    prompts,
    maxAge: maxAge === undefined ? null : Number(maxAge),
    acrValues: parameters.get('acr_values')?.split(' ') ?? [],
    loginHint: parameters.get('login_hint') ?? null,
  });
}

function faultOf(client: ClientRow, parameters: Parameters, isPushed: boolean): Refusal | null {
  const invalid = (description: string): Refusal => ({ error: 'invalid_request', description });
  const get = (name: string) => parameters.get(name);
  if (get('request') !== undefined) {
    return { error: 'request_not_supported', description: 'request objects are not read' };
  }
  if (get('response_type') === undefined) return invalid('response_type is missing');
  if (get('response_type') !== 'code') {
    return { error: 'unsupported_response_type', description: 'only code is answered' };
  }
  if (!client.grants.includes(GRANTS.code)) {
    return { error: 'unauthorized_client', description: 'the client is not registered for codes' };
  }
  if ((get('response_mode') ?? 'query') !== 'query') return invalid('response_mode must be query');
  if (client.requirePushed && !isPushed) return invalid('this client must push its requests (RFC 9126)');
  if (get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(get('code_challenge') ?? '')) {
    return invalid('code_challenge with code_challenge_method S256 is demanded (RFC 7636)');
  }
  const prompts = get('prompt')?.split(' ') ?? [];
  if (!prompts.every((prompt) => (PROMPTS as readonly string[]).includes(prompt))) {
    return invalid('prompt is not known');
  }
  if (prompts.includes('none') && prompts.length > 1) return invalid('prompt none stands alone');
  if (!/^\d{1,9}$/.test(get('max_age') ?? '0')) return invalid('max_age must be whole seconds');
  if (!/^[\w-]{43}$/.test(get('dpop_jkt') ?? 'x'.repeat(43))) return invalid('dpop_jkt is no thumbprint');
  return null;
}
