import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { sealForToken } from '#shared/crypto/sealing.ts';
import { ok } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { PATHS } from '../endpoints.ts';
import { PUSHED_REQUEST_TTL_MS } from '../limits.ts';
import { isRegistered } from '../redirect-uri.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { authenticateClient } from './authenticate-client.ts';
import { checkedRequest, REQUEST_URI_PREFIX, sealedPushed } from './authorization-request.ts';
import { limitRequests } from './limit-requests.ts';
import { provenKey } from './possession.ts';
import type { TokenRequest } from './token.ts';

/** What proves the client, and is no part of what it asks its user for. */
const CREDENTIALS = new Set(['client_secret', 'client_assertion', 'client_assertion_type']);

/** Takes an authorization request from the client itself, so that no browser can change it (RFC 9126). */
export async function pushRequest(
  ports: AuthPorts,
  caller: Caller,
  request: TokenRequest,
): Promise<OAuthResult<{ request_uri: string; expires_in: number }>> {
  const client = await authenticateClient(ports, request);
  if (!client.ok) return client;
  const jkt = await provenKey(ports, request.proof, PATHS.push);
  if (!jkt.ok) return jkt;
  const { parameters } = request;
  if (parameters.has('request_uri')) return refuse('invalid_request', 'request_uri cannot be pushed');
  if (!isRegistered(parameters.get('redirect_uri') ?? '', client.value)) {
    return refuse('invalid_request', 'redirect_uri is not registered');
  }
  const pushed = new Map([...parameters].filter(([name]) => !CREDENTIALS.has(name)));
  const named = pushed.get('dpop_jkt');
  if (jkt.value !== null) {
    if (named !== undefined && named !== jkt.value) {
      return refuse('invalid_dpop_proof', 'dpop_jkt names another key');
    }
    pushed.set('dpop_jkt', jkt.value);
  }
  const checked = checkedRequest(client.value, pushed, true);
  if (!checked.ok) return checked;
  const limited = await limitRequests(ports, caller, client.value);
  if (!limited.ok) return limited;
  const now = ports.clock.now();
  const reference = randomSecret();
  const requestHash = sha256(reference);
  await ports.oauth.pushed.add({
    requestHash,
    clientId: client.value.id,
    parametersSealed: sealForToken(reference, JSON.stringify([...pushed]), sealedPushed(requestHash)),
    createdAt: now,
    expiresAt: now + PUSHED_REQUEST_TTL_MS,
  });
  return ok({
    request_uri: REQUEST_URI_PREFIX + reference,
    expires_in: PUSHED_REQUEST_TTL_MS / SECOND_MS,
  });
}
