import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from 'jose';
import { jwksSchema, rotationSchema, tokensSchema } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import { federationWorld } from './federation/testing/federation-world.ts';
import { ORIGIN, oauthWorld, REDIRECT } from './oauth/testing/oauth-world.ts';
import { authWorld, parsed } from './testing/harness.ts';
import { keepHouse } from './usecases/housekeeping.ts';
import { jwks, rotateSigningKey } from './usecases/signing-keys.ts';

beforeAll(migrateDatabases);

const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? '';

describe('signing keys', () => {
  it('come into being once, although 20 isolates ask at the same moment', async () => {
    const worlds = Array.from({ length: 20 }, () => authWorld());
    const sets = await Promise.all(worlds.map((world) => jwks(world.ports())));
    expect(new Set(sets.map((set) => JSON.stringify(set))).size).toBe(1);
    expect(sets[0]?.keys).toHaveLength(1);
  });

  it('are served to caches, without the private half', async () => {
    const answer = await authWorld().call('/.well-known/jwks.json');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    const text = await answer.clone().text();
    expect(text).not.toContain('"d"');
    const set = await parsed(answer, jwksSchema);
    expect(set.keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
  });

  it('are wrapped at rest, and do not open in another row', async () => {
    const auth = authWorld();
    const rows = await auth.ports().signingKeys.all();
    const [row] = rows;
    const sealed = row?.privateSealed ?? '';
    expect(sealed).toMatch(/^v1\.[\w-]{8}\.[\w-]+$/);
    expect(() => auth.ports().fields.open(sealed, 'signing_keys/other/private')).toThrow(Error);
    expect(auth.ports().fields.open(sealed, `signing_keys/${row?.kid}/private`)).toMatch(/^[\w-]{43}$/);
  });

  it('rotate without a gap: published an hour before use, kept for the life of old tokens', async () => {
    const auth = authWorld();
    const account = await auth.newAccount();
    const first = kidOf(account.tokens.accessToken);
    const admin = await auth.newAdministrator();
    const order = () =>
      auth.call('/v1/auth/signing-keys/rotate', { method: 'POST', token: admin.tokens.accessToken });
    expect(await parsed(await order(), rotationSchema)).toEqual({ status: 'rotated' });
    expect(await parsed(await order(), rotationSchema)).toEqual({ status: 'not_due' });

    const published = await jwks(auth.ports());
    expect(published.keys).toHaveLength(2);
    let tokens = await parsed(await auth.refresh(account.tokens.refreshToken), tokensSchema);
    expect(kidOf(tokens.accessToken)).toBe(first);

    auth.world.offsetMs = HOUR_MS + MINUTE_MS;
    const last = tokens.accessToken;
    tokens = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
    expect(kidOf(tokens.accessToken)).toBe(published.keys[0]?.kid);
    expect((await jwks(auth.ports())).keys).toHaveLength(2);
    const keySet = createLocalJWKSet(await jwks(auth.ports()));
    const currentDate = new Date(Date.now() + 5 * MINUTE_MS);
    await expect(jwtVerify(last, keySet, { currentDate })).resolves.toMatchObject({ payload: {} });

    // An isolate may sign with the first key for a minute more; such a token lives ten.
    auth.world.offsetMs = HOUR_MS + 12 * MINUTE_MS;
    expect((await jwks(auth.ports())).keys.map((key) => key.kid)).toEqual([published.keys[0]?.kid, first]);

    auth.world.offsetMs = HOUR_MS + 20 * MINUTE_MS;
    expect((await jwks(auth.ports())).keys.map((key) => key.kid)).toEqual([published.keys[0]?.kid]);
    await keepHouse(auth.ports());
    expect(await auth.ports().signingKeys.all()).toHaveLength(1);
  });

  it('rotate by the clock after 30 days, once, however many crons run', async () => {
    const auth = authWorld();
    auth.world.offsetMs = 29 * DAY_MS;
    expect(await rotateSigningKey(auth.ports(), true)).toBe('not_due');
    auth.world.offsetMs = 31 * DAY_MS;
    const before = (await auth.ports().signingKeys.all()).length;
    await Promise.all(Array.from({ length: 10 }, () => keepHouse(authWorldAt(31).ports())));
    expect(await auth.ports().signingKeys.all()).toHaveLength(before + 1);
  });
});

function authWorldAt(days: number) {
  const auth = authWorld();
  auth.world.offsetMs = days * DAY_MS;
  return auth;
}

describe('access tokens', () => {
  it('carry exactly what RFC 9068 and our verifier ask for', async () => {
    const auth = authWorld();
    const { tokens } = await auth.newAccount();
    const { payload, protectedHeader } = await jwtVerify(
      tokens.accessToken,
      createLocalJWKSet(await jwks(auth.ports())),
    );
    expect(Object.keys(protectedHeader).sort()).toEqual(['alg', 'kid', 'typ']);
    expect(Object.keys(payload).sort().join()).toBe(
      'acr,acr_due,amr,aud,auth_time,client_id,exp,iat,iss,jti,roles,scope,sid,sub',
    );
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    expect(payload).toMatchObject({
      iss: 'https://shop.test',
      aud: 'tradepost-api',
      sub: tokens.user.id,
      client_id: 'tradepost-web',
      roles: ['customer'],
      acr: 'urn:tradepost:acr:0',
      amr: ['email'],
      auth_time: payload.iat,
      scope:
        'account.secure account.self carts.use gift_cards.use instances.manage instances.read instances.use orders.cancel orders.create orders.edit orders.read orders.return organisations.identity organisations.keys organisations.manage organisations.own organisations.use payment_methods.own',
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
    expect(payload.jti).toMatch(/^[\w-]{36}$/);
  });
});

describe('the database at rest', () => {
  it('holds no address, password, link or key in the clear', async () => {
    const auth = authWorld();
    const { email, tokens } = await auth.newAccount();
    await auth.call('/v1/auth/password-reset', { body: { email } });
    const oauth = oauthWorld(auth);
    const app = await oauth.register();
    const pushed = await oauth.fetchFrom(`${ORIGIN}/v1/oauth/par`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: app.id,
        client_secret: app.secret,
        response_type: 'code',
        redirect_uri: REDIRECT,
        scope: 'openid',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
        login_hint: email,
      }),
    });
    expect(pushed.status).toBe(201);
    const federation = federationWorld(auth);
    const { id } = await federation.connect({
      kind: 'oidc',
      name: 'Somewhere',
      listed: true,
      secret: 'a secret of the provider',
      settings: { issuer: inject('oidcIssuer'), clientId: 'tradepost', signUp: true, emails: 'never' },
    });
    const returnTo = `/oauth/authorize?login_hint=${email}`;
    expect((await federation.newBrowser().start(id, { returnTo })).status).toBe(200);
    const named = await auth.env.AUTH_DB.prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    ).all<{ name: string }>();
    const tables = named.results.map(({ name }) => name);
    expect(tables).toEqual(expect.arrayContaining(['oauth_pushed_requests', 'federation_requests']));
    const rows = await Promise.all(
      tables.map(async (table) => (await auth.env.AUTH_DB.prepare(`SELECT * FROM ${table}`).all()).results),
    );
    const dump = JSON.stringify(rows);
    const [local = ''] = email.split('@');
    for (const secret of [email, local, auth.linkToken(email), tokens.refreshToken, 'violet otters']) {
      expect(dump).not.toContain(secret);
    }
  });
});

