import { checkDpopProof, DPOP_PROOF_AGE_SECONDS } from '#shared/auth/dpop.ts';
import { toBase64Url } from '#shared/crypto/bytes.ts';
import type { RingKey } from '#shared/crypto/key-ring.ts';
import { ok } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts } from '../../ports.ts';
import { DPOP_NONCE_MS } from '../limits.ts';
import { refuse, type OAuthResult } from '../refusal.ts';

type Keys = Pick<AuthPorts, 'fieldKeys' | 'clock'>;

/** What a proof must carry now, so that none can be made for later (RFC 9449 §8). The same in every isolate. */
export const dpopNonce = (ports: Keys): string => nonceAt(ports.fieldKeys.current, ports.clock.now());

const nonceAt = (key: RingKey, at: number): string =>
  toBase64Url(key.mac('dpop nonce', String(Math.floor(at / DPOP_NONCE_MS)))).slice(0, 22);

/**
 * Thumbprint of the key a request to the provider proves to hold; null: it sent no proof. Each proof is taken once, in
 * the whole shop.
 */
export async function provenKey(
  ports: AuthPorts,
  proof: string | undefined,
  path: string,
): Promise<OAuthResult<string | null>> {
  if (proof === undefined) return ok(null);
  const now = ports.clock.now();
  const checked = await checkDpopProof(proof, {
    method: 'POST',
    url: ports.origin + path,
    accessToken: null,
    now,
  });
  if (checked === null) return refuse('invalid_dpop_proof', 'the proof of possession does not fit');
  // While keys are changed some instances give out nonces of one, some of another.
  const nonces = ports.fieldKeys.all.flatMap((key) =>
    [now, now - DPOP_NONCE_MS].map((at) => nonceAt(key, at)),
  );
  if (checked.nonce === null || !nonces.includes(checked.nonce)) {
    return refuse('use_dpop_nonce', 'put the value of DPoP-Nonce into the proof');
  }
  const until = now + 2 * DPOP_PROOF_AGE_SECONDS * SECOND_MS;
  const isNew = await ports.oauth.seenIds.isNew(`dpop ${checked.jkt} ${checked.jti}`, until);
  return isNew ? ok(checked.jkt) : refuse('invalid_dpop_proof', 'the proof of possession was used before');
}
