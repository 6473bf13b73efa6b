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

/** Finishes it (WebAuthn L3 §7.2). Failed passwords never stand in its way. */
export async function passkeySignIn(
  ports: AuthPorts,
  caller: Caller,
  input: { ceremonyId: string; response: AuthenticationResponseJSON },
): Promise<Result<SignedIn, AuthError>> {
  const [ceremony, known] = await Promise.all([
    ports.ceremonies.take(input.ceremonyId, 'authentication', ports.clock.now()),
    ports.passkeys.byCredential(input.response.id),
  ]);
  if (ceremony === null || known === null) return refuse(ports, caller, known, 'unknown');
  const { passkey, account } = known;
  const assertion = await ports.webauthn.verifyAuthentication(input.response, ceremony.challenge, {
    credentialId: passkey.credentialId,
    publicKey: passkey.publicKey,
    handle: account.passkeyHandle,
  });
  if (assertion === null) return refuse(ports, caller, known, 'not_verified');
  if (assertion.backupEligible !== passkey.backupEligible)
    return refuse(ports, caller, known, 'backup_changed');
  const opened = await open(ports, caller, passkey, account, assertion);
  if (opened !== null) {
    await ownerWasHere(ports, caller, ports.emailIndex.current(openEmail(ports, account)));
    return ok(opened);
  }
  if (account.status === 'disabled') return refuse(ports, caller, known, 'disabled');
  const notice = owedNotice(ports, caller, account, 'passkey_suspicious');
  const refused = await refuse(ports, caller, known, 'counter_regressed', [notice.write]);
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
    writes: [
      ports.passkeys.expectCounterBelow(passkey.id, assertion.counter),
      ports.passkeys.used(passkey.id, assertion.counter, assertion.backedUp, ports.clock.now()),
    ],
    audit: { action: 'sign_in', factor: 'passkey', detail: { passkeyId: passkey.id } },
  });

type Why = 'unknown' | 'not_verified' | 'backup_changed' | 'disabled' | 'counter_regressed';

async function refuse(
  ports: AuthPorts,
  caller: Caller,
  known: { passkey: PasskeyRow; account: AccountRow } | null,
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
