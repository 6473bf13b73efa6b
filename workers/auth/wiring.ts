import { normalisedEmail } from '#shared/domain/email.ts';
import { type Mailer, mailerOf } from '#shared/mail/mail.ts';
import { systemClock, type Clock } from '#shared/time/time.ts';
import { wasmArgon2id } from './adapters/argon2.ts';
import { breachRangeService, noBreachService } from './adapters/breach-range.ts';
import { objectGuard } from './adapters/login-guard.ts';
import { webauthnPasskeys } from './adapters/webauthn.ts';
import { emailIndex } from './crypto/email-index.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { passwordHasher, type Argon2id } from './crypto/password-hasher.ts';
import { fieldCipher } from '#shared/crypto/sealing.ts';
import type { Env } from './env.ts';
import { oauthQueries } from './oauth/queries/index.ts';
import type { AuthPorts } from './ports.ts';
import { accountQueries } from './queries/accounts.ts';
import { auditQueries } from './queries/audit.ts';
import { ceremonyQueries } from './queries/ceremonies.ts';
import { commit } from './queries/commit.ts';
import { emailTokenQueries } from './queries/email-tokens.ts';
import { mailOutboxQueries } from './queries/mail-outbox.ts';
import { passkeyQueries } from './queries/passkeys.ts';
import { recoveryCodeQueries } from './queries/recovery-codes.ts';
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
}
const REAL: Outside = { clock: systemClock, argon2: wasmArgon2id, mailer: null };

export type PortsFactory = (env: Env, background: AuthPorts['background']) => AuthPorts;

/** Makes ports per request (its env is metered), and what comes of the secrets once per isolate. */
export function portsFactory(replaced: Partial<Outside> = {}): PortsFactory {
  const outside = { ...REAL, ...replaced };
  const keyCache: AuthPorts['keyCache'] = { loaded: null };
  let parsed: ReturnType<typeof parseConfiguration> | null = null;

  return (env, background) => {
    parsed ??= parseConfiguration(env, outside);
    const database = env.AUTH_DB;
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
      signingKeys: signingKeyQueries(database),
      audit: auditQueries(database),
      oauth: oauthQueries(database),
      commit: (writes) => commit(database, writes),
      guard: objectGuard(env.LOGIN_GUARD),
      keyCache,
      background,
    };
  };
}

function parseConfiguration(env: Env, outside: Outside) {
  const fieldKeys = keyRing('FIELD_KEY', env.FIELD_KEY);
  const origin = new URL(env.PUBLIC_ORIGIN).origin;
  return {
    origin,
    bootstrapAdministrator:
      env.BOOTSTRAP_ADMIN_EMAIL === '' ? null : normalisedEmail(env.BOOTSTRAP_ADMIN_EMAIL),
    staffSecondFactor: staffSecondFactor(env.STAFF_SECOND_FACTOR),
    fields: fieldCipher(fieldKeys),
    auditKeys: fieldKeys,
    emailIndex: emailIndex(fieldKeys),
    hasher: passwordHasher(outside.argon2, keyRing('PASSWORD_PEPPER', env.PASSWORD_PEPPER)),
    breached:
      env.BREACH_RANGE_API_BASE === '' ? noBreachService : breachRangeService(env.BREACH_RANGE_API_BASE),
    mailer: outside.mailer ?? mailerOf(env),
    webauthn: webauthnPasskeys(origin),
  };
}

function staffSecondFactor(text: string): StaffSecondFactor {
  if (text === 'required' || text === 'when_set_up') return text;
  throw new Error('STAFF_SECOND_FACTOR must be "required" or "when_set_up"');
}
