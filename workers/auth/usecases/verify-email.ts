import { normalisedEmail } from '#shared/domain/email.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow, NewPassword } from '../queries/accounts.ts';
import { choosePassword } from './choose-password.ts';
import { accountEmail, linkEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { ownerWasHere } from './limits.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { EMAIL_AMR } from './proof.ts';

/** Redeems a sign-up link: makes the account and its first session, in one transaction with using the link up. */
export async function verifyEmail(
  ports: AuthPorts,
  caller: Caller,
  input: { token: string; password?: string | undefined },
): Promise<Result<SignedIn, AuthError>> {
  const now = ports.clock.now();
  const tokenHash = sha256(input.token);
  const link = await ports.emailTokens.peek(tokenHash, 'verify', now);
  if (link === null) return fail({ code: 'link_spent' });
  const email = ports.fields.open(link.emailSealed, linkEmail(tokenHash));
  const phc =
    input.password === undefined
      ? ok(null)
      : await choosePassword(ports, input.password, { email, hasTotp: false }, '/password');
  if (!phc.ok) return phc;

  const account = newAccount(ports, email, phc.value, firstRoles(ports, email));
  const emailIndex = ports.emailIndex.current(email);
  const opened = await openSession(ports, caller, {
    account,
    amr: EMAIL_AMR,
    writes: [
      ports.emailTokens.expectAlive(tokenHash, now),
      ports.accounts.expectNoneWith(ports.emailIndex.all(email)),
      ports.accounts.create({ ...account, emailIndex, now }),
      ports.accounts.grant(account.id, account.roles, account.id, now),
      ...(phc.value === null ? [] : ports.accounts.setPassword(account.id, phc.value, now)),
      ports.emailTokens.consume(link),
    ],
    audit: { action: 'account.created', factor: 'email', detail: { roles: account.roles } },
  });
  if (opened === null) return fail({ code: 'link_spent' });
  await ownerWasHere(ports, caller, emailIndex);
  return ok(opened);
}

/** An account as it is before it is written down. */
export function newAccount(
  ports: AuthPorts,
  email: string,
  password: NewPassword | null,
  roles: Role[],
): AccountRow {
  const id = newId('user');
  return {
    id,
    emailSealed: ports.fields.seal(email, accountEmail(id)),
    passkeyHandle: randomSecret(),
    status: 'active',
    roles,
    phc: password?.phc ?? null,
    passwordStandsAlone: password?.standsAlone ?? null,
    passkeyCount: 0,
    hasTotp: false,
    recoveryCodeCount: 0,
    createdAt: ports.clock.now(),
  };
}

const firstRoles = (ports: AuthPorts, email: string): Role[] =>
  ports.bootstrapAdministrator !== null && ports.bootstrapAdministrator === normalisedEmail(email)
    ? ['admin', 'customer']
    : ['customer'];
