import { exportJWK, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessTokenVerifier } from '#shared/auth/access-token.ts';
import { may } from '#shared/auth/permissions.ts';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import { dpopKey } from '#shared/testing/dpop.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { GOOD_PASSWORD, parsed } from '../testing/harness.ts';
import { jwks } from '../usecases/signing-keys.ts';
import { oauthWorld, ORIGIN, REDIRECT, refusalOf, type Account } from './testing/oauth-world.ts';

const world = oauthWorld();
/** As every other worker verifies. */
const verifier = accessTokenVerifier({
  issuer: ORIGIN,
  loadKeys: () => jwks(world.ports()),
  clock: world.clock,
});
let account: Account;
let token: string;
beforeAll(async () => {
  await migrateDatabases();
  account = await world.newAccount();
  token = account.tokens.accessToken;
});

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const SERVICE = {
  grants: ['client_credentials' as const],
  scopes: ['products.write' as const, 'stock.write' as const, 'orders.create' as const],
  redirectUris: [],
};

describe('a service', () => {
  it('gets tokens for itself that open what its scopes say and no account', async () => {
    const service = await world.register(SERVICE);
    const config = await world.configured(service);
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'products.write orders.create' });
    expect([tokens.scope, tokens.refresh_token, tokens.id_token]).toEqual([
      'products.write',
      undefined,
      undefined,
    ]);
    const actor = await verifier.verify(tokens.access_token);
    if (actor === null) throw new Error('refused');
    expect(actor).toMatchObject({ sessionId: null, roles: ['service'], clientId: service.id });
    const asked = (['products.write', 'stock.write', 'orders.create', 'account.self'] as const).map(
      (permission) => may(actor, permission),
    );
    expect(asked).toEqual([true, false, false, false]);
    for (const path of ['/v1/auth/me', '/v1/auth/sessions', '/v1/oauth/clients']) {
      expect((await world.call(path, { token: tokens.access_token })).status).toBe(403);
    }
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: true });
    await expect(oidc.clientCredentialsGrant(config, { scope: 'fraud.write' })).rejects.toMatchObject({
      error: 'invalid_scope',
    });
  });

  it('asks about every application’s tokens when it is registered for that, and others about their own', async () => {
    const app = await world.register();
    const { tokens } = await world.applicationSignIn(await world.configured(app), token);
    const stranger = await world.configured(await world.register(SERVICE));
    expect(await oidc.tokenIntrospection(stranger, tokens.access_token)).toEqual({ active: false });
    const asker = await world.configured(await world.register({ ...SERVICE, scopes: ['tokens.introspect'] }));
    expect(await oidc.tokenIntrospection(asker, tokens.access_token)).toMatchObject({ client_id: app.id });
    await expect(oidc.tokenRevocation(stranger, tokens.access_token)).rejects.toMatchObject({
      error: 'invalid_request',
    });
    // Those of our own pages too.
    expect(await oidc.tokenIntrospection(asker, token)).toMatchObject({ active: true });
  });

  it('proves itself with its own key, once an assertion', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = [{ ...(await exportJWK(publicKey)), kty: 'EC' as const, kid: 'k1' }];
    const service = await world.register({ ...SERVICE, authentication: 'private_key_jwt', jwks: { keys } });
    let sent = new URLSearchParams();
    const config = await world.configured(service, oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' }));
    config[oidc.customFetch] = (url, init) => {
      sent = new URLSearchParams(init.body as URLSearchParams);
      return world.fetchFrom(url, init);
    };
    await oidc.clientCredentialsGrant(config);
    const again = await world.form('/v1/oauth/token', Object.fromEntries(sent));
    expect(await refusalOf(again)).toMatchObject({ status: 401, error: 'invalid_client' });
    const stranger = await generateKeyPair('ES256');
    const forged = await world.configured(
      service,
      oidc.PrivateKeyJwt({ key: stranger.privateKey, kid: 'k1' }),
    );
    await expect(oidc.clientCredentialsGrant(forged)).rejects.toMatchObject({ status: 401 });
  });

  it('is refused every other way to a token', async () => {
    const service = await world.register(SERVICE);
    const ask = async (fields: Record<string, string>) =>
      refusalOf(
        await world.form('/v1/oauth/token', {
          client_id: service.id,
          client_secret: service.secret,
          ...fields,
        }),
      );
    expect(await ask({ grant_type: 'authorization_code' })).toMatchObject({ error: 'unauthorized_client' });
    expect(await ask({ grant_type: 'password' })).toMatchObject({ error: 'unsupported_grant_type' });
    expect(await ask({})).toMatchObject({ error: 'invalid_request' });
    const basic = { authorization: `Basic ${btoa(`${service.id}:${service.secret}`)}` };
    const twice = await world.form(
      '/v1/oauth/token',
      { grant_type: 'client_credentials', client_secret: service.secret },
      basic,
    );
    expect(await refusalOf(twice)).toMatchObject({ error: 'invalid_request' });
  });
});

