import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Assertion } from '../adapters/webauthn.ts';
import { CEREMONY_TTL_MS } from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import type { PasskeyRow } from '../queries/passkeys.ts';
import { audited } from './audit.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { limitByAddress, ownerWasHere } from './limits.ts';
import { openSession, type SignedIn } from './open-session.ts';
import type { Ceremony } from './passkeys.ts';
import { passkeyAmr } from './proof.ts';
import { owedNotice } from './send-mail.ts';

/** Begins a sign-in by a discoverable passkey; names no account, so it serves the browser's autofill as well. */
export async function passkeySignInOptions(
  ports: AuthPorts,
  caller: Caller,
): Promise<Result<Ceremony<PublicKeyCredentialRequestOptionsJSON>, AuthError>> {
  const limited = await limitByAddress(ports, caller, 'ceremony.address');
  if (!limited.ok) return limited;
  const options = await ports.webauthn.authenticationOptions();
  const ceremonyId = newId('ceremony');
  await ports.ceremonies.begin({
    id: ceremonyId,
    kind: 'authentication',
    accountId: null,
    challenge: options.challenge,
    expiresAt: ports.clock.now() + CEREMONY_TTL_MS,
  });
  return ok({ ceremonyId, options });
}

export interface PasskeyAnswer {
  ceremonyId: string;
  response: AuthenticationResponseJSON;
}
interface KnownPasskey {
  passkey: PasskeyRow;
  account: AccountRow;
}
type Checked =
  | { right: true; known: KnownPasskey; assertion: Assertion }
  | { right: false; known: KnownPasskey | null; why: Why };

/**
 * Checks an answer (WebAuthn L3 §7.2) but for its counter, which is compared where it is written. Uses the challenge up.
 * `find`: the passkey of a credential id, among those that count.
 */
export async function checkPasskey(
  ports: AuthPorts,
  input: PasskeyAnswer,
  find: (credentialId: string) => Promise<KnownPasskey | null> = ports.passkeys.byCredential,
): Promise<Checked> {
  const [ceremony, known] = await Promise.all([
    ports.ceremonies.take(input.ceremonyId, 'authentication', ports.clock.now()),
    find(input.response.id),
  ]);
  if (ceremony === null || known === null) return { right: false, known, why: 'unknown' };
  const { passkey, account } = known;
  const assertion = await ports.webauthn.verifyAuthentication(input.response, ceremony.challenge, {
    credentialId: passkey.credentialId,
    publicKey: passkey.publicKey,
    handle: account.passkeyHandle,
  });
  if (assertion === null) return { right: false, known, why: 'not_verified' };
  if (assertion.backupEligible !== passkey.backupEligible) {
    return { right: false, known, why: 'backup_changed' };
  }
  return { right: true, known, assertion };
}

/** Writes that go with a right answer: it is refused when the counter did not grow. */
export const passkeyUse = (ports: AuthPorts, passkey: PasskeyRow, assertion: Assertion): Write[] => [
  ports.passkeys.expectCounterBelow(passkey.id, assertion.counter),
  ports.passkeys.used(passkey.id, assertion.counter, assertion.backedUp, ports.clock.now()),
];

/** Finishes a sign-in. Failed passwords never stand in its way. */
export async function passkeySignIn(
  ports: AuthPorts,
  caller: Caller,
  input: PasskeyAnswer,
): Promise<Result<SignedIn, AuthError>> {
  const checked = await checkPasskey(ports, input);
  const { known } = checked;
  if (!checked.right || known === null) {
    return refuse(ports, caller, known, checked.right ? 'unknown' : checked.why);
  }
  const { passkey, account } = known;
  const opened = await open(ports, caller, passkey, account, checked.assertion);
  if (opened !== null) {
    await ownerWasHere(ports, caller, ports.emailIndex.current(openEmail(ports, account)));
    return ok(opened);
  }
  if (account.status === 'disabled') return refuse(ports, caller, known, 'disabled');
  const notice = owedNotice(ports, caller, account, 'passkey_suspicious');
  const refused = await refuse(ports, caller, known, 'counter_regressed', notice.writes);
  notice.send();
  return refused;
}

/** Null when the counter did not grow, or the account is closed; decided where the session is written. */
const open = (
  ports: AuthPorts,
  caller: Caller,
  passkey: PasskeyRow,
  account: AccountRow,
  assertion: Assertion,
): Promise<SignedIn | null> =>
  openSession(ports, caller, {
    account,
    amr: passkeyAmr(passkey.backupEligible),
    writes: passkeyUse(ports, passkey, assertion),
    audit: { action: 'sign_in', factor: 'passkey', detail: { passkeyId: passkey.id } },
  });

type Why = 'unknown' | 'not_verified' | 'backup_changed' | 'disabled' | 'counter_regressed';

async function refuse(
  ports: AuthPorts,
  caller: Caller,
  known: KnownPasskey | null,
  why: Why,
  further: readonly Write[] = [],
) {
  await ports.commit([
    ...further,
    audited(ports, caller, {
      action: 'sign_in',
      outcome: 'failure',
      actorId: null,
      subject: known?.account.id ?? null,
      factor: 'passkey',
      detail: { why, passkeyId: known?.passkey.id ?? null },
    }),
  ]);
  return fail({ code: 'invalid_credentials' } as const);
}
