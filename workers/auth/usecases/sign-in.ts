import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import { audited } from './audit.ts';
import type { AuthError } from './errors.ts';
import { limit, passwordWasRight } from './limits.ts';
import { newSession, PASSWORD_PROOF, tokensFor, type Tokens } from './open-session.ts';

/**
 * Signs in by password. Limits are counted before the hash; an unknown, closed or password-less account costs the same
 * hash, the same reads and writes, and gets the same answer as a wrong password.
 */
export async function signIn(
  ports: AuthPorts,
  caller: Caller,
  input: { email: string; password: string },
): Promise<Result<Tokens, AuthError>> {
  const emailIndex = ports.emailIndex.current(input.email);
  const limited = await limit(ports, caller, 'password', emailIndex);
  if (!limited.ok) return limited;
  const account = await ports.accounts.byEmail(ports.emailIndex.all(input.email));
  const { matches, outdated } = await ports.hasher.verify(input.password, account?.phc ?? null);
  if (account === null || !matches || account.status !== 'active') {
    await recordFailure(ports, caller, account?.id ?? emailIndex);
    return fail({ code: 'invalid_credentials' });
  }
  const rehashed = outdated ? await ports.hasher.hash(input.password) : null;
  const opened = await open(ports, caller, account, rehashed);
  if (opened === null) return fail({ code: 'invalid_credentials' });
  await passwordWasRight(ports, caller, emailIndex);
  return ok(opened);
}

/** Null when the account was disabled or its password changed since it was read. */
async function open(
  ports: AuthPorts,
  caller: Caller,
  account: AccountRow,
  rehashed: string | null,
): Promise<Tokens | null> {
  const session = newSession(ports, caller, account.id, PASSWORD_PROOF);
  const done = await ports.commit([
    ports.accounts.expectActive(account.id),
    ports.accounts.expectPassword(account.id, account.phc),
    ...(rehashed === null ? [] : [ports.accounts.setPassword(account.id, rehashed, ports.clock.now())]),
    ports.sessions.open(session.row),
    audited(ports, caller, {
      action: 'sign_in',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'password',
      detail: { sessionId: session.row.id },
    }),
  ]);
  return done ? tokensFor(ports, session.row, account, session.token.text) : null;
}

async function recordFailure(ports: AuthPorts, caller: Caller, subject: string): Promise<void> {
  await ports.commit([
    audited(ports, caller, {
      action: 'sign_in',
      outcome: 'failure',
      actorId: null,
      subject,
      factor: 'password',
    }),
  ]);
}
