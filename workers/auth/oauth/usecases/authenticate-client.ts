import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { fromBase64, sha256 } from '#shared/crypto/bytes.ts';
import { ok } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts } from '../../ports.ts';
import { PATHS } from '../endpoints.ts';
import { ASSERTION_AGE_SECONDS_MAX } from '../limits.ts';
import type { Parameters } from '../parameters.ts';
import type { KnownClient, ProvenClient } from '../queries/clients.ts';
import { refuse, type OAuthResult } from '../refusal.ts';

/** Signatures of clients' assertions (RFC 7523 §2.2). */
export const ASSERTION_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'PS256', 'RS256'] as const;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface ClientRequest {
  parameters: Parameters;
  /** Header `Authorization`. */
  authorization: string | undefined;
}

interface Claimed {
  id: string;
  secret: string | null;
  assertion: string | null;
}

/**
 * Who asks, proven in the one way the client is registered for (RFC 6749 §2.3); a client that keeps no secret names
 * itself. Unknown, closed and wrong are one answer.
 */
export async function authenticateClient(
  ports: AuthPorts,
  request: ClientRequest,
): Promise<OAuthResult<KnownClient & ProvenClient>> {
  const claimed = claimedClient(request);
  if (!claimed.ok) return claimed;
  const { id, secret, assertion } = claimed.value;
  const client = await ports.oauth.clients.known(id, ports.clock.now());
  if (client === null) return UNKNOWN;
  const proven = { ...client, provenBy: secret === null ? null : sha256(secret) };
  switch (client.authentication) {
    case 'none':
      return secret === null && assertion === null ? ok(proven) : UNKNOWN;
    case 'client_secret':
      return client.secretHashes.includes(proven.provenBy ?? '') ? ok(proven) : UNKNOWN;
    case 'private_key_jwt':
      return assertion !== null && (await isAssertedBy(ports, client, assertion)) ? ok(proven) : UNKNOWN;
  }
}

const UNKNOWN = refuse('invalid_client', 'the client is not known or did not prove who it is');

function claimedClient({ parameters, authorization }: ClientRequest): OAuthResult<Claimed> {
  const named = parameters.get('client_id');
  const secret = parameters.get('client_secret') ?? null;
  const assertion = parameters.get('client_assertion') ?? null;
  const basic = authorization === undefined ? null : readBasic(authorization);
  if (authorization !== undefined && basic === null) return UNKNOWN;
  if ([secret, assertion, basic].filter((way) => way !== null).length > 1) {
    return refuse('invalid_request', 'the client proves who it is in more than one way');
  }
  if (assertion !== null && parameters.get('client_assertion_type') !== ASSERTION_TYPE) {
    return refuse('invalid_request', 'client_assertion_type is not known');
  }
  const id = basic?.id ?? (assertion === null ? named : subjectOf(assertion)) ?? null;
  if (id === null) return refuse('invalid_client', 'the client is not named');
  if (named !== undefined && named !== id) return UNKNOWN;
  return ok({ id, secret: basic?.secret ?? secret, assertion });
}

/** Both halves are form-encoded before they are put together (RFC 6749 §2.3.1). */
function readBasic(authorization: string): { id: string; secret: string } | null {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromBase64(encoded));
    const [id = '', secret = ''] = text
      .split(':')
      .map((half) => decodeURIComponent(half.replaceAll('+', ' ')));
    return { id, secret };
  } catch {
    return null;
  }
}

function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub;
  } catch {
    return undefined;
  }
}

/** Signed with a key the client registered, for us, short-lived, and never seen before (RFC 7523 §3). */
async function isAssertedBy(ports: AuthPorts, client: KnownClient, assertion: string): Promise<boolean> {
  const now = ports.clock.now();
  const keys = createLocalJWKSet(client.jwks ?? { keys: [] });
  const verified = await jwtVerify(assertion, keys, {
    algorithms: [...ASSERTION_ALGORITHMS],
    issuer: client.id,
    subject: client.id,
    audience: [ports.origin, ports.origin + PATHS.token],
    requiredClaims: ['exp', 'jti'],
    currentDate: new Date(now),
    clockTolerance: 5,
  }).catch(() => null);
  const { exp = 0, jti = '' } = verified?.payload ?? {};
  if (verified === null || exp > now / SECOND_MS + ASSERTION_AGE_SECONDS_MAX) return false;
  return ports.oauth.seenIds.isNew(`assertion ${client.id} ${jti}`, (exp + 5) * SECOND_MS);
}
