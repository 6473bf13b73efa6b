import { createHmac } from 'node:crypto';
import { SignJWT, base64url, exportJWK, generateKeyPair, type JWK } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import type { PublicJwk } from '#shared/contracts/auth.ts';
import { TEST_ISSUER, TEST_KEY_ID, testAccessToken, testKeyPair } from '#shared/testing/tokens.ts';
import { ACCESS_TOKEN_AUDIENCE, accessTokenVerifier } from './access-token.ts';
import { EVERYBODY } from './key-set.ts';

const USER = 'usr_00000000000000000000000000000001';
const keys = await testKeyPair();
const stranger = await testKeyPair();
const loadKeys = async () => ({ keys: [keys.publicJwk as unknown as PublicJwk] });
const verifier = (now = Date.now()) =>
  accessTokenVerifier({ issuer: TEST_ISSUER, loadKeys, clock: { now: () => now } });

const seconds = (offset = 0): number => Math.floor(Date.now() / 1_000) + offset;
const goodClaims = () => ({
  iss: TEST_ISSUER,
  aud: ACCESS_TOKEN_AUDIENCE,
  sub: USER,
  iat: seconds(),
  exp: seconds(600),
  jti: crypto.randomUUID(),
  sid: 'ses_00000000000000000000000000000001',
  client_id: 'tradepost-web',
  roles: ['customer'],
  auth_time: seconds(),
  amr: ['pwd'],
  acr: 'urn:tradepost:acr:1',
});
const goodHeader = { alg: 'EdDSA', typ: 'at+jwt', kid: TEST_KEY_ID };
type Header = Record<string, unknown> & { alg: string };

async function signed(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  privateJwk: JWK = keys.privateJwk,
): Promise<string> {
  const key = await crypto.subtle.importKey('jwk', privateJwk as JsonWebKey, 'Ed25519', false, ['sign']);
  const all = Object.fromEntries(
    Object.entries({ ...goodClaims(), ...claims }).filter(([, value]) => value !== undefined),
  );
  const protectedHeader = Object.fromEntries(
    Object.entries({ ...goodHeader, ...header }).filter(([, value]) => value !== undefined),
  ) as Header;
  return new SignJWT(all).setProtectedHeader(protectedHeader).sign(key);
}

