import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toBase64, toBase64Url } from '#shared/crypto/bytes.ts';
import { signingRing } from '#shared/crypto/signing-ring.ts';
import { SIGNED_KEY_TYPE, signedKeyClaims } from '../workers/provisioner/connectors/signed-licence.ts';
import { ROOT } from './lib/workers.ts';

type Check = (
  key: string,
  known: { keys: object[]; productId: string; now?: number },
) => Promise<Record<string, unknown> | null>;

const document = readFileSync(path.join(ROOT, 'docs/licence-keys.md'), 'utf8');
const [, source = ''] = /```js\n([^]*?)```/.exec(document) ?? [];
const seedOf = (byte: number): string => toBase64(new Uint8Array(32).fill(byte));
const seeds = [1, 2, 3].map(seedOf);
const [old = '', current = '', coming = ''] = seeds;
const now = Date.parse('2026-11-23T12:00:00Z');
const instance = { id: 'ins_1', productId: 'prod_1', sku: 'APP' };
const signed = (ring: string, validDays: number | null = null): Promise<string> => {
  const claims = signedKeyClaims(
    instance,
    { activationsMax: 3, validDays, features: ['pro'] },
    { issuer: 'https://shop.test', id: 'one', now },
  );
  return signingRing('KEYS', ring).signJson(claims, SIGNED_KEY_TYPE);
};

describe('docs/licence-keys.md', () => {
  it('checks keys as we sign them, over a change of the key that signs, and takes nothing else', async () => {
    const module = `data:text/javascript;base64,${toBase64(new TextEncoder().encode(source))}`;
    const { checkLicenceKey } = (await import(/* @vite-ignore */ module)) as { checkLicenceKey: Check };
    const keys = await signingRing('KEYS', `${current},${old},next:${coming}`).publicKeys();
    const known = { keys, productId: 'prod_1', now };
    for (const ring of [old, current, `${coming},${current}`])
      expect(await checkLicenceKey(await signed(ring), known)).toMatchObject({
        sub: 'ins_1',
        features: ['pro'],
      });

    const key = await signed(current, 30);
    expect(await checkLicenceKey(key, { ...known, now: now + 31 * 86_400_000 })).toBeNull();
    expect(await checkLicenceKey(key, { ...known, productId: 'prod_2' })).toBeNull();
    const [header, , signature] = key.split('.');
    const forged = toBase64Url(
      new TextEncoder().encode(JSON.stringify({ aud: 'prod_1', activationsMax: 99 })),
    );
    expect(await checkLicenceKey(`${header}.${forged}.${signature}`, known)).toBeNull();
    expect(await checkLicenceKey(await signed(seedOf(9)), known)).toBeNull();
    const other = await signingRing('KEYS', current).signJson({ aud: 'prod_1' }, 'licence+jwt');
    expect(await checkLicenceKey(other, known)).toBeNull();
    expect(await checkLicenceKey('nonsense', known)).toBeNull();
  });
});
