import { normalisedEmail } from '#shared/domain/email.ts';
import { type Mailer, mailerOf } from '#shared/mail/mail.ts';
import { systemClock, type Clock } from '#shared/time/time.ts';
import { wasmArgon2id } from './adapters/argon2.ts';
import { breachRangeService, noBreachService } from './adapters/breach-range.ts';
import { dnsOverHttps, type DomainNames } from './adapters/domain-names.ts';
import { objectWitness } from './adapters/audit-witness.ts';
import { objectGuard, type Guard, type SitePressure } from './adapters/login-guard.ts';
import { webauthnPasskeys } from './adapters/webauthn.ts';
import { challenges } from './challenges/challenges.ts';
import { mailPass } from './challenges/mail-pass.ts';
import { proofOfWork } from './challenges/proof-of-work.ts';
import { challengeSeals } from './challenges/seals.ts';
import { turnstile } from './challenges/turnstile.ts';
import { turnstileSettings } from './challenges/turnstile-settings.ts';
import { codeHasher } from './crypto/code-hash.ts';
import { emailIndex } from './crypto/email-index.ts';
import { type KeyRing, keyRing } from '#shared/crypto/key-ring.ts';
import { fetchKeyRing } from '#shared/crypto/key-source.ts';
import { passwordHasher, type Argon2id } from './crypto/password-hasher.ts';
import { fieldCipher } from '#shared/crypto/sealing.ts';
import { identityIndex } from './crypto/identity-index.ts';
import type { Env } from './env.ts';
import { oidcClient } from './federation/oidc/client.ts';
import { federationQueries } from './federation/queries/index.ts';
import { publicHosts } from './federation/public-hosts.ts';
import { providerFetch } from './federation/safe-fetch.ts';
import { organisationQueries } from './organisations/queries/index.ts';
import { oauthQueries } from './oauth/queries/index.ts';
import { PUZZLE_BITS } from './limits.ts';
import type { AuthPorts } from './ports.ts';
import { privacyPorts } from './privacy/ports.ts';
import { outsideFetch } from '#shared/observability/work.ts';
import { accountQueries } from './queries/accounts.ts';
import { olderCredentialQueries } from './queries/older-credentials.ts';
import { addedSinceQueries } from './queries/added-since.ts';
import { auditQueries } from './queries/audit.ts';
import { ceremonyQueries } from './queries/ceremonies.ts';
import { commit } from './queries/commit.ts';
import { deviceQueries } from './queries/devices.ts';
import { emailCodeQueries } from './queries/email-codes.ts';
import { emailTokenQueries } from './queries/email-tokens.ts';
import { guessingSignalQueries } from './queries/guessing-signals.ts';
import { mailOutboxQueries } from './queries/mail-outbox.ts';
import { ownerLinkQueries } from './queries/owner-links.ts';
import { formerFactorQueries } from './queries/former-factors.ts';
import { passkeyQueries } from './queries/passkeys.ts';
import { recoveryCodeQueries } from './queries/recovery-codes.ts';
import { revocationQueries } from './queries/revocations.ts';
import { sealedColumnQueries } from './queries/sealed-columns.ts';
import { sessionQueries } from './queries/sessions.ts';
import { signInChallengeQueries } from './queries/sign-in-challenges.ts';
import { signingKeyQueries } from './queries/signing-keys.ts';
import type { StaffSecondFactor } from './usecases/proof.ts';
import { totpQueries } from './queries/totps.ts';

/** The outside world, for a test to take the place of. */
export interface Outside {
  clock: Clock;
  argon2: Argon2id;
  mailer: Mailer | null;
  /** What reaches other services. */
  fetch: typeof fetch;
  /** Zero bits of a puzzle without pressure: few make a test quick. */
  puzzleBits: number;
}
const REAL: Outside = {
  clock: systemClock,
  argon2: wasmArgon2id,
  mailer: null,
  fetch: outsideFetch,
  puzzleBits: PUZZLE_BITS,
};

export interface PortsFactory {
  (env: Env, background: AuthPorts['background']): AuthPorts;
  /** Fetches the keys where they are not in `env` itself, once per isolate. Fails when they cannot be had. */
  prepare(env: Env): Promise<void>;
}

interface Keys {
  fields: KeyRing;
  peppers: KeyRing;
}

