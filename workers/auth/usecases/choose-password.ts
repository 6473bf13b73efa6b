import { fail, ok, type Result } from '#shared/domain/result.ts';
import { passwordFault, standsAlone } from '../password-policy.ts';
import type { AuthPorts } from '../ports.ts';
import type { NewPassword } from '../queries/accounts.ts';
import type { AuthError } from './errors.ts';

/** Checks a new password and hashes it; beside a second factor a shorter one will do. `field` is where the caller sent it. */
export async function choosePassword(
  ports: AuthPorts,
  password: string,
  account: { email: string; hasTotp: boolean },
  field: string,
): Promise<Result<NewPassword, AuthError>> {
  const fault = passwordFault(password, account.email, account.hasTotp ? 'second_factor' : 'alone');
  if (fault !== null) return fail({ code: 'password_refused', field, fault });
  if (await ports.breached.contains(password)) {
    return fail({ code: 'password_refused', field, fault: 'breached' });
  }
  return ok({ phc: await ports.hasher.hash(password), standsAlone: standsAlone(password) });
}
