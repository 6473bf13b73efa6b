import { fail, type Result, ok } from '#shared/domain/result.ts';
import type { PolicyName } from '#objects/login-guard/policies.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { rangeOf } from '../address.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AuthError } from './errors.ts';

const accountKey = (emailIndex: string): string => `account:${emailIndex}`;
const addressKey = (network: string): string => `address:${network}`;
const rangeKey = (caller: Caller): string => `network:${rangeOf(caller.network)}`;
const SITE_KEY = 'site';
type Kind = 'password' | 'mail';
const ALLOWED = { allowed: true } as const;

/** Where an owner is known again: the device that keeps a secret, else its network. */
const sourceOf = (caller: Caller): string =>
  caller.device === null ? caller.network : `device:${sha256(caller.device)}`;

/** Counts one attempt from this network. */
export async function limitByAddress(
  ports: AuthPorts,
  caller: Caller,
  policy: Extract<PolicyName, `${string}.address`>,
): Promise<Result<null, AuthError>> {
  const verdict = await ports.guard.attempt(addressKey(caller.network), policy, '');
  return verdict.allowed ? ok(null) : refused(verdict.retryAfterSeconds);
}

/** Which budgets an attempt was taken from, for it to be given back. */
export interface Counted {
  byAddress: boolean;
}

/**
 * Counts one attempt from this network, its range, and then on this address's account, before anything is evaluated. A
 * network that is refused cannot use up the account's budget. A device the owner used before has a budget of its own, and
 * no other: neighbours cannot stand in its way. Works alike for accounts that do not exist.
 */
export async function limit(
  ports: AuthPorts,
  caller: Caller,
  kind: Kind,
  emailIndex: string,
): Promise<Result<Counted, AuthError>> {
  const key = accountKey(emailIndex);
  const source = sourceOf(caller);
  const isKnown = caller.device !== null && (await ports.guard.knows(key, source));
  if (!isKnown) {
    const [byAddress, byRange] = await Promise.all([
      limitByAddress(ports, caller, `${kind}.address`),
      kind === 'password' ? ports.guard.attempt(rangeKey(caller), 'password.network', '') : ALLOWED,
    ]);
    if (!byAddress.ok) return byAddress;
    if (!byRange.allowed) return refused(byRange.retryAfterSeconds);
  }
  const verdict = await ports.guard.attempt(key, `${kind}.account`, source);
  return verdict.allowed ? ok({ byAddress: !isKnown }) : refused(verdict.retryAfterSeconds);
}

/** The password was right: this attempt does not count, and where it came from is known as the owner's. */
export async function passwordWasRight(
  ports: AuthPorts,
  caller: Caller,
  emailIndex: string,
  counted: Counted,
): Promise<void> {
  await Promise.all([
    ports.guard.trust(accountKey(emailIndex), 'password.account', sourceOf(caller), true),
    ...(counted.byAddress
      ? [
          ports.guard.refund(addressKey(caller.network), 'password.address', ''),
          ports.guard.refund(rangeKey(caller), 'password.network', ''),
        ]
      : []),
  ]);
}

/** The owner was here: whatever strangers do to the account, a password from here has its own budget. */
export async function ownerWasHere(ports: AuthPorts, caller: Caller, emailIndex: string): Promise<void> {
  await ports.guard.trust(accountKey(emailIndex), 'password.account', sourceOf(caller), false);
}

/** What a wrong password is a sign of, beside itself. */
export interface Signals {
  /** One account is tried from many networks. */
  manyNetworks: boolean;
  /** One network tries many accounts. */
  manyAccounts: boolean;
  /** Far more than usual on the whole site. */
  site: boolean;
}

export async function passwordWasWrong(
  ports: AuthPorts,
  caller: Caller,
  emailIndex: string,
): Promise<Signals> {
  const [manyNetworks, manyAccounts, site] = await Promise.all([
    ports.guard.failed(accountKey(emailIndex), 'many_networks', caller.network),
    ports.guard.failed(addressKey(caller.network), 'many_accounts', emailIndex),
    ports.guard.attempt(SITE_KEY, 'password.site', ''),
  ]);
  return { manyNetworks, manyAccounts, site: !site.allowed };
}

const codeKey = (accountId: string): string => `codes:${accountId}`;

/** Counts one guess at a code of the account's app, whose password was right already. */
export async function limitCodes(
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
): Promise<Result<null, AuthError>> {
  const verdict = await ports.guard.attempt(codeKey(accountId), 'code.account', sourceOf(caller));
  return verdict.allowed ? ok(null) : refused(verdict.retryAfterSeconds);
}

/** The code was right: this attempt does not count. */
export async function codeWasRight(ports: AuthPorts, caller: Caller, accountId: string): Promise<void> {
  await ports.guard.trust(codeKey(accountId), 'code.account', sourceOf(caller), true);
}

const refused = (retryAfterSeconds: number) =>
  fail({ code: 'too_many_attempts', retryAfterSeconds } as const);
