import { fail, ok, type Result } from '#shared/domain/result.ts';
import { passwordFault } from '../password-policy.ts';
import type { AuthPorts } from '../ports.ts';
import type { AuthError } from './errors.ts';

/** Checks a new password and hashes it. `field` is where the caller sent it. */
export async function choosePassword(
  ports: AuthPorts,
  password: string,
  email: string,
  field: string,
): Promise<Result<string, AuthError>> {
  const fault = passwordFault(password, email);
  if (fault !== null) return fail({ code: 'password_refused', field, fault });
  if (await ports.breached.contains(password)) {
    return fail({ code: 'password_refused', field, fault: 'breached' });
  }
  return ok(await ports.hasher.hash(password));
}
