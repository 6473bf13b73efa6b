import { fail, type Result, ok } from '#shared/domain/result.ts';
import type { GuardVerdict } from '#objects/login-guard/object.ts';
import { PRESSURE_MAX, type PolicyName } from '#objects/login-guard/policies.ts';
import { GUESSING_SIGNALS } from '#shared/contracts/http/guessing.ts';
import type { ChallengeAction } from '#shared/contracts/http/challenge.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { rangeOf } from '../address.ts';
import { SITE_KEY } from '../adapters/login-guard.ts';
import type { Occasion } from '../challenges/challenge.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AuthError } from './errors.ts';

const accountKey = (emailIndex: string): string => `account:${emailIndex}`;
const addressKey = (network: string): string => `address:${network}`;
const rangeKey = (caller: Caller): string => `network:${rangeOf(caller.network)}`;
type GuessingSignal = (typeof GUESSING_SIGNALS)[number];
type Kind = 'password' | 'mail';
const ALLOWED = { allowed: true } as const;

/** Where an owner is known again: the device that keeps a secret, else its network. */
const sourceOf = (caller: Caller): string =>
  caller.device === null ? caller.network : `device:${sha256(caller.device)}`;

/** Counts one attempt from this network, for what asks for no challenge. */
export async function limitByAddress(
  ports: AuthPorts,
  caller: Caller,
  policy: Extract<PolicyName, `${string}.address`>,
): Promise<Result<null, AuthError>> {
  return limitKey(ports, addressKey(caller.network), policy, '');
}

/** Which budgets an attempt was taken from, for it to be given back. */
export interface Counted {
  byAddress: boolean;
}

/**
 * Counts one attempt from this network, its range, and then on this address's account, before anything is evaluated. A
 * network that is refused cannot use up the account's budget. A device the owner used before has a budget of its own, and
 * no other: neighbours cannot stand in its way. Works alike for accounts that do not exist. Once attempts pile up on any of
 * them, or on the whole site, one more counts only with a solved challenge; `action` null: a session stands for it.
 */
export async function limit(
  ports: AuthPorts,
  caller: Caller,
  kind: Kind,
  emailIndex: string,
  action: ChallengeAction | null,
): Promise<Result<Counted, AuthError>> {
  const key = accountKey(emailIndex);
  const source = sourceOf(caller);
  const isKnown = caller.device !== null && (await ports.guard.knows(key, source));
  const shown = action === null ? SESSION : await shownFor(ports, caller, { action, emailIndex });
  if (!isKnown) {
    const verdict = await strangersVerdict(ports, caller, kind, shown.proven);
    if (!verdict.allowed) return fail(shown.refusal(verdict));
  }
  const policy = action === 'password_reset' ? 'reset.account' : (`${kind}.account` as const);
  const verdict = await ports.guard.attempt(key, policy, source, shown.proven);
  return verdict.allowed ? ok({ byAddress: !isKnown }) : fail(shown.refusal(verdict));
}

/** Of the site, the network and its range: a refusal before a demand, and the hardest of the demands. */
async function strangersVerdict(
  ports: AuthPorts,
  caller: Caller,
  kind: Kind,
  proven: number | null,
): Promise<GuardVerdict> {
  const onSite = await ports.guard.sitePressure();
  if (onSite !== null && onSite > (proven ?? -1)) return { allowed: false, pressure: onSite };
  const verdicts = await Promise.all([
    ports.guard.attempt(addressKey(caller.network), `${kind}.address`, '', proven),
    kind === 'password' ? ports.guard.attempt(rangeKey(caller), 'password.network', '', proven) : ALLOWED,
  ]);
  return verdicts.find((verdict) => 'retryAfterSeconds' in verdict) ?? hardest(verdicts);
}

const hardest = (verdicts: readonly GuardVerdict[]): GuardVerdict =>
  verdicts.reduce((one, other) => (pressureIn(other) > pressureIn(one) ? other : one));
const pressureIn = (verdict: GuardVerdict): number => ('pressure' in verdict ? verdict.pressure : -1);

/** What a caller showed of a challenge, and what they are told when it is not enough. */
interface Shown {
  proven: number | null;
  refusal(verdict: Denied): AuthError;
}
type Denied = Extract<GuardVerdict, { allowed: false }>;
const SESSION: Shown = { proven: PRESSURE_MAX, refusal: (verdict) => refusalOf(verdict) };

async function shownFor(ports: AuthPorts, caller: Caller, occasion: Occasion): Promise<Shown> {
  const checked = await ports.challenges.check(occasion, caller.challengeAnswer);
  return {
    proven: checked.outcome === 'passed' ? checked.pressure : null,
    refusal: (verdict) =>
      'pressure' in verdict
        ? {
            code: 'challenge_required',
            challenge: ports.challenges.demand(occasion, verdict.pressure, checked.outcome === 'unavailable'),
          }
        : refusalOf(verdict),
  };
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

/** A wrong password is counted, and may be the one that makes a sign of guessing; see `GUESSING_SIGNALS`. */
export async function passwordWasWrong(
  ports: AuthPorts,
  caller: Caller,
  emailIndex: string,
): Promise<GuessingSignal[]> {
  const { guard } = ports;
  const [manyNetworks, manyAccounts, inRange, onSite] = await Promise.all([
    guard.failed(accountKey(emailIndex), 'many_networks', caller.network),
    guard.failed(addressKey(caller.network), 'many_accounts', emailIndex),
    guard.failed(rangeKey(caller), 'many_accounts_in_range', emailIndex),
    guard.attempt(SITE_KEY, 'password.site', '', PRESSURE_MAX),
  ]);
  const site = !onSite.allowed && (await guard.failed(SITE_KEY, 'site', ''));
  const given = {
    many_networks: manyNetworks,
    many_accounts: manyAccounts,
    many_accounts_in_range: inRange,
    site,
  };
  return GUESSING_SIGNALS.filter((kind) => given[kind]);
}

/** Counts a link that stands for a solved challenge; it asks for none itself. */
export async function limitLinks(
  ports: AuthPorts,
  caller: Caller,
  emailIndex: string,
): Promise<Result<null, AuthError>> {
  const byAddress = await limitByAddress(ports, caller, 'link.address');
  if (!byAddress.ok) return byAddress;
  return limitKey(ports, accountKey(emailIndex), 'link.account', '');
}

/** Counts an attempt on a key of one's own making, for what asks for no challenge. */
export async function limitKey(
  ports: AuthPorts,
  key: string,
  policy: PolicyName,
  source: string,
): Promise<Result<null, AuthError>> {
  const verdict = await ports.guard.attempt(key, policy, source, PRESSURE_MAX);
  return verdict.allowed ? ok(null) : fail(refusalOf(verdict));
}

const codeKey = (accountId: string): string => `codes:${accountId}`;

/** Counts one guess at a code of the account's app, whose password was right already. */
export async function limitCodes(
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
): Promise<Result<null, AuthError>> {
  return limitKey(ports, codeKey(accountId), 'code.account', sourceOf(caller));
}

/** The code was right: this attempt does not count. */
export async function codeWasRight(ports: AuthPorts, caller: Caller, accountId: string): Promise<void> {
  await ports.guard.trust(codeKey(accountId), 'code.account', sourceOf(caller), true);
}

/** For what asks for no challenge: a demand of one cannot come. */
const refusalOf = (verdict: Denied): AuthError => ({
  code: 'too_many_attempts',
  retryAfterSeconds: 'retryAfterSeconds' in verdict ? verdict.retryAfterSeconds : 1,
});