/** Makes ports per request (its env is metered), and what comes of the secrets once per isolate. */
export function portsFactory(replaced: Partial<Outside> = {}): PortsFactory {
  const outside = { ...REAL, ...replaced };
  const keyCache: AuthPorts['keyCache'] = { loaded: null };
  const site: SitePressure = { readAt: -Infinity, pressure: null };
  let keys: Keys | null = null;
  let parsed: ReturnType<typeof parseConfiguration> | null = null;

  const ports = (env: Env, background: AuthPorts['background']): AuthPorts => {
    parsed ??= parseConfiguration(env, (keys ??= keysOf(env)), outside);
    const database = env.AUTH_DB;
    const guard = objectGuard(env.LOGIN_GUARD, site, outside.clock);
    return {
      ...parsed,
      clock: outside.clock,
      accounts: accountQueries(database),
      sessions: sessionQueries(database),
      emailTokens: emailTokenQueries(database),
      passkeys: passkeyQueries(database),
      ceremonies: ceremonyQueries(database),
      mailOutbox: mailOutboxQueries(database),
      totps: totpQueries(database),
      recoveryCodes: recoveryCodeQueries(database),
      signInChallenges: signInChallengeQueries(database),
      ownerLinks: ownerLinkQueries(database),
      emailCodes: emailCodeQueries(database),
      devices: deviceQueries(database),
      revocations: revocationQueries(database),
      olderCredentials: olderCredentialQueries(database),
      formerFactors: formerFactorQueries(database),
      addedSince: addedSinceQueries(database),
      guessingSignals: guessingSignalQueries(database),
      signingKeys: signingKeyQueries(database),
      audit: auditQueries(database),
      oauth: oauthQueries(database),
      federation: { ...parsed.federation, ...federationQueries(database) },
      organisations: organisationQueries(database),
      privacy: privacyPorts(env),
      sealed: sealedColumnQueries(database),
      witness: objectWitness(env.AUDIT_WITNESS, env.AUDIT_WITNESS_NAME),
      commit: (writes) => commit(database, writes),
      guard,
      challenges: challengesOf(env, guard, parsed.fieldKeys, outside),
      keyCache,
      background,
    };
  };
  const prepare = async (env: Env): Promise<void> => {
    keys ??= {
      fields: await fetchKeyRing('FIELD_KEY', env.FIELD_KEY),
      peppers: await fetchKeyRing('PASSWORD_PEPPER', env.PASSWORD_PEPPER),
    };
  };
  return Object.assign(ports, { prepare });
}

function keysOf({ FIELD_KEY, PASSWORD_PEPPER }: Env): Keys {
  if (typeof FIELD_KEY !== 'string' || typeof PASSWORD_PEPPER !== 'string') {
    throw new Error('the keys were not fetched: call prepare first');
  }
  return {
    fields: keyRing('FIELD_KEY', FIELD_KEY),
    peppers: keyRing('PASSWORD_PEPPER', PASSWORD_PEPPER),
  };
}

function parseConfiguration(env: Env, { fields: fieldKeys, peppers }: Keys, outside: Outside) {
  const origin = new URL(env.PUBLIC_ORIGIN).origin;
  const domainNames = dnsOverHttps(env.DNS_API_BASE, outside.fetch);
  return {
    origin,
    bootstrapAdministrator:
      env.BOOTSTRAP_ADMIN_EMAIL === '' ? null : normalisedEmail(env.BOOTSTRAP_ADMIN_EMAIL),
    staffSecondFactor: staffSecondFactor(env.STAFF_SECOND_FACTOR),
    fields: fieldCipher(fieldKeys),
    fieldKeys,
    peppers,
    emailIndex: emailIndex(fieldKeys),
    codeHash: codeHasher(fieldKeys),
    hasher: passwordHasher(outside.argon2, peppers),
    breached:
      env.BREACH_RANGE_API_BASE === ''
        ? noBreachService
        : breachRangeService(env.BREACH_RANGE_API_BASE, outside.fetch),
    domainNames,
    mailer: outside.mailer ?? mailerOf(env),
    webauthn: webauthnPasskeys(origin),
    federation: parseFederation(env, fieldKeys, outside, domainNames),
  };
}

function challengesOf(env: Env, guard: Guard, ring: KeyRing, { clock, fetch: call, puzzleBits }: Outside) {
  const seals = challengeSeals(ring, clock);
  const settings = turnstileSettings(env);
  return challenges(
    proofOfWork(seals, guard.spend, clock, puzzleBits),
    settings === null ? null : turnstile(settings, guard.spend, clock, call),
    mailPass(seals, guard.spend, clock),
  );
}

function parseFederation(env: Env, fieldKeys: KeyRing, outside: Outside, names: DomainNames) {
  const { FEDERATION_TARGETS: policy } = env;
  if (policy !== 'public' && policy !== 'any') {
    throw new Error('FEDERATION_TARGETS must be "public", or "any" on a laptop');
  }
  const hosts = publicHosts(names, outside.clock);
  const fetched = providerFetch(policy, outside.fetch, hosts);
  const oidc = oidcClient({ fetched, policy, clock: outside.clock });
  return { index: identityIndex(fieldKeys), policy, hosts, fetched, oidc } as const;
}

function staffSecondFactor(text: string): StaffSecondFactor {
  if (text === 'required' || text === 'when_set_up') return text;
  throw new Error('STAFF_SECOND_FACTOR must be "required" or "when_set_up"');
}
