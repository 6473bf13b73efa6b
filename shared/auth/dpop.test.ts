import { describe, expect, it } from 'vitest';
import type { PublicJwk } from '#shared/contracts/auth.ts';
import { dpopKey } from '#shared/testing/dpop.ts';
import { TEST_ISSUER, testAccessToken, testKeyPair } from '#shared/testing/tokens.ts';
import { accessTokenVerifier, type Presented } from './access-token.ts';
import { DPOP_PROOF_AGE_SECONDS } from './dpop.ts';
import { may } from './permissions.ts';

const user = { userId: 'usr_00000000000000000000000000000001', roles: ['customer' as const] };
const keys = await testKeyPair();
const key = await dpopKey();
const stranger = await dpopKey();
/** A verifier of another isolate; what is used once in the shop is known to all of them. */
const used = new Set<string>();
const newVerifier = () =>
  accessTokenVerifier({
    issuer: TEST_ISSUER,
    loadKeys: async () => ({ keys: [keys.publicJwk as unknown as PublicJwk] }),
    useOnce: (id) => Promise.resolve(!used.has(id) && used.add(id).has(id)),
    clock: { now: () => Date.now() },
  });
const verifier = newVerifier();
const token = (claims: Record<string, unknown>): Promise<string> =>
  testAccessToken(keys.privateJwk, user, claims);
const bound = await token({ client_id: 'cli_1', scope: 'orders.read', cnf: { jkt: key.jkt } });
const URL_OF_ORDERS = `${TEST_ISSUER}/v1/orders`;
const presented = (proof: string): Presented => ({
  scheme: 'DPoP',
  proof,
  method: 'GET',
  path: '/v1/orders',
});

describe('a token bound to a key', () => {
  it('counts with a proof of its key, once', async () => {
    const proof = await key.proof('GET', `${URL_OF_ORDERS}?limit=1`, { token: bound });
    expect(await verifier.verify(bound, presented(proof))).toMatchObject({ userId: user.userId });
    expect(await verifier.verify(bound, presented(proof))).toBeNull();
    expect(await newVerifier().verify(bound, presented(proof)), 'in another isolate').toBeNull();
  });

  const now = Math.floor(Date.now() / 1_000);
  it.each<[string, () => Promise<string>]>([
    ['no proof', async () => ''],
    ['a proof of another key', () => stranger.proof('GET', URL_OF_ORDERS, { token: bound })],
    ['a proof for another method', () => key.proof('POST', URL_OF_ORDERS, { token: bound })],
    ['a proof for another path', () => key.proof('GET', `${TEST_ISSUER}/v1/carts`, { token: bound })],
    ['a proof for another host', () => key.proof('GET', 'https://evil.test/v1/orders', { token: bound })],
    ['a proof for another token', () => key.proof('GET', URL_OF_ORDERS, { token: 'other' })],
    ['a proof for no token', () => key.proof('GET', URL_OF_ORDERS)],
    [
      'an old proof',
      () =>
        key.proof('GET', URL_OF_ORDERS, {
          token: bound,
          changes: { iat: now - DPOP_PROOF_AGE_SECONDS - 5 },
        }),
    ],
    [
      'a proof of the future',
      () =>
        key.proof('GET', URL_OF_ORDERS, {
          token: bound,
          changes: { iat: now + DPOP_PROOF_AGE_SECONDS + 5 },
        }),
    ],
    [
      'a proof without an id',
      () => key.proof('GET', URL_OF_ORDERS, { token: bound, changes: { jti: undefined } }),
    ],
    [
      'a proof of another type',
      () => key.proof('GET', URL_OF_ORDERS, { token: bound, header: { typ: 'JWT' } }),
    ],
    ['what is no proof', async () => 'a.b.c'],
  ])('is refused with %s', async (_what, proof) => {
    expect(await newVerifier().verify(bound, presented(await proof()))).toBeNull();
  });

  it('is refused as a bearer token, and a bearer token with a proof', async () => {
    expect(await verifier.verify(bound)).toBeNull();
    const free = await token({});
    const proof = await key.proof('GET', URL_OF_ORDERS, { token: free });
    expect(await verifier.verify(free, presented(proof))).toBeNull();
    expect(await verifier.verify(free)).not.toBeNull();
  });

  it('is refused when it is bound to something this code does not know', async () => {
    expect(await verifier.verify(await token({ cnf: { 'x5t#S256': key.jkt } }))).toBeNull();
  });
});

describe('a token of an application', () => {
  it('may what both the roles and its scope say, and a token of our own pages what the roles say', async () => {
    const own = await verifier.verify(await token({}));
    const app = await verifier.verify(
      await token({ client_id: 'cli_1', scope: 'openid orders.read orders.read_all' }),
    );
    if (own === null || app === null) throw new Error('refused');
    expect([may(own, 'orders.read'), may(own, 'orders.create'), may(own, 'orders.read_all')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([may(app, 'orders.read'), may(app, 'orders.create'), may(app, 'orders.read_all')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('without a scope may nothing', async () => {
    const app = await verifier.verify(await token({ client_id: 'cli_1' }));
    expect(app !== null && may(app, 'orders.read')).toBe(false);
  });

  it('needs no session, and one of our own pages does', async () => {
    expect(
      await verifier.verify(await token({ client_id: 'cli_1', sid: undefined, auth_time: undefined })),
    ).toMatchObject({ sessionId: null, authTime: 0 });
    expect(await verifier.verify(await token({ sid: undefined }))).toBeNull();
  });
});
