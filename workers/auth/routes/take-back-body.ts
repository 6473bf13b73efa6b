import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { FactorsKept, takeBackSchema } from '#shared/contracts/http/auth.ts';
import type { ShownOlder } from '../usecases/prove-older.ts';
import type { TakenBack } from '../usecases/take-back.ts';

/** The body of a link that takes things back. */
export function takeBackOf(body: (typeof takeBackSchema)['_output']): { token: string } & ShownOlder {
  const { token, password, code, recoveryCode, passkey } = body;
  if (passkey !== undefined) {
    const { ceremonyId, response } = passkey;
    // The library's type is narrower in what it ignores.
    return { token, passkey: { ceremonyId, response: response as AuthenticationResponseJSON } };
  }
  if (code !== undefined) return { token, code: { code } };
  return { token, password, code: recoveryCode === undefined ? undefined : { recoveryCode } };
}

/** Null: all was taken back. */
export const factorsKeptOf = ({ factorsKept }: TakenBack): FactorsKept | null =>
  factorsKept === null ? null : { status: 'factors_kept', needs: factorsKept };
