import { fail, ok, type Result } from '#shared/domain/result.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { recoveryCodeHash } from '../crypto/recovery-code.ts';
import { stepOf } from '../crypto/totp.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import type { TotpRow } from '../queries/totps.ts';
import { audited } from './audit.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { codeWasRight, limitCodes, ownerWasHere } from './limits.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { LINKS_PROVIDER } from './proof.ts';

/** Context a seed is sealed in. */
export const totpSeed = (accountId: string): string => `totps/${accountId}/seed`;

/** A second factor as it is typed in: one of the two. */
export type ShownCode = { code: string } | { recoveryCode: string };

/** A code that is right. It is used up by `writes`, once, in the transaction of what it opens. */
export interface RightCode {
  method: 'otp' | 'recovery';
  factor: 'totp' | 'recovery_code';
  writes: Write[];
}

/**
 * Checks a code of this account's second factor, or of an app `former` that comes back; guesses at six digits are counted
 * before they are looked at.
 */
export async function checkCode(
  ports: AuthPorts,
  caller: Caller,
  account: AccountRow,
  shown: ShownCode,
  former: TotpRow | null = null,
): Promise<Result<RightCode, AuthError>> {
  if ('recoveryCode' in shown) {
    const hash = recoveryCodeHash(account.id, shown.recoveryCode);
    return ok({
      method: 'recovery',
      factor: 'recovery_code',
      writes: [
        ports.recoveryCodes.expectUnspent(account.id, hash),
        ports.recoveryCodes.spend(account.id, hash),
      ],
    });
  }
  const limited = await limitCodes(ports, caller, account.id);
  if (!limited.ok) return limited;
  const totp = former ?? (await ports.totps.ofAccount(account.id));
  const writes = totp === null || totp.confirmedAt === null ? null : spending(ports, totp, shown.code);
  return writes === null
    ? fail({ code: 'invalid_credentials' })
    : ok({ method: 'otp', factor: 'totp', writes });
}

/** Writes that use this code up, or null when it is no code of now. */
export function spending(ports: AuthPorts, totp: TotpRow, code: string): Write[] | null {
  const seed = ports.fields.open(totp.seedSealed, totpSeed(totp.accountId));
  const step = stepOf(seed, code, ports.clock.now());
  return step === null
    ? null
    : [ports.totps.expectUnspent(totp, step), ports.totps.spend(totp.accountId, step)];
}

/** Goes on with a sign-in whose first factor was right. A wrong code leaves the challenge open until it expires. */
export async function signInSecondFactor(
  ports: AuthPorts,
  caller: Caller,
  input: { challengeId: string; shown: ShownCode },
): Promise<Result<SignedIn, AuthError>> {
  const now = ports.clock.now();
  const idHash = sha256(input.challengeId);
  const known = await ports.signInChallenges.peek(idHash, now);
  if (known === null || known.challenge.amr.includes(LINKS_PROVIDER)) {
    return fail({ code: 'challenge_spent' });
  }
  const { challenge, account } = known;
  const checked = await checkCode(ports, caller, account, input.shown);
  if (!checked.ok && checked.error.code !== 'invalid_credentials') return checked;
  const opened = checked.ok
    ? await openSession(ports, caller, {
        account,
        amr: [...challenge.amr, checked.value.method],
        connectionId: challenge.connectionId,
        writes: [
          ports.signInChallenges.expectAlive(idHash, now),
          ports.signInChallenges.consume(idHash),
          ...checked.value.writes,
        ],
        audit: { action: 'sign_in', factor: checked.value.factor },
      })
    : null;
  if (!checked.ok || opened === null) {
    await recordWrongCode(ports, caller, account.id, 'sign_in', input.shown);
    return fail({ code: 'invalid_credentials' });
  }
  const emailIndex = ports.emailIndex.current(openEmail(ports, account));
  await Promise.all([
    ownerWasHere(ports, caller, emailIndex),
    ...(checked.value.factor === 'totp' ? [codeWasRight(ports, caller, account.id)] : []),
  ]);
  return ok(opened);
}

/** Wrong, or used before: the audit log and the answer are the same. */
export async function recordWrongCode(
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
  action: string,
  shown: ShownCode,
): Promise<void> {
  await ports.commit([
    audited(ports, caller, {
      action,
      outcome: 'failure',
      actorId: null,
      subject: accountId,
      factor: 'code' in shown ? 'totp' : 'recovery_code',
    }),
  ]);
}