describe('a pushed request', () => {
  it('is used once, by its client alone, and may be demanded', async () => {
    const app = await world.register({ requirePushed: true });
    const config = await world.configured(app);
    const codeVerifier = oidc.randomPKCECodeVerifier();
    const parameters = {
      redirect_uri: REDIRECT,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    };
    const plain = await world.step(oidc.buildAuthorizationUrl(config, parameters).search.slice(1), token);
    expect(plain.action === 'redirect' && plain.location).toContain('error=invalid_request');
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const other = await world.register();
    const stolen = new URLSearchParams(url.search);
    stolen.set('client_id', other.id);
    expect((await world.step(stolen.toString(), token)).action).toBe('refuse');
    const callback = await world.agree(url, token);
    const tokens = await oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier: codeVerifier });
    expect(tokens.claims()?.sub).toBe(account.tokens.user.id);
    expect((await world.step(url.search.slice(1), token)).action).toBe('refuse');
    await expect(
      oidc.buildAuthorizationUrlWithPAR(config, { ...parameters, redirect_uri: 'https://evil.test' }),
    ).rejects.toMatchObject({ error: 'invalid_request' });
  });
});

describe('requests that are kept for an application', () => {
  const PATHS_OF = ['/v1/oauth/device-authorization', '/v1/oauth/par'] as const;
  const challenge = {
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
  const asked = (path: string, client: { id: string }, address: string, more: Record<string, string> = {}) =>
    world.form(
      path,
      {
        client_id: client.id,
        scope: 'openid',
        response_type: 'code',
        redirect_uri: REDIRECT,
        ...challenge,
        ...more,
      },
      { 'x-client-ip': address },
    );
  const both = { grants: ['authorization_code' as const, DEVICE] as never };

  it('are counted by address when it keeps no secret, whatever they are, and the one too many is told when to come', async () => {
    const client = await world.register({ authentication: 'none', ...both });
    const statuses = await Promise.all(
      Array.from({ length: 61 }, async (_, index) => {
        const response = await asked(PATHS_OF[index % 2] ?? PATHS_OF[0], client, '203.0.113.61');
        await response.text();
        return response.status;
      }),
    );
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    for (const path of PATHS_OF) {
      const refused = await asked(path, client, '203.0.113.61');
      expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
      expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' });
      expect((await asked(path, client, '203.0.113.62')).status).toBeLessThan(300);
    }
  });

  it('are not when it proves who it is', async () => {
    const client = await world.register(both);
    const proof = { client_secret: client.secret };
    const statuses = await Promise.all(
      Array.from(
        { length: 61 },
        async () => (await asked(PATHS_OF[1], client, '203.0.113.63', proof)).status,
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([201]));
  });
});

describe('a device', () => {
  const television = () =>
    world.register({
      name: 'Television',
      authentication: 'none',
      grants: [DEVICE, 'refresh_token'],
      scopes: ['openid', 'offline_access', 'orders.read'],
      redirectUris: [],
    });
  const decide = (userCode: string, decision: string, by = token) =>
    world.call('/v1/oauth/devices/decision', { body: { userCode, decision }, token: by });
  const poll = (id: string, deviceCode: string) =>
    world.form('/v1/oauth/token', { grant_type: DEVICE, device_code: deviceCode, client_id: id });

  it('is signed in by the code somebody typed elsewhere, once', async () => {
    const client = await television();
    const config = await world.configured(client, oidc.None());
    const started = await oidc.initiateDeviceAuthorization(config, { scope: 'openid offline_access' });
    expect(started.user_code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/);
    const typed = started.user_code.toLowerCase().replace('-', ' ');
    const read = await world.call('/v1/oauth/devices', { body: { userCode: typed }, token });
    expect(await read.json()).toMatchObject({ application: 'Television', account: account.email });
    expect((await decide(typed, 'allow')).status).toBe(204);
    expect((await decide(typed, 'allow')).status).toBe(404);
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...started, interval: 0 });
    expect([tokens.claims()?.sub, tokens.scope]).toEqual([account.tokens.user.id, 'openid offline_access']);
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(renewed.token_type).toBe('bearer');
    world.world.offsetMs = 6_000;
    expect(await refusalOf(await poll(client.id, started.device_code))).toMatchObject({
      error: 'invalid_grant',
    });
    world.world.offsetMs = 0;
  });

  it('is not signed in by what was agreed to in a session that was taken away since', async () => {
    const client = await television();
    const owner = await world.newAccount();
    const start = async () => {
      const fields = { client_id: client.id, scope: 'openid offline_access' };
      const started = await world.form('/v1/oauth/device-authorization', fields);
      return started.json<{ device_code: string; user_code: string }>();
    };
    const [mine, theirs] = [await start(), await start()];
    const stolen = owner.tokens.accessToken;
    const allow = async (userCode: string) =>
      world.call('/v1/oauth/devices/decision', { body: { userCode, decision: 'allow' }, token: stolen });
    for (const { user_code } of [mine, theirs]) expect((await allow(user_code)).status).toBe(204);
    expect((await poll(client.id, mine.device_code)).status).toBe(200);
    await world.call('/v1/auth/sessions', { method: 'DELETE', token: stolen });
    expect(await refusalOf(await poll(client.id, theirs.device_code))).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it.each<[string, (token: string) => Promise<Response>]>([
    [
      'changes the password',
      (by) =>
        world.call('/v1/auth/password', {
          token: by,
          body: { currentPassword: GOOD_PASSWORD, newPassword: 'seven lanterns over the bay' },
        }),
    ],
    ['signs out everywhere', (by) => world.call('/v1/auth/sessions', { method: 'DELETE', token: by })],
  ])(
    'is not signed in by what a thief agreed to before they signed out, once the owner %s',
    async (_, act) => {
      const client = await television();
      const owner = await world.newAccount();
      const theirs = await parsed(
        await world.signIn(owner.email, GOOD_PASSWORD, { ip: owner.ip }),
        tokensSchema,
      );
      const fields = { client_id: client.id, scope: 'openid offline_access' };
      const started = await world.form('/v1/oauth/device-authorization', fields);
      const codes = await started.json<{ device_code: string; user_code: string }>();
      expect((await decide(codes.user_code, 'allow', theirs.accessToken)).status).toBe(204);
      await world.call('/v1/auth/sign-out', { body: { refreshToken: theirs.refreshToken } });
      expect((await act(owner.tokens.accessToken)).status).toBe(204);
      expect(await refusalOf(await poll(client.id, codes.device_code))).toMatchObject({
        error: 'invalid_grant',
      });
    },
  );

  it('stays signed in no longer than the session by an organisation’s provider that agreed', async () => {
    const client = await television();
    const owner = await world.newAccount();
    const until = Date.now() + 3_600_000;
    const database = world.env.AUTH_DB;
    await database
      .prepare("UPDATE sessions SET connection_id = 'idp_1', absolute_until = ? WHERE account_id = ?")
      .bind(until, owner.tokens.user.id)
      .run();
    const fields = { client_id: client.id, scope: 'openid offline_access' };
    const started = await world.form('/v1/oauth/device-authorization', fields);
    const codes = await started.json<{ device_code: string; user_code: string }>();
    expect((await decide(codes.user_code, 'allow', owner.tokens.accessToken)).status).toBe(204);
    expect((await poll(client.id, codes.device_code)).status).toBe(200);
    const config = await world.configured(await world.register());
    await world.applicationSignIn(config, owner.tokens.accessToken);
    const { results } = await database
      .prepare(
        'SELECT connection_id, absolute_until FROM sessions WHERE account_id = ? AND client_id IS NOT NULL',
      )
      .bind(owner.tokens.user.id)
      .all();
    expect(results).toEqual(
      Array.from({ length: 2 }, () => ({ connection_id: 'idp_1', absolute_until: until })),
    );
  });

  it('waits, is told to slow down, and learns that it was refused or that it is too late', async () => {
    const client = await television();
    const start = async () => {
      const started = await world.form('/v1/oauth/device-authorization', {
        client_id: client.id,
        scope: 'openid',
      });
      return started.json<{ device_code: string; user_code: string }>();
    };
    const first = await start();
    const asked = async (afterMs: number) => {
      world.world.offsetMs += afterMs;
      return (await refusalOf(await poll(client.id, first.device_code))).error;
    };
    expect(await asked(0)).toBe('authorization_pending');
    expect(await asked(1_000)).toBe('slow_down');
    expect(await asked(6_000)).toBe('slow_down');
    expect(await asked(16_000)).toBe('authorization_pending');
    expect((await decide(first.user_code, 'deny')).status).toBe(204);
    expect(await asked(20_000)).toBe('access_denied');
    const second = await start();
    world.world.offsetMs += 10 * 60_000;
    expect(await refusalOf(await poll(client.id, second.device_code))).toMatchObject({
      error: 'expired_token',
    });
    expect(await refusalOf(await poll(client.id, 'nothing'))).toMatchObject({ error: 'invalid_grant' });
    world.world.offsetMs = 0;
  });

  it('is not found by guessing: ten wrong codes and an account has to wait', async () => {
    const guesser = (await world.newAccount()).tokens.accessToken;
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.call('/v1/oauth/devices', { body: { userCode: 'BBBB-BBBB' }, token: guesser }),
      ),
    );
    const statuses = guesses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 404)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  });
});

