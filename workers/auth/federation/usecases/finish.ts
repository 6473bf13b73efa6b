import type { Actor } from '#shared/auth/access-token.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { openWithToken } from '#shared/crypto/sealing.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import type { AuthError } from '../../usecases/errors.ts';
import type { SignedIn } from '../../usecases/open-session.ts';
import type { Asserted, Refusal } from '../asserted.ts';
import { handshakeOf } from '../handshake.ts';
import type { ConnectionRow } from '../queries/connections.ts';
import type { LinkedIdentity } from '../queries/identities.ts';
import type { FederationRequest } from '../queries/requests.ts';
import { arrive } from './arrive.ts';
import { exchangeOf, STATE_PARAMETER } from './exchange.ts';
import { linkIdentity } from './link.ts';
import { openConnection, sealedReturnTo } from './start.ts';

export type Finished = { returnTo: string } & (
  | { status: 'signed_in'; signedIn: SignedIn }
  | { status: 'linked'; linked: LinkedIdentity }
);

/**
 * Takes what the browser brings back from a provider. It counts once, in the browser that began, at the connection it
 * began with; then the provider's word is checked, and leads into an account.
 */
export async function finishFederation(
  ports: AuthPorts,
  caller: Caller,
  visitor: Actor | null,
  input: { connectionId: string; browser: string; parameters: string },
): Promise<Result<Finished, AuthError>> {
  const connection = await openConnection(ports, input.connectionId);
  if (connection === null) return fail({ code: 'not_found' });
  const parameters = new URLSearchParams(input.parameters);
  const state = parameters.get(STATE_PARAMETER[connection.kind]) ?? '';
  const request = await ports.federation.requests.take({
    stateHash: sha256(state),
    connectionId: connection.id,
    browserHash: sha256(input.browser),
    now: ports.clock.now(),
  });
  if (request === null) return fail({ code: 'challenge_spent' });
  const exchange = exchangeOf(ports, connection, handshakeOf(input.browser, state), request.fresh);
  const asserted = await exchange.finish(parameters);
  if (!asserted.ok) return refused(ports, caller, connection, request, asserted.error);
  const returnTo = openWithToken(state, request.returnToSealed, sealedReturnTo(request.stateHash));
  return conclude(ports, caller, visitor, { connection, request, returnTo, asserted: asserted.value });
}

async function conclude(
  ports: AuthPorts,
  caller: Caller,
  visitor: Actor | null,
  proven: { connection: ConnectionRow; request: FederationRequest; returnTo: string; asserted: Asserted },
): Promise<Result<Finished, AuthError>> {
  const { returnTo } = proven;
  const { accountId, sessionId } = proven.request;
  if (accountId !== null && sessionId !== null) {
    const linked = await linkIdentity(ports, caller, visitor, proven);
    return linked.ok ? ok({ status: 'linked', returnTo, linked: linked.value }) : linked;
  }
  const signedIn = await arrive(ports, caller, { ...proven, provenAccountId: accountId });
  return signedIn.ok ? ok({ status: 'signed_in', returnTo, signedIn: signedIn.value }) : signedIn;
}

async function refused(
  ports: AuthPorts,
  caller: Caller,
  { id }: ConnectionRow,
  request: FederationRequest,
  { reason, detail }: Refusal,
) {
  await ports.commit([
    audited(ports, caller, {
      action: 'federation.refused',
      outcome: 'failure',
      actorId: null,
      subject: request.accountId,
      factor: 'federation',
      detail: { connectionId: id, reason },
    }),
  ]);
  return fail({ code: 'provider_refused', reason, detail } as const);
}
