import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import type { AuthError } from './errors.ts';
import { limit, passwordWasRight } from './limits.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { PASSWORD_AMR } from './proof.ts';

/**
 * Signs in by password. Limits are counted before the hash; an unknown, closed or password-less account costs the same
 * hash, the same reads and writes, and gets the same answer as a wrong password.
 */
export async function signIn(
  ports: AuthPorts,
  caller: Caller,
  input: { email: string; password: string },
): Promise<Result<SignedIn, AuthError>> {
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
  const opened = await openSession(ports, caller, {
    account,
    amr: PASSWORD_AMR,
    writes: [
      ports.accounts.expectPassword(account.id, account.phc),
      ...(rehashed === null ? [] : [ports.accounts.rehash(account.id, rehashed)]),
    ],
    audit: { action: 'sign_in', factor: 'password' },
  });
  if (opened === null) return fail({ code: 'invalid_credentials' });
  await passwordWasRight(ports, caller, emailIndex);
  return ok(opened);
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
