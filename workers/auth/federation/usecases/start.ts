import type { Actor } from '#shared/auth/access-token.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { sealForToken } from '#shared/crypto/sealing.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { LINKS_PROVIDER } from '../../usecases/proof.ts';
import { limitByAddress } from '../../usecases/limits.ts';
import { handshakeOf } from '../handshake.ts';
import { REQUEST_TTL_MS } from '../limits.ts';
import type { ConnectionRow } from '../queries/connections.ts';
import { exchangeOf } from './exchange.ts';

export interface Start {
  connectionId: string;
  browser: string;
  purpose: 'sign_in' | 'link';
  fresh: boolean;
  /** What `provider_required` gave. */
  challengeId?: string | undefined;
  returnTo: string;
}

/**
 * Begins a sign-in at a provider, or the linking of an identity there to the account that is signed in, freshly. The
 * answer is bound to the browser, this connection and this state; what binds it is kept by the browser alone.
 */
export async function startFederation(
  ports: AuthPorts,
  caller: Caller,
  visitor: Actor | null,
  input: Start,
): Promise<Result<{ location: string }, AuthError>> {
  const limited = await limitByAddress(ports, caller, 'federation.address');
  if (!limited.ok) return limited;
  const connection = await openConnection(ports, input.connectionId);
  if (connection === null) return fail({ code: 'not_found' });
  const linking = input.purpose === 'link' ? await linkingSession(ports, visitor) : ok(null);
  if (!linking.ok) return linking;
  const proven = linking.value === null ? await provenAccount(ports, input) : null;
  const state = randomSecret();
  const stateHash = sha256(state);
  const fresh = input.fresh || input.purpose === 'link' || proven !== null;
  const location = await exchangeOf(ports, connection, handshakeOf(input.browser, state), fresh).begin();
  if (!location.ok) {
    await ports.commit([
      audited(ports, caller, {
        action: 'federation.unavailable',
        outcome: 'failure',
        actorId: null,
        subject: null,
        factor: 'federation',
        detail: { connectionId: connection.id, reason: location.error.reason },
      }),
    ]);
    return fail({ code: 'provider_unavailable', detail: location.error.detail });
  }
  await ports.federation.requests.begin({
    stateHash,
    connectionId: connection.id,
    browserHash: sha256(input.browser),
    accountId: linking.value?.account.id ?? proven,
    sessionId: linking.value?.session.id ?? null,
    fresh,
    returnToSealed: sealForToken(state, input.returnTo, sealedReturnTo(stateHash)),
    expiresAt: ports.clock.now() + REQUEST_TTL_MS,
  });
  return ok({ location: location.value });
}

/**
 * An organisation's connection leads nobody anywhere before one of its domains is proven: the address of its provider is
 * anybody's to write, and a link to us would lead there.
 */
const isOpen = ({ status, organisationId, inForce }: ConnectionRow): boolean =>
  status === 'active' && (organisationId === null || inForce.length > 0);

/** Context in which the page to go back to is sealed under the state, which the browser and the provider hold. */
export const sealedReturnTo = (stateHash: string): string => `federation_requests/${stateHash}/return_to`;

/** The account that was signed in to a moment ago, but for this very provider; null: none. */
async function provenAccount(ports: AuthPorts, { challengeId, connectionId }: Start): Promise<string | null> {
  if (challengeId === undefined) return null;
  const known = await ports.signInChallenges.peek(sha256(challengeId), ports.clock.now());
  const isForIt =
    known?.challenge.connectionId === connectionId && known.challenge.amr.includes(LINKS_PROVIDER);
  return isForIt ? known.account.id : null;
}

export async function openConnection(ports: AuthPorts, id: string): Promise<ConnectionRow | null> {
  const connection = await ports.federation.connections.byId(id, ports.clock.now());
  return connection !== null && isOpen(connection) ? connection : null;
}

/** The session that an identity is linked in: signed in a moment ago, with the second factor where there is one. */
export const linkingSession = async (ports: AuthPorts, visitor: Actor | null) =>
  visitor === null
    ? fail({ code: 'session_ended' } as const)
    : currentSession(ports, visitor, { permission: 'account.secure' });