describe('an application that binds its tokens to a key', () => {
  const publicClient = {
    authentication: 'none' as const,
    requireDpop: true,
    scopes: ['openid' as const, 'email' as const, 'offline_access' as const, 'orders.read' as const],
  };

  it('gets tokens that count with proofs of this key alone, at every door', async () => {
    const app = await world.register(publicClient);
    const config = await world.configured(app, oidc.None());
    const dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const { tokens } = await world.applicationSignIn(config, token, { dpop });
    expect(tokens.token_type).toBe('dpop');
    const sub = tokens.claims()?.sub ?? '';
    const options = { DPoP: dpop };
    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub, options)).toMatchObject({ sub });
    expect((await world.call('/v1/oauth/userinfo', { token: tokens.access_token })).status).toBe(401);
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_dpop_proof',
    });
    const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    await expect(
      oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP: thief }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, options);
    expect(renewed.token_type).toBe('dpop');
    const pushed = await oidc.buildAuthorizationUrlWithPAR(
      config,
      {
        redirect_uri: REDIRECT,
        scope: 'openid',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      },
      options,
    );
    expect(pushed.searchParams.has('request_uri')).toBe(true);
  });

  it('must put our nonce into a proof, and uses each once under 20 parallel calls', async () => {
    const service = await world.register({ ...SERVICE, requireDpop: true });
    const key = await dpopKey();
    const url = `${ORIGIN}/v1/oauth/token`;
    const ask = (proof: string) =>
      world.form(
        '/v1/oauth/token',
        { grant_type: 'client_credentials', client_id: service.id, client_secret: service.secret },
        { dpop: proof },
      );
    const first = await ask(await key.proof('POST', url));
    expect(await refusalOf(first.clone())).toMatchObject({ status: 400, error: 'use_dpop_nonce' });
    const nonce = first.headers.get('dpop-nonce') ?? '';
    const proof = await key.proof('POST', url, { changes: { nonce } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(proof)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const stale = await key.proof('POST', url, { changes: { nonce: 'x'.repeat(22) } });
    expect(await refusalOf(await ask(stale))).toMatchObject({ error: 'use_dpop_nonce' });
    const elsewhere = await key.proof('POST', `${ORIGIN}/v1/oauth/par`, { changes: { nonce } });
    expect(await refusalOf(await ask(elsewhere))).toMatchObject({ error: 'invalid_dpop_proof' });
  });
});