const unsigned = (header: object, claims: object, signature = ''): string =>
  [header, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.') + `.${signature}`;

function hs256(secret: string | Uint8Array): string {
  const body = unsigned({ ...goodHeader, alg: 'HS256' }, goodClaims()).slice(0, -1);
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

async function rs256(): Promise<string> {
  const pair = await generateKeyPair('RS256');
  return new SignJWT(goodClaims()).setProtectedHeader({ ...goodHeader, alg: 'RS256' }).sign(pair.privateKey);
}

describe('an access token', () => {
  it('of the auth worker names its actor', async () => {
    const token = await testAccessToken(keys.privateJwk, { userId: USER, roles: ['admin'] });
    expect(await verifier().verify(token)).toMatchObject({
      userId: USER,
      roles: ['admin'],
      acr: 'urn:tradepost:acr:1',
    });
  });

  it.each<[string, () => string | Promise<string>]>([
    ['without an algorithm', () => unsigned({ ...goodHeader, alg: 'none' }, goodClaims())],
    ['with "None" in other letters', () => unsigned({ ...goodHeader, alg: 'nOnE' }, goodClaims())],
    ['whose signature was cut off', async () => (await signed()).split('.').slice(0, 2).join('.') + '.'],
    ['signed HS256 with the public x', () => hs256(base64url.decode(String(keys.publicJwk.x)))],
    ['signed HS256 with the text of the public x', () => hs256(String(keys.publicJwk.x))],
    ['signed HS256 with the published JWK', () => hs256(JSON.stringify(keys.publicJwk))],
    ['signed RS256 by a stranger', rs256],
    ['signed by a stranger under our key id', () => signed({}, {}, stranger.privateJwk)],
    ['of an unknown key id', () => signed({}, { kid: 'other' })],
    ['without a key id', () => signed({}, { kid: undefined })],
    [
      'that brings its own key',
      () => signed({}, { jwk: stranger.publicJwk, kid: undefined }, stranger.privateJwk),
    ],
    ['that brings our own key', () => signed({}, { jwk: keys.publicJwk })],
    ['that says where its keys are', () => signed({}, { jku: 'https://evil.test/jwks.json' })],
    ['that names a certificate', () => signed({}, { x5u: 'https://evil.test/cert.pem' })],
    ['that carries a certificate', () => signed({}, { x5c: ['MIIB'] })],
    ['of type JWT', () => signed({}, { typ: 'JWT' })],
    ['that is an ID token', () => signed({}, { typ: 'id_token+jwt' })],
    ['without a type', () => signed({}, { typ: undefined })],
    ['of another issuer', () => signed({ iss: 'https://evil.test' })],
    ['of our issuer with a slash', () => signed({ iss: `${TEST_ISSUER}/` })],
    ['for another audience', () => signed({ aud: 'another-api' })],
    ['for no audience', () => signed({ aud: undefined })],
    ['that has expired', () => signed({ exp: seconds(-6) })],
    ['that never expires', () => signed({ exp: undefined })],
    ['whose expiry is text', () => signed({ exp: 'tomorrow' })],
    ['that is not valid yet', () => signed({ nbf: seconds(60) })],
    ['without a time of issue', () => signed({ iat: undefined })],
    ['without an id', () => signed({ jti: undefined })],
    ['of somebody who is no user', () => signed({ sub: 'svc_1' })],
    ['whose roles are text', () => signed({ roles: 'admin' })],
    ['without a session', () => signed({ sid: undefined })],
    ['with one character changed', async () => (await signed()).replace(/.{3}$/, 'AAA')],
    [
      'with the body of another',
      async () => {
        const [header, , signature] = (await signed()).split('.');
        return [
          header,
          base64url.encode(JSON.stringify({ ...goodClaims(), roles: ['admin'] })),
          signature,
        ].join('.');
      },
    ],
    ['that is no token', () => 'a.b.c'],
    ['that is empty', () => ''],
  ])('%s is refused', async (_what, make) => {
    expect(await verifier().verify(await make())).toBeNull();
  });

  it('is refused ten minutes later', async () => {
    const token = await testAccessToken(keys.privateJwk, { userId: USER, roles: ['customer'] });
    expect(await verifier(Date.now() + 606_000).verify(token)).toBeNull();
  });
});

describe('a revocation', () => {
  const CLIENT = 'cli_00000000000000000000000000000002';
  const SESSION = 'ses_00000000000000000000000000000002';
  const STAFF = 'usr_00000000000000000000000000000003';

  it.each([
    ['an account', USER],
    ['an application or service', CLIENT],
    ['a single session', SESSION],
    ['staff who act as somebody', STAFF],
    ['everybody', EVERYBODY],
  ])(
    'of %s reaches every token from before it within ten seconds, and none from after',
    async (_who, subject) => {
      let now = Date.now();
      let revoked: { subject: string; before: number }[] = [];
      const checked = accessTokenVerifier({
        issuer: TEST_ISSUER,
        loadKeys: async () => ({ ...(await loadKeys()), revoked }),
        clock: { now: () => now },
      });
      const of = (iat: number) =>
        signed({ iat, client_id: CLIENT, scope: 'orders.read', sid: SESSION, act: { sub: STAFF } });
      // One second for all of it: the clock may reach the next one meanwhile.
      const second = Math.floor(now / 1000);
      const [before, after] = [await of(second - 1), await of(second)];
      expect(await checked.verify(before)).not.toBeNull();
      revoked = [{ subject, before: second }];
      now += 10_001;
      expect(await checked.verify(before)).toBeNull();
      expect(await checked.verify(after)).not.toBeNull();
    },
  );

  it('has an API key exchanged anew, which then counts with its owner’s present rights', async () => {
    let now = Date.now();
    let revoked: { subject: string; before: number }[] = [];
    const second = Math.floor(now / 1000);
    const issued = [await signed({ iat: second - 1 }), await signed({ iat: second, roles: ['support'] })];
    const exchangeKey = vi.fn<() => Promise<string | null>>(() => Promise.resolve(issued.shift() ?? null));
    const checked = accessTokenVerifier({
      issuer: TEST_ISSUER,
      loadKeys: async () => ({ ...(await loadKeys()), revoked }),
      exchangeKey,
      clock: { now: () => now },
    });
    const key = `tpk_0123abcd_${'k'.repeat(43)}`;
    expect((await checked.verify(key))?.roles).toEqual(['customer']);
    revoked = [{ subject: USER, before: second }];
    now += 10_001;
    expect((await checked.verify(key))?.roles).toEqual(['support']);
    expect(exchangeKey).toHaveBeenCalledTimes(2);
  });
});

describe('the key set', () => {
  it('is asked for again at an unknown key id, but not more often than every ten seconds', async () => {
    const load = vi.fn<typeof loadKeys>(loadKeys);
    let now = Date.now();
    const checked = accessTokenVerifier({ issuer: TEST_ISSUER, loadKeys: load, clock: { now: () => now } });
    const forged = await signed({}, { kid: 'other' });
    for (let turn = 0; turn < 50; turn += 1) await checked.verify(forged);
    expect(load).toHaveBeenCalledTimes(1);
    now += 11_000;
    for (let turn = 0; turn < 50; turn += 1) await checked.verify(forged);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('brings a new key into use without a restart', async () => {
    const next = await testKeyPair();
    const nextPublic = { ...(await exportJWK(await publicKey(next.publicJwk))), kid: 'next', alg: 'EdDSA' };
    let published = [keys.publicJwk];
    let now = Date.now();
    const checked = accessTokenVerifier({
      issuer: TEST_ISSUER,
      loadKeys: async () => ({ keys: published as unknown as PublicJwk[] }),
      clock: { now: () => now },
    });
    expect(await checked.verify(await signed())).not.toBeNull();
    published = [nextPublic, keys.publicJwk];
    now += 11_000;
    expect(await checked.verify(await signed({}, { kid: 'next' }, next.privateJwk))).not.toBeNull();
  });

  it('stands while auth is away, for five minutes, and is asked for once in ten seconds', async () => {
    let now = Date.now();
    let isAway = false;
    const load = vi.fn<typeof loadKeys>(() => (isAway ? Promise.reject(new Error('away')) : loadKeys()));
    const checked = accessTokenVerifier({ issuer: TEST_ISSUER, loadKeys: load, clock: { now: () => now } });
    const token = await signed();
    expect(await checked.verify(token)).not.toBeNull();
    isAway = true;
    now += 11_000;
    await Promise.all(Array.from({ length: 20 }, () => checked.verify(token)));
    expect(load).toHaveBeenCalledTimes(2);
    expect(await checked.verify(token)).not.toBeNull();
    now += 300_000;
    await expect(checked.verify(token)).rejects.toThrow('away');
  });

  it('that cannot be loaded is a fault, not a refusal: a 401 would sign everybody out', async () => {
    const broken = accessTokenVerifier({
      issuer: TEST_ISSUER,
      loadKeys: () => Promise.reject(new Error('away')),
      clock: { now: () => Date.now() },
    });
    await expect(broken.verify(await signed())).rejects.toThrow('away');
  });
});

const publicKey = (jwk: JWK): Promise<CryptoKey> =>
  crypto.subtle.importKey('jwk', jwk as JsonWebKey, 'Ed25519', true, ['verify']);
