import { compactVerify, errors, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { accessTokenVerifier } from '#shared/auth/access-token.ts';
import { fromHex } from '#shared/crypto/bytes.ts';
import { isCompactJws } from '#shared/crypto/compact-jws.ts';
import { TEST_ISSUER } from '#shared/testing/tokens.ts';
import ed25519 from '../../test/fixtures/wycheproof/ed25519.json';
import jws from '../../test/fixtures/wycheproof/json-web-signature.json';

/** Vectors of Project Wycheproof, against the verification this runtime and `jose` offer us. */
describe('Ed25519', () => {
  it('is verified as the vectors say: no malleable, cut, padded or overflowing signature counts', async () => {
    const wrong: string[] = [];
    for (const { x, tests } of ed25519) {
      const key = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519', false, [
        'verify',
      ]);
      for (const { id, comment, msg, sig, result } of tests) {
        // Some lengths are a refusal, others a fault of the call: neither counts as a signature.
        const isGood = await crypto.subtle
          .verify('Ed25519', key, fromHex(sig), fromHex(msg))
          .catch(() => false);
        if (isGood !== (result === 'valid')) wrong.push(`${id} ${comment}: ${isGood}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(ed25519.flatMap(({ tests }) => tests)).toHaveLength(151);
  });
});

describe('a JSON Web Signature', () => {
  /** Whether `jose` takes it under this key and the algorithm that we, not the token, name. */
  async function isTaken(text: string, key: JWK): Promise<boolean> {
    const algorithms = key.alg === undefined ? [] : [key.alg === 'ES521' ? 'ES512' : key.alg];
    if (!isCompactJws(text)) return false;
    try {
      await compactVerify(text, await importJWK(key, algorithms[0] ?? 'RS256'), { algorithms });
      return true;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException) {
        return false;
      }
      throw error;
    }
  }

  /** Valid to the vectors: `?` within base64url, which we do not read, and an algorithm by a name that is registered nowhere. */
  const REFUSED_BY_US = new Set([346, 350, 372, 373]);
  /** Said to have padding, but printed without it: the same text as a valid one of their group. */
  const MISPRINTED = new Set([367, 370]);

  it('that is invalid is never taken, whatever was done to it', async () => {
    const wrong: string[] = [];
    const refused: string[] = [];
    for (const { key, comment: group, tests } of jws) {
      for (const { id, comment, jws: text, result } of tests) {
        const taken = await isTaken(text, key);
        if (taken && result === 'invalid' && !MISPRINTED.has(id)) wrong.push(`${id} ${group} ${comment}`);
        if (!taken && result === 'valid' && !REFUSED_BY_US.has(id)) refused.push(`${id} ${group} ${comment}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toEqual([]);
    expect(jws.flatMap(({ tests }) => tests)).toHaveLength(401);
  });

  it('of no such kind is an access token', async () => {
    const keys = jws.map(({ key }) => key as JWK).filter(({ kty }) => kty !== 'oct');
    const verifier = accessTokenVerifier({
      issuer: TEST_ISSUER,
      loadKeys: async () => ({ keys: keys as never }),
      clock: { now: () => Date.now() },
    });
    for (const { tests } of jws) {
      for (const { jws: text } of tests) expect(await verifier.verify(text)).toBeNull();
    }
  });
});
