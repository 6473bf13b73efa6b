import { normalisedEmail } from '#shared/domain/email.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { choosePassword } from './choose-password.ts';
import { accountEmail, linkEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { ownerWasHere } from './limits.ts';
import { EMAIL_LINK_PROOF, newSession, tokensFor, type Tokens } from './open-session.ts';

/** Redeems a sign-up link: makes the account and its first session, in one transaction with using the link up. */
export async function verifyEmail(
  ports: AuthPorts,
  caller: Caller,
  input: { token: string; password?: string | undefined },
): Promise<Result<Tokens, AuthError>> {
  const now = ports.clock.now();
  const tokenHash = sha256(input.token);
  const link = await ports.emailTokens.peek(tokenHash, 'verify', now);
  if (link === null) return fail({ code: 'link_spent' });
  const email = ports.fields.open(link.emailSealed, linkEmail(tokenHash));
  const phc =
    input.password === undefined ? ok(null) : await choosePassword(ports, input.password, email, '/password');
  if (!phc.ok) return phc;

  const id = newId('user');
  const account = {
    id,
    emailSealed: ports.fields.seal(email, accountEmail(id)),
    roles: firstRoles(ports, email),
  };
  const session = newSession(ports, caller, id, EMAIL_LINK_PROOF);
  const emailIndex = ports.emailIndex.current(email);
  const done = await ports.commit([
    ports.emailTokens.expectAlive(tokenHash, now),
    ports.accounts.expectNoneWith(ports.emailIndex.all(email)),
    ports.accounts.create({
      id,
      emailIndex,
      emailSealed: account.emailSealed,
      passkeyHandle: randomSecret(),
      now,
    }),
    ports.accounts.grant(id, account.roles, id, now),
    ...(phc.value === null ? [] : [ports.accounts.setPassword(id, phc.value, now)]),
    ports.sessions.open(session.row),
    ports.emailTokens.consume(link),
    audited(ports, caller, {
      action: 'account.created',
      outcome: 'success',
      actorId: id,
      subject: id,
      factor: 'email',
      detail: { roles: account.roles, sessionId: session.row.id },
    }),
  ]);
  if (!done) return fail({ code: 'link_spent' });
  await ownerWasHere(ports, caller, emailIndex);
  return ok(await tokensFor(ports, session.row, account, session.token.text));
}

const firstRoles = (ports: AuthPorts, email: string): Role[] =>
  ports.bootstrapAdministrator !== null && ports.bootstrapAdministrator === normalisedEmail(email)
    ? ['admin', 'customer']
    : ['customer'];
