import type { CallContext } from '#shared/contracts/call.ts';
import {
  type CreateWebhookEndpoint,
  ENDPOINTS_MAX,
  type WebhookEndpointWithSecret,
} from '#shared/contracts/http/webhook-endpoints.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Clock } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import type { EndpointRefusal } from '../endpoint-problem.ts';

/**
 * Makes an endpoint once per person and key. The directory decides which endpoint the key means; its object does the
 * rest. A repeat gets the endpoint without its secret, which nobody can read again.
 */
export async function createEndpoint(
  ports: Pick<Ports, 'endpoint' | 'endpoints'> & { clock: Clock },
  call: CallContext,
  input: { actorId: string; key: string; request: CreateWebhookEndpoint },
): Promise<Result<WebhookEndpointWithSecret & { replayed: boolean }, EndpointRefusal>> {
  const { actorId, key, request } = input;
  const { url, eventTypes, description, signing } = request;
  const fingerprint = sha256(JSON.stringify([url, eventTypes, description, signing]));
  const minted = newId('webhookEndpoint');
  const claim = await ports.endpoints.claim({
    keyHash: sha256(`${actorId} ${key}`),
    fingerprint,
    endpointId: minted,
    at: ports.clock.now(),
  });
  if (claim === null) return fail({ code: 'too_many', most: ENDPOINTS_MAX });
  if (claim.fingerprint !== fingerprint) return fail({ code: 'key_reused' });
  const { endpointId } = claim;
  const made = await ports.endpoint(endpointId, (endpoint) =>
    endpoint.create(call, { ...request, endpointId }),
  );
  return made.ok ? ok({ ...made.value, replayed: endpointId !== minted }) : fail(made.error);
}
