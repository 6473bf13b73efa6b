import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newRecoveryCodes, recoveryCodeHash } from '../crypto/recovery-code.ts';
import { keyUri, newSeed } from '../crypto/totp.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { Write } from '../queries/commit.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { proofOf } from './proof.ts';
import { formerTotp } from './former-totp.ts';
import { spending, totpSeed } from './second-factor.ts';
import { owedNotice } from './send-mail.ts';

/** Begins setting up an authenticator app; it is no factor before `confirmTotp`. Beginning again makes a new seed. */
export async function beginTotp(
  ports: AuthPorts,
  actor: Actor,
): Promise<Result<{ secret: string; uri: string }, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account } = current.value;
  const secret = newSeed();
  const done = await ports.commit([
    ports.totps.expectUnconfirmed(account.id),
    ports.totps.begin({
      accountId: account.id,
      seedSealed: ports.fields.seal(secret, totpSeed(account.id)),
      createdAt: ports.clock.now(),
    }),
  ]);
  if (!done) return fail({ code: 'totp_present' });
  return ok({ secret, uri: keyUri(secret, openEmail(ports, account)) });
}

/**
 * A first code proves that the app has the seed. From now on every sign-in by password or mail needs a code; the other
 * sessions, which showed none, end. The recovery codes are told this once.
 */
export async function confirmTotp(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { code: string },
): Promise<Result<{ recoveryCodes: string[] }, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const totp = await ports.totps.ofAccount(account.id);
  if (totp === null) return fail({ code: 'not_found' });
  if (totp.confirmedAt !== null) return fail({ code: 'totp_present' });
  const spent = spending(ports, totp, input.code);
  if (spent === null) return fail({ code: 'code_refused' });
  const now = ports.clock.now();
  const codes = newCodes(ports, account.id);
  const notice = owedNotice(ports, caller, account, 'totp_added');
  const shown = session.amr.filter((method) => method !== 'mfa');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.totps.expectUnconfirmed(account.id),
    ...spent,
    ports.totps.confirm(account.id, now),
    ...codes.writes,
    ports.sessions.prove(session.id, proofOf([...shown, 'otp']), now),
    ports.sessions.revokeAll(account.id, session.id, 'factor_changed', now),
    ...notice.writes,
    audited(ports, caller, {
      action: 'totp.added',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'totp',
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  notice.send();
  return ok({ recoveryCodes: codes.plain });
}

/** Takes the second factor away, in a session that has just shown it. The password must be able to stand alone. */
export async function removeTotp(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const totp = await ports.totps.ofAccount(account.id);
  if (totp === null || totp.confirmedAt === null) return fail({ code: 'not_found' });
  if (account.passwordStandsAlone === false) return fail({ code: 'password_too_short_alone' });
  const now = ports.clock.now();
  const notice = owedNotice(ports, caller, account, 'totp_removed');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.totps.expectInUse(totp),
    ports.accounts.expectPassword(account.id, account.phc),
    ports.formerFactors.keepTotp(formerTotp(ports, totp), now),
    ports.totps.remove(account.id),
    ports.recoveryCodes.removeAll(account.id),
    ...ports.signInChallenges.removeAll(account.id),
    ports.sessions.revokeAll(account.id, session.id, 'factor_changed', now),
    ...notice.writes,
    audited(ports, caller, {
      action: 'totp.removed',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  notice.send();
  return ok(null);
}

/** New recovery codes in place of all older ones. */
export async function renewRecoveryCodes(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<{ recoveryCodes: string[] }, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const codes = newCodes(ports, account.id);
  const notice = owedNotice(ports, caller, account, 'recovery_codes_renewed');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, ports.clock.now()),
    ports.totps.expectConfirmed(account.id),
    ...codes.writes,
    ...notice.writes,
    audited(ports, caller, {
      action: 'recovery_codes.renewed',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
    }),
  ]);
  if (!done) return fail({ code: 'not_found' });
  notice.send();
  return ok({ recoveryCodes: codes.plain });
}

function newCodes(ports: AuthPorts, accountId: string): { plain: string[]; writes: Write[] } {
  const plain = newRecoveryCodes();
  const hashes = plain.map((code) => recoveryCodeHash(accountId, code));
  return {
    plain,
    writes: [ports.recoveryCodes.removeAll(accountId), ports.recoveryCodes.add(accountId, hashes)],
  };
}
