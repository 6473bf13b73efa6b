import type { OlderProof } from '#shared/contracts/http/auth.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import type { OlderCredentials } from '../queries/older-credentials.ts';
import type { TotpRow } from '../queries/totps.ts';
import { audited } from './audit.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { checkPasskey, passkeyUse, type PasskeyAnswer } from './passkey-sign-in.ts';
import { isStaff } from './proof.ts';
import { provePassword } from './prove-password.ts';
import { checkCode, recordWrongCode, type ShownCode } from './second-factor.ts';

/** What is shown beside a link; nothing, or one of the three. */
export interface ShownOlder {
  password?: string | undefined;
  code?: ShownCode | undefined;
  passkey?: PasskeyAnswer | undefined;
}

interface ProvenOlder {
  /** Null: the factors go back to what they were. Else what would have to be shown for that, any one of it, and was not. */
  factorsKept: OlderProof[] | null;
  factor: 'email' | 'password' | 'totp' | 'recovery_code' | 'passkey';
  /** Use up what was shown; to be written after what was removed is back. */
  writes: Write[];
}

/** The change of factors a link is about. */
export interface ChangedFactors {
  /** When the link reaches back to. */
  since: number;
  /** When the first factor was added or removed since; null: none was. */
  firstAt: number | null;
  /** The app that was removed since, as it comes back; null: none was, or one from before is in use. */
  formerTotp: TotpRow | null;
}

/** What opened the account then. A password does not where it opened nothing by itself: beside an app, and for staff. */
function kindsOf({ phc, hasPasskey, hasTotp }: OlderCredentials, account: AccountRow): OlderProof[] {
  const passwordOpens = phc !== null && !hasTotp && !isStaff(account);
  return [
    ...(passwordOpens ? (['password'] as const) : []),
    ...(hasTotp ? (['code'] as const) : []),
    ...(hasPasskey ? (['passkey'] as const) : []),
  ];
}

/**
 * Whether factors that were added since a link reaches back to may be taken away by it, and those that were removed be put
 * back: a mailbox alone must not get past a factor. So what opened the account before is to be shown, if it had anything but
 * mailbox and outside identities: the password as it was then, since a thief may have changed it before the factor was
 * added, a factor as it was then, since a thief may have removed it; of an account younger than that what came before the
 * first change. Staff never lose a factor to a mailbox. Guesses count as at a sign-in.
 */
export async function proveOlder(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    changed,
    shown,
    action,
  }: { account: AccountRow; changed: ChangedFactors; shown: ShownOlder; action: string },
): Promise<Result<ProvenOlder, AuthError>> {
  const older = await olderThan(ports, account, changed);
  const { password, code, passkey } = shown;
  if (older === null) return ok({ factorsKept: null, factor: 'email', writes: [] });
  const needs = kindsOf(older, account);
  if (needs.length === 0 && !isStaff(account)) return ok({ factorsKept: null, factor: 'email', writes: [] });
  if (passkey !== undefined) return provePasskey(ports, caller, { account, changed, passkey, action });
  if (code !== undefined) return proveCode(ports, caller, { account, older, changed, code, action });
  if (password === undefined) return ok({ factorsKept: needs, factor: 'email', writes: [] });
  const phc = needs.includes('password') ? older.phc : null;
  const known = { id: account.id, phc, email: openEmail(ports, account) };
  const proven = await provePassword(ports, caller, known, password, action);
  if (proven.ok) return ok({ factorsKept: null, factor: 'password', writes: [] });
  return proven.error.code === 'current_password_wrong' ? fail({ code: 'invalid_credentials' }) : proven;
}

/** Null: no factor was added or removed. */
async function olderThan(
  { olderCredentials }: AuthPorts,
  account: AccountRow,
  { since, firstAt }: ChangedFactors,
): Promise<OlderCredentials | null> {
  if (firstAt === null) return null;
  const then = await olderCredentials.before(account.id, since);
  return kindsOf(then, account).length > 0 ? then : olderCredentials.before(account.id, firstAt);
}

async function proveCode(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    older,
    changed,
    code,
    action,
  }: {
    account: AccountRow;
    older: OlderCredentials;
    changed: ChangedFactors;
    code: ShownCode;
    action: string;
  },
): Promise<Result<ProvenOlder, AuthError>> {
  const counts = 'code' in code ? older.hasTotp : older.hasRecoveryCodes;
  const checked = counts
    ? await checkCode(ports, caller, account, code, changed.formerTotp)
    : fail({ code: 'invalid_credentials' } as const);
  if (checked.ok) {
    const { factor, writes } = checked.value;
    return ok({ factorsKept: null, factor, writes });
  }
  if (checked.error.code === 'invalid_credentials') {
    await recordWrongCode(ports, caller, account.id, action, code);
  }
  return checked;
}

async function provePasskey(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    changed,
    passkey,
    action,
  }: { account: AccountRow; changed: ChangedFactors; passkey: PasskeyAnswer; action: string },
): Promise<Result<ProvenOlder, AuthError>> {
  const then = await ports.formerFactors.passkeysAt(account.id, changed.since);
  const checked = await checkPasskey(ports, passkey, async (credentialId) => {
    const found = then.find((each) => each.credentialId === credentialId);
    return found === undefined ? null : { passkey: found, account };
  });
  if (checked.right) {
    const writes = passkeyUse(ports, checked.known.passkey, checked.assertion);
    return ok({ factorsKept: null, factor: 'passkey', writes });
  }
  await recordWrongPasskey(ports, caller, account.id, action, checked.why);
  return fail({ code: 'invalid_credentials' });
}

export async function recordWrongPasskey(
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
  action: string,
  why: string,
): Promise<void> {
  await ports.commit([
    audited(ports, caller, {
      action,
      outcome: 'failure',
      actorId: null,
      subject: accountId,
      factor: 'passkey',
      detail: { why },
    }),
  ]);
}
