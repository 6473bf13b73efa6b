import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENTITLEMENT_CODES } from '#shared/contracts/http/entitlements.ts';
import { LICENCE_FILE_TYPE } from '#shared/contracts/http/licence-files.ts';
import { randomBytes, sha256Hex, toBase64, toBase64Url } from '#shared/crypto/bytes.ts';
import { type PublicSigningKey, signingRing } from '#shared/crypto/signing-ring.ts';
import { ROOT } from './lib/workers.ts';

const text = readFileSync(path.join(ROOT, 'docs/entitlements.md'), 'utf8');

type Verify = (
  file: string,
  asked: { keys: PublicSigningKey[]; productId: string; fingerprint: string; now?: number },
) => { code: string; claims?: unknown };
/** The function an application would copy. */
async function documented(): Promise<Verify> {
  const [, source = ''] = /```js\n([^]*?)```/.exec(text) ?? [];
  const url = `data:text/javascript;base64,${toBase64(new TextEncoder().encode(source))}`;
  return ((await import(/* @vite-ignore */ url)) as { verifyLicenceFile: Verify }).verifyLicenceFile;
}

const secret = (): string => toBase64(randomBytes(32));
const NOW = Date.parse('2026-11-23T12:00:00Z');
const seconds = NOW / 1_000;
const claims = { aud: 'prod_1', nbf: seconds, exp: seconds + 60, device: sha256Hex('mine') };

describe('docs/entitlements.md', () => {
  it('lists every code a check can answer, and no other', () => {
    const listed = [...text.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
    expect(new Set(listed)).toEqual(new Set(Object.keys(ENTITLEMENT_CODES)));
  });

  it('verifies a licence file offline: its signature, its product, its time and its device', async () => {
    const verify = await documented();
    const ring = signingRing('KEYS', secret());
    const asked = { keys: await ring.publicKeys(), productId: 'prod_1', fingerprint: 'mine', now: NOW };
    const file = await ring.signJson(claims, LICENCE_FILE_TYPE);
    const code = (changes: Partial<typeof asked>, of = file) => verify(of, { ...asked, ...changes }).code;

    expect(verify(file, asked)).toEqual({ code: 'VALID', claims });
    expect(code({ productId: 'prod_2' })).toBe('PRODUCT_MISMATCH');
    expect(code({ fingerprint: 'another' })).toBe('NOT_ACTIVATED');
    expect(code({ now: NOW + 60_000 })).toBe('EXPIRED');
    expect(code({ now: NOW - 600_000 })).toBe('NOT_STARTED');
    expect(code({}, await ring.signJson({ ...claims, device: null }, LICENCE_FILE_TYPE))).toBe('VALID');
    expect(code({}, await ring.signJson(claims, 'at+jwt'))).toBe('UNKNOWN');
    const [header = '', , signature = ''] = file.split('.');
    const forged = JSON.stringify({ ...claims, exp: seconds + 9e9 });
    const longer = toBase64Url(new TextEncoder().encode(forged));
    expect(code({}, `${header}.${longer}.${signature}`)).toBe('UNKNOWN');
    const forger = signingRing('KEYS', secret());
    expect(code({}, await forger.signJson(claims, LICENCE_FILE_TYPE))).toBe('UNKNOWN');
  });

  it('goes on verifying over a change of keys, because applications hold both before the new one signs', async () => {
    const verify = await documented();
    const [old, next] = [secret(), secret()];
    const [before, after] = [
      signingRing('KEYS', `${old},next:${next}`),
      signingRing('KEYS', `${next},${old}`),
    ];
    const shipped = await before.publicKeys();
    expect(shipped).toHaveLength(2);
    expect(await after.publicKeys()).toEqual(shipped.toReversed());
    for (const ring of [before, after]) {
      const file = await ring.signJson(claims, LICENCE_FILE_TYPE);
      const asked = { keys: shipped, productId: 'prod_1', fingerprint: 'mine', now: NOW };
      expect(verify(file, asked).code).toBe('VALID');
    }
    expect(() => signingRing('KEYS', `next:${next}`)).toThrow('no key that signs');
    expect(() => signingRing('KEYS', 'short')).toThrow('32 bytes');
  });
});
