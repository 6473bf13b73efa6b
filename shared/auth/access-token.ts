import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { PublicJwk } from '#shared/contracts/auth.ts';
import type { Clock } from '#shared/time/time.ts';

/** Audience of access tokens for this API (RFC 9068 §2.2). */
export const ACCESS_TOKEN_AUDIENCE = 'tradepost-api';
export const ACCESS_TOKEN_TTL_SECONDS = 600;
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TTL_MS = 300_000;
/** An unknown key id asks for fresh keys at most this often, so a forged `kid` cannot become load on the auth worker. */
const JWKS_REFRESH_MIN_INTERVAL_MS = 10_000;

const claimsSchema = z.object({
  sub: z.string().regex(/^usr_[0-9a-f]{32}$/),
  sid: z.string(),
  client_id: z.string(),
  roles: z.array(z.string()).max(20),
  auth_time: z.int(),
  amr: z.array(z.string()),
  acr: z.string(),
});

/** What the auth worker writes and nothing else: a token that brings a key, or names where to get one, is hostile. */
const headerSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.literal('at+jwt'),
  kid: z.string().min(1),
});

/** Who is calling, as proven by a verified access token. */
export interface Actor {
  userId: string;
  sessionId: string;
  clientId: string;
  roles: string[];
  /** When the user last authenticated, seconds since the epoch. */
  authTime: number;
  /** End of the token, seconds since the epoch. */
  expiresAt: number;
  /** Methods used (RFC 8176), e.g. `hwk` for a passkey, `pwd`. */
  amr: string[];
  acr: string;
}

export interface AccessTokenVerifier {
  /** The actor, or null for every token that is not exactly what the auth worker signs. */
  verify(token: string): Promise<Actor | null>;
}

/**
 * Verifies access tokens without a network call while the key set is fresh (RFC 9068 §4, RFC 8725).
 * `EdDSA` and `at+jwt` are pinned; keys come from `loadKeys` alone, never from the token's own header.
 */
export function accessTokenVerifier(options: {
  issuer: string;
  loadKeys: () => Promise<{ keys: PublicJwk[] }>;
  clock: Clock;
}): AccessTokenVerifier {
  let cached: { keys: ReturnType<typeof createLocalJWKSet>; loadedAt: number } | null = null;

  async function keySet(maxAgeMs: number) {
    const now = options.clock.now();
    if (cached === null || now - cached.loadedAt > maxAgeMs) {
      cached = { keys: createLocalJWKSet(await options.loadKeys()), loadedAt: now };
    }
    return cached.keys;
  }

  async function check(token: string, maxAgeMs: number): Promise<Actor | null> {
    const { payload, protectedHeader } = await jwtVerify(token, await keySet(maxAgeMs), {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: options.issuer,
      audience: ACCESS_TOKEN_AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(options.clock.now()),
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    });
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success || !headerSchema.safeParse(protectedHeader).success) return null;
    const { sub, sid, client_id, roles, auth_time, amr, acr } = claims.data;
    return {
      userId: sub,
      sessionId: sid,
      clientId: client_id,
      roles,
      authTime: auth_time,
      expiresAt: payload.exp ?? 0,
      amr,
      acr,
    };
  }

  return {
    async verify(token) {
      try {
        return await check(token, JWKS_TTL_MS);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) {
          return check(token, JWKS_REFRESH_MIN_INTERVAL_MS).catch(nullOnTokenFault);
        }
        return nullOnTokenFault(error);
      }
    },
  };
}

/** A bad token is a refusal; a fault in loading keys is not, and must surface as a 5xx rather than a 401. */
function nullOnTokenFault(error: unknown): null {
  if (error instanceof errors.JOSEError) return null;
  throw error;
}
