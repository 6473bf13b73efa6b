import type { AuthService } from '#shared/contracts/auth.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { systemClock } from '#shared/time/time.ts';
import { accessTokenVerifier, type AccessTokenVerifier } from './access-token.ts';

/** The verifier of every worker but auth, which it asks for keys. Made once an isolate: it keeps what it was told. */
export const workerVerifier = (env: {
  PUBLIC_ORIGIN: string;
  AUTH: Pick<AuthService, 'getJwks' | 'exchangeApiKey' | 'useOnce'>;
}): AccessTokenVerifier =>
  accessTokenVerifier({
    issuer: env.PUBLIC_ORIGIN,
    loadKeys: () => env.AUTH.getJwks({ requestId: newRequestId() }),
    exchangeKey: async (key) => {
      const exchanged = await env.AUTH.exchangeApiKey({ requestId: newRequestId() }, { key });
      return exchanged?.accessToken ?? null;
    },
    useOnce: (id, until) => env.AUTH.useOnce({ requestId: newRequestId() }, { id, until }),
    clock: systemClock,
  });
