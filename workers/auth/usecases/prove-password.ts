import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import type { AuthError } from './errors.ts';
import { limit, passwordWasRight } from './limits.ts';

/** The password of somebody who is signed in, for what `action` names; guesses at it count as everywhere. */
export async function provePassword(
  ports: AuthPorts,
  caller: Caller,
  account: { id: string; phc: string | null; email: string },
  password: string,
  action: string,
): Promise<Result<null, AuthError>> {
  const emailIndex = ports.emailIndex.current(account.email);
  const limited = await limit(ports, caller, 'password', emailIndex, null);
  if (!limited.ok) return limited;
  const { matches } = await ports.hasher.verify(password, account.phc);
  if (matches) {
    await passwordWasRight(ports, caller, emailIndex, limited.value);
    return ok(null);
  }
  await ports.commit([
    audited(ports, caller, {
      action,
      outcome: 'failure',
      actorId: account.id,
      subject: account.id,
      factor: 'password',
    }),
  ]);
  return fail({ code: 'current_password_wrong' });
}