describe('housekeeping', () => {
  it('deletes what has expired and nothing else', async () => {
    const auth = authWorld();
    await auth.call('/v1/auth/sign-up', { body: { email: `late-${crypto.randomUUID()}@mail.test` } });
    await auth.call('/v1/auth/passkeys/sign-in-options', { body: {} });
    const count = async (): Promise<number[]> => {
      const tables = ['email_tokens', 'ceremonies', 'sessions'];
      return Promise.all(
        tables.map(
          async (table) =>
            (await auth.env.AUTH_DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0,
        ),
      );
    };
    const before = await count();
    await keepHouse(auth.ports());
    expect(await count()).toEqual(before);
    auth.world.offsetMs = 100 * DAY_MS;
    await keepHouse(auth.ports());
    expect(await count()).toEqual([0, 0, 0]);
  });
});

describe('an application that keeps our keys by the remote key set of jose', () => {
  it('verifies tokens from before a rotation and from after it, and asks once more for the key it does not know', async () => {
    const auth = authWorldAt(200);
    const admin = await auth.newAdministrator();
    const account = await auth.newAccount();
    let asked = 0;
    const keySet = createRemoteJWKSet(new URL('https://shop.test/.well-known/jwks.json'), {
      cooldownDuration: 0,
      [customFetch]: (address) => {
        asked += 1;
        return auth.call(new URL(address).pathname);
      },
    });
    const kidVerified = async (token: string): Promise<string | undefined> => {
      const currentDate = new Date(auth.clock.now());
      return (await jwtVerify(token, keySet, { currentDate, typ: 'at+jwt' })).protectedHeader.kid;
    };
    const before = account.tokens.accessToken;
    expect([await kidVerified(before), asked]).toEqual([kidOf(before), 1]);
    const path = '/v1/auth/signing-keys/rotate';
    const token = admin.tokens.accessToken;
    expect(await parsed(await auth.call(path, { method: 'POST', token }), rotationSchema)).toEqual({
      status: 'rotated',
    });

    auth.world.offsetMs += HOUR_MS - MINUTE_MS;
    const late = await parsed(await auth.refresh(account.tokens.refreshToken), tokensSchema);
    expect([await kidVerified(late.accessToken), asked]).toEqual([kidOf(before), 1]);
    auth.world.offsetMs += 2 * MINUTE_MS;
    const after = await parsed(await auth.refresh(late.refreshToken), tokensSchema);
    expect(kidOf(after.accessToken)).not.toBe(kidOf(before));
    expect([await kidVerified(after.accessToken), asked]).toEqual([kidOf(after.accessToken), 2]);
    expect([await kidVerified(late.accessToken), asked]).toEqual([kidOf(before), 2]);
  });
});
