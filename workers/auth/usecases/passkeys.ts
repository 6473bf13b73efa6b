import type {
  PublicKeyCredentialCreationOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { CEREMONY_TTL_MS, PASSKEYS_PER_ACCOUNT_MAX } from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { PasskeyRow } from '../queries/passkeys.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { owedNotice } from './send-mail.ts';

export interface Ceremony<Options> {
  ceremonyId: string;
  options: Options;
}

/** Begins adding a passkey to a freshly signed-in account (WebAuthn L3 §7.1). */
export async function passkeyRegistrationOptions(
  ports: AuthPorts,
  actor: Actor,
): Promise<Result<Ceremony<PublicKeyCredentialCreationOptionsJSON>, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account } = current.value;
  const present = await ports.passkeys.ofAccount(account.id);
  const options = await ports.webauthn.registrationOptions({
    handle: account.passkeyHandle,
    name: openEmail(ports, account),
    excludeCredentialIds: present.map((passkey) => passkey.credentialId),
  });
  const ceremonyId = newId('ceremony');
  await ports.ceremonies.begin({
    id: ceremonyId,
    kind: 'registration',
    accountId: account.id,
    challenge: options.challenge,
    expiresAt: ports.clock.now() + CEREMONY_TTL_MS,
  });
  return ok({ ceremonyId, options });
}

/** Finishes it. The challenge is used up by the first try, whatever comes of it. */
export async function addPasskey(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { ceremonyId: string; response: RegistrationResponseJSON; name: string },
): Promise<Result<PasskeyRow, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const now = ports.clock.now();
  const ceremony = await ports.ceremonies.take(input.ceremonyId, 'registration', now);
  if (ceremony === null || ceremony.accountId !== account.id) return fail({ code: 'ceremony_spent' });
  const verified = await ports.webauthn.verifyRegistration(input.response, ceremony.challenge);
  if (verified === null) return fail({ code: 'passkey_refused' });
  const passkey: PasskeyRow = {
    id: newId('passkey'),
    accountId: account.id,
    ...verified,
    name: input.name,
    createdAt: now,
    lastUsedAt: null,
  };
  const notice = owedNotice(ports, caller, account, 'passkey_added');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.passkeys.expectRoom(verified.credentialId, account.id, PASSKEYS_PER_ACCOUNT_MAX),
    ports.passkeys.add(passkey),
    ...notice.writes,
    audited(ports, caller, {
      action: 'passkey.added',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'passkey',
      detail: { passkeyId: passkey.id, aaguid: passkey.aaguid, backupEligible: passkey.backupEligible },
    }),
  ]);
  if (!done) return fail({ code: 'passkey_not_added' });
  notice.send();
  return ok(passkey);
}

export async function listPasskeys(ports: AuthPorts, actor: Actor): Promise<Result<PasskeyRow[], AuthError>> {
  const current = await currentSession(ports, actor);
  return current.ok ? ok(await ports.passkeys.ofAccount(actor.userId)) : current;
}

/** Somebody else's passkey is not found. The other sessions end: it may have opened them. */
export async function removePasskey(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  passkeyId: string,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const now = ports.clock.now();
  const notice = owedNotice(ports, caller, account, 'passkey_removed');
  const owned = await ports.passkeys.ofAccount(account.id);
  if (!owned.some((passkey) => passkey.id === passkeyId)) return fail({ code: 'not_found' });
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.passkeys.expectOwned(passkeyId, account.id),
    ports.passkeys.expectNotLastWayIn(passkeyId, account.id),
    ports.formerFactors.keepPasskey(passkeyId, now),
    ports.passkeys.remove(passkeyId),
    ports.sessions.revokeAll(account.id, session.id, 'factor_changed', now),
    ...notice.writes,
    audited(ports, caller, {
      action: 'passkey.removed',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
      detail: { passkeyId },
    }),
  ]);
  if (!done) return fail({ code: 'last_way_in' });
  notice.send();
  return ok(null);
}
