import type { Mailer } from '#shared/mail/mail.ts';
import type { Clock } from '#shared/time/time.ts';
import type { BreachedPasswords } from './adapters/breach-range.ts';
import type { DomainNames } from './adapters/domain-names.ts';
import type { Witness } from './adapters/audit-witness.ts';
import type { Guard } from './adapters/login-guard.ts';
import type { Challenges } from './challenges/challenges.ts';
import type { Passkeys } from './adapters/webauthn.ts';
import type { CodeHasher } from './crypto/code-hash.ts';
import type { EmailIndex } from './crypto/email-index.ts';
import type { KeyRing } from '#shared/crypto/key-ring.ts';
import type { PasswordHasher } from './crypto/password-hasher.ts';
import type { FieldCipher } from '#shared/crypto/sealing.ts';
import type { AccountQueries } from './queries/accounts.ts';
import type { OlderCredentialQueries } from './queries/older-credentials.ts';
import type { AddedSinceQueries } from './queries/added-since.ts';
import type { AuditQueries } from './queries/audit.ts';
import type { CeremonyQueries } from './queries/ceremonies.ts';
import type { Write } from './queries/commit.ts';
import type { DeviceQueries } from './queries/devices.ts';
import type { EmailCodeQueries } from './queries/email-codes.ts';
import type { EmailTokenQueries } from './queries/email-tokens.ts';
import type { GuessingSignalQueries } from './queries/guessing-signals.ts';
import type { MailOutboxQueries } from './queries/mail-outbox.ts';
import type { OwnerLinkQueries } from './queries/owner-links.ts';
import type { FormerFactorQueries } from './queries/former-factors.ts';
import type { PasskeyQueries } from './queries/passkeys.ts';
import type { RecoveryCodeQueries } from './queries/recovery-codes.ts';
import type { RevocationQueries } from './queries/revocations.ts';
import type { SealedColumnQueries } from './queries/sealed-columns.ts';
import type { SessionQueries } from './queries/sessions.ts';
import type { SignInChallengeQueries } from './queries/sign-in-challenges.ts';
import type { SigningKeyQueries } from './queries/signing-keys.ts';
import type { TotpQueries } from './queries/totps.ts';
import type { StaffSecondFactor } from './usecases/proof.ts';
import type { FederationPorts } from './federation/ports.ts';
import type { OrganisationQueries } from './organisations/queries/index.ts';
import type { OAuthQueries } from './oauth/queries/index.ts';
import type { PrivacyPorts } from './privacy/ports.ts';
import type { KeyCache } from './usecases/signing-keys.ts';

/** All that the use cases need of the world. */
export interface AuthPorts {
  clock: Clock;
  /** Public https origin: token issuer, links, passkey relying party. Never taken from a request. */
  origin: string;
  /** Normalised address that becomes administrator on its first proof; null: none. */
  bootstrapAdministrator: string | null;
  staffSecondFactor: StaffSecondFactor;
  accounts: AccountQueries;
  sessions: SessionQueries;
  emailTokens: EmailTokenQueries;
  passkeys: PasskeyQueries;
  ceremonies: CeremonyQueries;
  totps: TotpQueries;
  recoveryCodes: RecoveryCodeQueries;
  signInChallenges: SignInChallengeQueries;
  ownerLinks: OwnerLinkQueries;
  emailCodes: EmailCodeQueries;
  devices: DeviceQueries;
  revocations: RevocationQueries;
  addedSince: AddedSinceQueries;
  olderCredentials: OlderCredentialQueries;
  formerFactors: FormerFactorQueries;
  guessingSignals: GuessingSignalQueries;
  signingKeys: SigningKeyQueries;
  audit: AuditQueries;
  oauth: OAuthQueries;
  federation: FederationPorts;
  organisations: OrganisationQueries;
  privacy: PrivacyPorts;
  /** All writes in one transaction, or none: false when an expectation among them was not met. */
  commit(writes: readonly Write[]): Promise<boolean>;
  fields: FieldCipher;
  fieldKeys: KeyRing;
  peppers: KeyRing;
  sealed: SealedColumnQueries;
  witness: Witness;
  emailIndex: EmailIndex;
  hasher: PasswordHasher;
  /** Keyed hash of a short code sent to an address. */
  codeHash: CodeHasher;
  breached: BreachedPasswords;
  domainNames: DomainNames;
  guard: Guard;
  challenges: Challenges;
  mailer: Mailer;
  mailOutbox: MailOutboxQueries;
  webauthn: Passkeys;
  keyCache: KeyCache;
  /** Lets work outlive the answer, so that it cannot be measured in it. */
  background(work: () => Promise<unknown>): void;
}

/** Who calls, for limits and the audit log. */
export interface Caller {
  requestId: string;
  /** Network of the client; see `networkOf`. */
  network: string;
  userAgent: string;
  /** Secret that a device keeps and sends as `x-device`, so that it is known again; null: it keeps none. */
  device: string | null;
  /** Answer to a challenge, `<kind>:<answer>`; null: none was sent. */
  challengeAnswer: string | null;
  /** ISO 3166-1 alpha-2, as the edge tells it; empty where it does not. */
  country: string;
}
