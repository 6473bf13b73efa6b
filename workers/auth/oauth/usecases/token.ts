import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { GRANT_TYPES, GRANTS, PATHS } from '../endpoints.ts';
import { required, type Parameters } from '../parameters.ts';
import type { ProvenClient } from '../queries/clients.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { authenticateClient, type ClientRequest } from './authenticate-client.ts';
import type { TokenAnswer } from './issue.ts';
import { provenKey } from './possession.ts';
import { redeemCode } from './redeem-code.ts';
import { redeemDevice } from './redeem-device.ts';
import { refreshTokens } from './refresh-tokens.ts';
import { serviceTokens } from './service-tokens.ts';
import { viewAs, type Verify } from './view-as.ts';

export interface TokenRequest extends ClientRequest {
  /** Header `DPoP`. */
  proof: string | undefined;
  /** For tokens within the form. */
  verify: Verify;
}
type Grant = (
  ports: AuthPorts,
  caller: Caller,
  client: ProvenClient,
  request: { parameters: Parameters; jkt: string | null },
) => Promise<OAuthResult<TokenAnswer>>;

const BY_TYPE: Partial<Record<string, Grant>> = {
  [GRANTS.code]: redeemCode,
  [GRANTS.refresh]: refreshTokens,
  [GRANTS.service]: serviceTokens,
  [GRANTS.device]: redeemDevice,
};

/** The token endpoint: who asks, in which way, with which key (RFC 6749 §3.2). */
export async function token(
  ports: AuthPorts,
  caller: Caller,
  request: TokenRequest,
): Promise<OAuthResult<TokenAnswer>> {
  const type = required(request.parameters, 'grant_type');
  if (!type.ok) return type;
  if (type.value === GRANTS.exchange) return viewAs(ports, caller, request.parameters, request.verify);
  const client = await authenticateClient(ports, request);
  if (!client.ok) return auditFailure(ports, caller, request.parameters.get('client_id') ?? null, client);
  const grant = BY_TYPE[type.value];
  if (grant === undefined) {
    return GRANT_TYPES.some((known) => known === type.value)
      ? refuse('unauthorized_client', 'this way to a token is not offered')
      : refuse('unsupported_grant_type', 'this way to a token is not known');
  }
  if (!client.value.grants.includes(type.value)) {
    return refuse('unauthorized_client', 'the client is not registered for this way to a token');
  }
  const jkt = await provenKey(ports, request.proof, PATHS.token);
  if (!jkt.ok) return jkt;
  if (jkt.value === null && client.value.requireDpop) {
    return refuse('invalid_dpop_proof', 'this client must prove possession of a key');
  }
  return grant(ports, caller, client.value, { parameters: request.parameters, jkt: jkt.value });
}

async function auditFailure<Failure>(
  ports: AuthPorts,
  caller: Caller,
  clientId: string | null,
  failure: Failure,
): Promise<Failure> {
  await ports.commit([
    audited(ports, caller, {
      action: 'oauth.client_refused',
      outcome: 'failure',
      actorId: null,
      subject: null,
      detail: { clientId: clientId?.slice(0, 50) ?? null },
    }),
  ]);
  return failure;
}
