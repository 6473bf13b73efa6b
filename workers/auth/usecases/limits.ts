import { fail, type Result, ok } from '#shared/domain/result.ts';
import type { PolicyName } from '#objects/login-guard/policies.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AuthError } from './errors.ts';

const accountKey = (emailIndex: string): string => `account:${emailIndex}`;
const addressKey = (network: string): string => `address:${network}`;
type Kind = 'password' | 'mail';

/** Counts one attempt from this network. */
export async function limitByAddress(
  ports: AuthPorts,
  caller: Caller,
  policy: Extract<PolicyName, `${string}.address`>,
): Promise<Result<null, AuthError>> {
  const verdict = await ports.guard.attempt(addressKey(caller.network), policy, '');
  return verdict.allowed ? ok(null) : refused(verdict.retryAfterSeconds);
}

/**
 * Counts one attempt from this network and then on this address's account, before anything is evaluated. A network that
 * is refused cannot use up the account's budget. Works alike for accounts that do not exist.
 */
export async function limit(
  ports: AuthPorts,
  caller: Caller,
  kind: Kind,
  emailIndex: string,
): Promise<Result<null, AuthError>> {
  const byAddress = await limitByAddress(ports, caller, `${kind}.address`);
  if (!byAddress.ok) return byAddress;
  const verdict = await ports.guard.attempt(accountKey(emailIndex), `${kind}.account`, caller.network);
  return verdict.allowed ? ok(null) : refused(verdict.retryAfterSeconds);
}

/** The password was right: this attempt does not count, and this network is known as the owner's. */
export async function passwordWasRight(ports: AuthPorts, caller: Caller, emailIndex: string): Promise<void> {
  await Promise.all([
    ports.guard.trust(accountKey(emailIndex), 'password.account', caller.network, true),
    ports.guard.refund(addressKey(caller.network), 'password.address', ''),
  ]);
}

/** The owner was here: whatever strangers do to the account, a password from this network has its own budget. */
export async function ownerWasHere(ports: AuthPorts, caller: Caller, emailIndex: string): Promise<void> {
  await ports.guard.trust(accountKey(emailIndex), 'password.account', caller.network, false);
}

const codeKey = (accountId: string): string => `codes:${accountId}`;

/** Counts one guess at a code of the account's app, whose password was right already. */
export async function limitCodes(
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
): Promise<Result<null, AuthError>> {
  const verdict = await ports.guard.attempt(codeKey(accountId), 'code.account', caller.network);
  return verdict.allowed ? ok(null) : refused(verdict.retryAfterSeconds);
}

/** The code was right: this attempt does not count. */
export async function codeWasRight(ports: AuthPorts, caller: Caller, accountId: string): Promise<void> {
  await ports.guard.trust(codeKey(accountId), 'code.account', caller.network, true);
}

const refused = (retryAfterSeconds: number) =>
  fail({ code: 'too_many_attempts', retryAfterSeconds } as const);
