import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { OlderProof } from '#shared/contracts/http/auth.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import type { OlderCredentials } from '../queries/older-credentials.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { provePassword } from './prove-password.ts';
import { checkCode, recordWrongCode, type ShownCode } from './second-factor.ts';

/** What is shown beside a link; nothing, or one of the two. */
export interface ShownOlder {
  password?: string | undefined;
  code?: ShownCode | undefined;
}

interface ProvenOlder {
  /** What would have to be shown, any one of it, and was not; empty: the factors may be taken away. */
  needs: OlderProof[];
  factor: 'email' | 'password' | 'totp' | 'recovery_code';
  writes: Write[];
}

const kindsOf = ({ phc, hasPasskey, hasTotp }: OlderCredentials): OlderProof[] => [
  ...(phc === null ? [] : (['password'] as const)),
  ...(hasTotp ? (['code'] as const) : []),
  ...(hasPasskey ? (['passkey'] as const) : []),
];

/**
 * Whether factors added at `firstAt` and later (null: there are none) may be taken away by a link that reaches back to
 * `since`: a mailbox alone must not get past a factor. So what the account had before is to be shown, if it had anything but
 * mailbox and outside identities: the password as it was at `since`, since a thief may have changed it before the factor was
 * added; of an account younger than that what came before the factor. Guesses count as at a sign-in.
 */
export async function proveOlder(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    since,
    firstAt,
    shown,
    action,
  }: { account: AccountRow; since: number; firstAt: number | null; shown: ShownOlder; action: string },
): Promise<Result<ProvenOlder, AuthError>> {
  const older = firstAt === null ? null : await olderThan(ports, account.id, since, firstAt);
  const needs = older === null ? [] : kindsOf(older);
  const { password, code } = shown;
  if (older === null || needs.length === 0 || (password ?? code) === undefined) {
    return ok({ needs, factor: 'email', writes: [] });
  }
  if (password !== undefined) {
    const known = { id: account.id, phc: older.phc, email: openEmail(ports, account) };
    const proven = await provePassword(ports, caller, known, password, action);
    if (proven.ok) return ok({ needs: [], factor: 'password', writes: [] });
    return proven.error.code === 'current_password_wrong' ? fail({ code: 'invalid_credentials' }) : proven;
  }
  return proveCode(ports, caller, { account, older, code: code as ShownCode, action });
}

async function olderThan(
  { olderCredentials }: AuthPorts,
  accountId: string,
  since: number,
  firstAt: number,
): Promise<OlderCredentials> {
  const then = await olderCredentials.before(accountId, since);
  return kindsOf(then).length > 0 ? then : olderCredentials.before(accountId, firstAt);
}

async function proveCode(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    older,
    code,
    action,
  }: { account: AccountRow; older: OlderCredentials; code: ShownCode; action: string },
): Promise<Result<ProvenOlder, AuthError>> {
  const counts = 'code' in code ? older.hasTotp : older.hasRecoveryCodes;
  const checked = counts
    ? await checkCode(ports, caller, account, code)
    : fail({ code: 'invalid_credentials' } as const);
  if (checked.ok) {
    const { factor, writes } = checked.value;
    return ok({ needs: [], factor, writes });
  }
  if (checked.error.code === 'invalid_credentials') {
    await recordWrongCode(ports, caller, account.id, action, code);
  }
  return checked;
}
