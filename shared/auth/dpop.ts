import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { z } from 'zod';
import { sha256 } from '#shared/crypto/bytes.ts';
import { SECOND_MS } from '#shared/time/time.ts';

/** Signatures proofs may carry: asymmetric ones alone (RFC 9449 §4.3). */
export const DPOP_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'ES384', 'PS256', 'RS256'] as const;
/** How old a proof may be, or how far ahead its maker's clock (RFC 9449 §11.1). */
export const DPOP_PROOF_AGE_SECONDS = 60;
const PROOF_CHARACTERS_MAX = 4_000;

const payloadSchema = z.object({
  jti: z.string().min(8).max(200),
  htm: z.string(),
  htu: z.string(),
  iat: z.int(),
  ath: z.string().optional(),
  nonce: z.string().optional(),
});
const headerSchema = z.object({ jwk: z.looseObject({ kty: z.string() }) });

export interface DpopProof {
  /** SHA-256 thumbprint of the key (RFC 7638), as it stands in `cnf.jkt`. */
  jkt: string;
  jti: string;
  nonce: string | null;
}

/**
 * Checks a proof that the sender of one request holds a key (RFC 9449 §4.3), but for its single use, which is for the
 * caller to keep. `url` is ours as configured, never as a request names it. Null: no valid proof for this request.
 */
export async function checkDpopProof(
  proof: string,
  expected: { method: string; url: string; accessToken: string | null; now: number },
): Promise<DpopProof | null> {
  if (proof.length > PROOF_CHARACTERS_MAX) return null;
  const verified = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: [...DPOP_ALGORITHMS],
    currentDate: new Date(expected.now),
  }).catch(() => null);
  if (verified === null) return null;
  const payload = payloadSchema.safeParse(verified.payload);
  const header = headerSchema.safeParse(verified.protectedHeader);
  if (!payload.success || !header.success) return null;
  const { jti, htm, htu, iat, ath, nonce = null } = payload.data;
  const ageSeconds = Math.abs(expected.now / SECOND_MS - iat);
  const isForThis =
    htm === expected.method &&
    withoutQuery(htu) === withoutQuery(expected.url) &&
    ageSeconds <= DPOP_PROOF_AGE_SECONDS &&
    (expected.accessToken === null || ath === sha256(expected.accessToken));
  if (!isForThis) return null;
  return { jkt: await calculateJwkThumbprint(header.data.jwk), jti, nonce };
}

/** Query and fragment do not count (RFC 9449 §4.3, 9). */
function withoutQuery(address: string): string | null {
  const url = URL.parse(address);
  return url === null ? null : url.origin + url.pathname;
}

/**
 * Remembers proofs in this isolate while they could be sent again, so that a repeated one costs nothing. Who was first in
 * the whole shop is for auth to say.
 */
export function seenProofs(limit = 20_000): { isNew(proof: DpopProof, now: number): boolean } {
  let [older, newer] = [new Set<string>(), new Set<string>()];
  let turnedAt = 0;
  return {
    isNew({ jkt, jti }, now) {
      if (now - turnedAt > 2 * DPOP_PROOF_AGE_SECONDS * SECOND_MS || newer.size >= limit) {
        [older, newer, turnedAt] = [newer, new Set(), now];
      }
      const name = `${jkt} ${jti}`;
      if (older.has(name) || newer.has(name)) return false;
      newer.add(name);
      return true;
    },
  };
}
