import { sha256 } from '#shared/crypto/bytes.ts';
import { ok } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { DEVICE_SLOWER_MS } from '../limits.ts';
import { required, type Parameters } from '../parameters.ts';
import type { ProvenClient } from '../queries/clients.ts';
import type { DeviceCodeRow } from '../queries/device-codes.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { withinRoles } from '../scopes.ts';
import { clientSession, clientTokens, commitForClient } from './client-session.ts';
import type { TokenAnswer } from './issue.ts';

const NOT_VALID = refuse('invalid_grant', 'the device code is not known or was used');

/** A device asks whether its user has decided (RFC 8628 §3.4), and gets its tokens once. */
export async function redeemDevice(
  ports: AuthPorts,
  caller: Caller,
  client: ProvenClient,
  { parameters, jkt }: { parameters: Parameters; jkt: string | null },
): Promise<OAuthResult<TokenAnswer>> {
  const sent = required(parameters, 'device_code');
  if (!sent.ok) return sent;
  const now = ports.clock.now();
  const row = await ports.oauth.devices.poll(sha256(sent.value), now, DEVICE_SLOWER_MS);
  if (row === null || row.clientId !== client.id) return NOT_VALID;
  const refusal = notYet(row, now);
  if (refusal !== null) return refusal;
  const account = await ports.accounts.byId(row.accountId ?? '');
  if (account === null) return NOT_VALID;

  const by = { ...row, accountId: account.id };
  const session = clientSession(ports, caller, client, by, jkt);
  const opened = await commitForClient(ports, { client, account }, [
    ports.oauth.devices.expectStatus(row.deviceHash, 'approved', now),
    ports.accounts.expectActive(account.id),
    ports.sessions.expectNotTaken(row.sessionId, account.id),
    ports.oauth.devices.use(row.deviceHash),
    ...ports.sessions.open(session.row),
    audited(ports, caller, {
      action: 'oauth.signed_in',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      detail: { clientId: client.id, sessionId: session.row.id, scope: row.scope, device: true },
    }),
  ]);
  if (opened === null) return NOT_VALID;
  const answer = await clientTokens(ports, {
    ...opened,
    session: session.row,
    scope: withinRoles(row.scope.split(' '), opened.account.roles),
    jkt,
    nonce: null,
    refreshToken: session.token.text,
  });
  return ok(answer);
}

/** Why there is nothing to give, by RFC 8628 §3.5; null: the user agreed. Pure. */
function notYet(row: DeviceCodeRow, now: number) {
  if (row.expiresAt <= now) return refuse('expired_token', 'the code has expired: begin again');
  if (now - row.polledAt < row.intervalMs)
    return refuse('slow_down', 'asked too early: wait five seconds longer');
  switch (row.status) {
    case 'pending':
      return refuse('authorization_pending', 'the user has not decided yet');
    case 'denied':
      return refuse('access_denied', 'the user did not agree');
    case 'used':
      return NOT_VALID;
    case 'approved':
      return null;
  }
}
