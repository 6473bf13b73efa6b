import type { Actor } from '#shared/auth/access-token.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { LiveSession } from '../../queries/sessions.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { limitByAddress, limitKey } from '../../usecases/limits.ts';
import { GRANTS, PATHS } from '../endpoints.ts';
import { DEVICE_CODE_TTL_MS, DEVICE_INTERVAL_MS } from '../limits.ts';
import type { DeviceCodeRow } from '../queries/device-codes.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { readScope, scopeText, withinRoles } from '../scopes.ts';
import { newUserCode, typedCode } from '../user-code.ts';
import { authenticateClient, type ClientRequest } from './authenticate-client.ts';
import type { Decision } from './authorize.ts';
import { limitRequests } from './limit-requests.ts';

/** Begins a sign-in on a device without a keyboard (RFC 8628 §3.1): its user types a code elsewhere. */
export async function startDevice(ports: AuthPorts, caller: Caller, request: ClientRequest) {
  const client = await authenticateClient(ports, request);
  if (!client.ok) return client;
  if (!client.value.grants.includes(GRANTS.device)) {
    return refuse('unauthorized_client', 'the client is not registered for devices');
  }
  const scope = readScope(request.parameters.get('scope'), client.value.scopes);
  if (!scope.ok) return scope;
  const limited = await limitRequests(ports, caller, client.value);
  if (!limited.ok) return limited;
  const [deviceCode, userCode] = [randomSecret(), newUserCode()];
  await ports.oauth.devices.add({
    deviceHash: sha256(deviceCode),
    userCodeHash: sha256(typedCode(userCode)),
    clientId: client.value.id,
    scope: scope.value.join(' '),
    status: 'pending',
    accountId: null,
    amr: [],
    acr: '',
    authTime: 0,
    sessionId: null,
    intervalMs: DEVICE_INTERVAL_MS,
    polledAt: 0,
    expiresAt: ports.clock.now() + DEVICE_CODE_TTL_MS,
  });
  const address = ports.origin + PATHS.device;
  return ok({
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: address,
    verification_uri_complete: `${address}?user_code=${userCode}`,
    expires_in: DEVICE_CODE_TTL_MS / SECOND_MS,
    interval: DEVICE_INTERVAL_MS / SECOND_MS,
  }) satisfies OAuthResult<object>;
}

export interface DeviceRequest {
  application: string;
  account: string;
  scopes: { name: string; text: string }[];
}

/** What a device asks for, for the customer to see before they decide. Guesses are counted (RFC 8628 §5.1). */
export async function readDevice(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  userCode: string,
): Promise<Result<DeviceRequest, AuthError>> {
  const found = await typedDevice(ports, caller, actor, userCode);
  if (!found.ok) return found;
  const { row, live } = found.value;
  const client = await ports.oauth.clients.byId(row.clientId);
  const scopes = withinRoles(row.scope.split(' '), live.account.roles);
  return ok({
    application: client?.name ?? '',
    account: openEmail(ports, live.account),
    scopes: scopes.map((name) => ({ name, text: scopeText(name) })),
  });
}

/** The customer's word. One decision a code. */
export async function decideDevice(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { userCode: string; decision: Decision },
): Promise<Result<null, AuthError>> {
  const found = await typedDevice(ports, caller, actor, input.userCode);
  if (!found.ok) return found;
  const { row, live } = found.value;
  const { amr, acr, authTime } = live.session;
  const now = ports.clock.now();
  const isAllowed = input.decision === 'allow';
  const scopes = withinRoles(row.scope.split(' '), live.account.roles);
  const done = await ports.commit([
    ports.sessions.expectLive(live.session.id, live.account.id, now),
    ports.oauth.devices.expectStatus(row.deviceHash, 'pending', now),
    ports.oauth.devices.decide(row.deviceHash, {
      status: isAllowed ? 'approved' : 'denied',
      accountId: live.account.id,
      amr,
      acr,
      authTime,
      sessionId: live.session.id,
    }),
    ...(isAllowed ? [ports.oauth.consents.add(live.account.id, row.clientId, scopes, now)] : []),
    audited(ports, caller, {
      action: 'oauth.device_decided',
      outcome: isAllowed ? 'success' : 'failure',
      actorId: live.account.id,
      subject: live.account.id,
      factor: 'session',
      detail: { clientId: row.clientId, scope: row.scope },
    }),
  ]);
  return done ? ok(null) : fail({ code: 'not_found' });
}

/** The code somebody signed in typed. A right one does not count as a guess. */
async function typedDevice(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  userCode: string,
): Promise<Result<{ row: DeviceCodeRow; live: LiveSession }, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const byAddress = await limitByAddress(ports, caller, 'device.address');
  if (!byAddress.ok) return byAddress;
  const guesser = `account:${actor.userId}`;
  const limited = await limitKey(ports, guesser, 'device.account', '');
  if (!limited.ok) return limited;
  const row = await ports.oauth.devices.pending(sha256(typedCode(userCode)), ports.clock.now());
  if (row === null) return fail({ code: 'not_found' });
  await ports.guard.refund(guesser, 'device.account', '');
  return ok({ row, live: current.value });
}
