import { accessTokenVerifier, type AccessTokenVerifier } from '#shared/auth/access-token.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from './env.ts';

let kept: { verifier: AccessTokenVerifier } | null = null;

/** What one isolate makes once and keeps: the verifier with its key set. */
export function isolate(env: Env): { verifier: AccessTokenVerifier } {
  kept ??= {
    verifier: accessTokenVerifier({
      issuer: env.PUBLIC_ORIGIN,
      loadKeys: () => env.AUTH.getJwks({ requestId: newRequestId() }),
      clock: systemClock,
    }),
  };
  return kept;
}
