import type { Actor } from '#shared/auth/access-token.ts';
import { reaches } from '#shared/auth/step-up.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import { audited } from './audit.ts';
import { commitWithRoles } from './commit-with-roles.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { codeWasRight } from './limits.ts';
import { accessTokenFor, type Tokens } from './open-session.ts';
import { checkPasskey, passkeyUse, type PasskeyAnswer } from './passkey-sign-in.ts';
import { passkeyAmr, PASSWORD_AMR, proofOf, showsSecondFactor } from './proof.ts';
import { provePassword } from './prove-password.ts';
import { checkCode, recordWrongCode, type ShownCode } from './second-factor.ts';
import { owedNotice } from './send-mail.ts';

/** What is shown anew: a passkey, or a password, or a code, or the two together. */
export type ShownAnew = PasskeyAnswer | { password?: string | undefined; code?: ShownCode | undefined };

interface Shown {
  amr: string[];
  writes: Write[];
  factor: 'password' | 'totp' | 'recovery_code' | 'passkey';
}

/** Why `writes` were not taken, where nothing but a repetition or a change meanwhile is left. */
const UNTAKEN = {
  password: 'changed',
  totp: 'spent',
  recovery_code: 'spent',
  passkey: 'counter_regressed',
} as const satisfies Record<Shown['factor'], string>;

/**
 * Authenticates anew within a session (RFC 9470): what is shown now is all that counts from now on, so it must be no less
 * than the session had, and include the second factor where the account has one.
 */
export async function stepUp(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: ShownAnew,
): Promise<Result<Pick<Tokens, 'accessToken' | 'tokenType' | 'expiresIn'>, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const { account, session } = current.value;
  const { organisation } = actor;
  const membership =
    organisation === null ? null : await ports.organisations.membership(organisation.id, account.id);
  if (organisation !== null && membership?.organisation.status !== 'active') {
    return fail({ code: 'session_ended' });
  }
  const shown =
    'ceremonyId' in input
      ? await showPasskey(ports, caller, account, input)
      : await showTyped(ports, caller, account, input);
  if (!shown.ok) return shown;
  const { amr, writes, factor } = shown.value;
  const proof = proofOf(amr);
  if (!reaches(proof.acr, session.acr) || (account.hasTotp && !showsSecondFactor(amr))) {
    await recordFailure(ports, caller, account, factor, 'too_weak');
    return fail({ code: 'proof_too_weak' });
  }
  const now = ports.clock.now();
  const holder = await commitWithRoles(ports, account, [
    ports.sessions.expectLive(session.id, account.id, now),
    ...(membership === null
      ? []
      : [ports.organisations.members.expect(membership.organisation.id, account.id, [membership.role])]),
    ...writes,
    ports.sessions.prove(session.id, proof, now),
    audited(ports, caller, {
      action: 'step_up',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor,
      detail: { sessionId: session.id, acr: proof.acr },
    }),
  ]);
  if (holder === null) {
    await recordFailure(ports, caller, account, factor, UNTAKEN[factor]);
    return fail({ code: 'invalid_credentials' });
  }
  if (factor === 'totp') await codeWasRight(ports, caller, account.id);
  return ok(await accessTokenFor(ports, { ...session, ...proof, authTime: now }, holder, membership));
}

/** A counter that went backwards is told to the owner, as at a sign-in. */
async function recordFailure(
  ports: AuthPorts,
  caller: Caller,
  account: AccountRow,
  factor: Shown['factor'],
  why: string,
): Promise<void> {
  const notice = why === UNTAKEN.passkey ? owedNotice(ports, caller, account, 'passkey_suspicious') : null;
  await ports.commit([
    ...(notice?.writes ?? []),
    audited(ports, caller, {
      action: 'step_up',
      outcome: 'failure',
      actorId: account.id,
      subject: account.id,
      factor,
      detail: { why },
    }),
  ]);
  notice?.send();
}

async function showPasskey(
  ports: AuthPorts,
  caller: Caller,
  account: AccountRow,
  input: PasskeyAnswer,
): Promise<Result<Shown, AuthError>> {
  const checked = await checkPasskey(ports, input);
  if (!checked.right || checked.known.account.id !== account.id) {
    await recordFailure(ports, caller, account, 'passkey', checked.right ? 'other_account' : checked.why);
    return fail({ code: 'invalid_credentials' });
  }
  const { passkey } = checked.known;
  return ok({
    amr: passkeyAmr(passkey.backupEligible),
    writes: passkeyUse(ports, passkey, checked.assertion),
    factor: 'passkey',
  });
}

async function showTyped(
  ports: AuthPorts,
  caller: Caller,
  account: AccountRow,
  { password, code }: { password?: string | undefined; code?: ShownCode | undefined },
): Promise<Result<Shown, AuthError>> {
  const shown: Shown = { amr: [], writes: [], factor: 'password' };
  if (password !== undefined) {
    const known = { id: account.id, phc: account.phc, email: openEmail(ports, account) };
    const proven = await provePassword(ports, caller, known, password, 'step_up');
    if (!proven.ok) return proven;
    shown.amr.push(...PASSWORD_AMR);
    shown.writes.push(ports.accounts.expectPassword(account.id, account.phc));
  }
  if (code !== undefined) {
    const checked = await checkCode(ports, caller, account, code);
    if (!checked.ok) {
      if (checked.error.code === 'invalid_credentials') {
        await recordWrongCode(ports, caller, account.id, 'step_up', code);
      }
      return checked;
    }
    shown.amr.push(checked.value.method);
    shown.writes.push(...checked.value.writes);
    shown.factor = checked.value.factor;
  }
  return ok(shown);
}
