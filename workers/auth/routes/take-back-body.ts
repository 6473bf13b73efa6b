import type { takeBackSchema } from '#shared/contracts/http/auth.ts';
import type { ShownOlder } from '../usecases/prove-older.ts';

/** The body of a link that takes things back. */
export function takeBackOf(body: (typeof takeBackSchema)['_output']): { token: string } & ShownOlder {
  const { token, password, code, recoveryCode } = body;
  if (code !== undefined) return { token, code: { code } };
  return { token, password, code: recoveryCode === undefined ? undefined : { recoveryCode } };
}
