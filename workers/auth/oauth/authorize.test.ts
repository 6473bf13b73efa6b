import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { applicationListSchema } from '#shared/contracts/http/oauth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { callerOf } from '../privacy/caller.ts';
import { GOOD_PASSWORD, newIp, parsed } from '../testing/harness.ts';
import { oauthWorld, ORIGIN, REDIRECT, type Account } from './testing/oauth-world.ts';
import { token as exchange } from './usecases/token.ts';

const world = oauthWorld();
let account: Account;
let token: string;
let client: Awaited<ReturnType<typeof world.register>>;
beforeAll(async () => {
  await migrateDatabases();
  account = await world.newAccount();
  token = account.tokens.accessToken;
  client = await world.register();
});

/** Query of a good request; undefined leaves a parameter out. */
function query(changes: Record<string, string | undefined> = {}): string {
  const all = {
    client_id: client.id,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid',
    state: 's',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    ...changes,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(sent).toString();
}
/** What the application is told. */
async function told(changes: Record<string, string | undefined>, by: string | undefined = token) {
  const step = await world.step(query(changes), by);
  if (step.action !== 'redirect') return step.action;
  const { origin, pathname, searchParams } = new URL(step.location);
  expect([origin + pathname, searchParams.get('iss'), searchParams.get('state')]).toEqual([
    REDIRECT,
    ORIGIN,
    's',
  ]);
  return searchParams.get('error') ?? 'code';
}

describe('an authorization request', () => {
  it.each([
    ['an unknown client', { client_id: `cli_${'0'.repeat(32)}` }],
    ['no client', { client_id: undefined }],
    ['an address that is not registered', { redirect_uri: 'https://evil.test/callback' }],
    ['an address that only begins so', { redirect_uri: `${REDIRECT}/more` }],
    ['an address in other letters', { redirect_uri: 'https://APP.test/callback' }],
    ['no address', { redirect_uri: undefined }],
    ['a request by an address nobody gave', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }],
    ['a request by a foreign address', { request_uri: 'https://evil.test/request' }],
  ])('with %s is never sent back', async (_what, changes) => {
    expect(await told(changes)).toBe('refuse');
  });

  it('that names a parameter twice is never sent back', async () => {
    const step = await world.step(`${query()}&redirect_uri=https%3A%2F%2Fevil.test`, token);
    expect(step).toMatchObject({ action: 'refuse', error: 'invalid_request' });
  });

  it.each([
    ['the implicit way', { response_type: 'token' }, 'unsupported_response_type'],
    ['a hybrid way', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['no way', { response_type: undefined }, 'invalid_request'],
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge of no method', { code_challenge_method: undefined }, 'invalid_request'],
    ['a foreign scope', { scope: 'openid accounts.manage' }, 'invalid_scope'],
    ['no scope', { scope: undefined }, 'invalid_scope'],
    ['only what the customer may not', { scope: 'products.write' }, 'invalid_scope'],
    ['an answer by fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['a request object', { request: 'a.b.c' }, 'request_not_supported'],
    ['a prompt nobody knows', { prompt: 'dance' }, 'invalid_request'],
    ['no prompt and one', { prompt: 'none login' }, 'invalid_request'],
    ['a prompt it cannot be silent for', { prompt: 'none' }, 'consent_required'],
  ])('for %s is answered %o with an error', async (_what, changes, error) => {
    expect(await told(changes)).toBe(error);
  });

  it('of nobody who is signed in leads to the sign-in, or back when nothing may be shown', async () => {
    const guest = await world.step(query());
    expect(guest.action).toBe('sign_in');
    const silent = await world.step(query({ prompt: 'none' }));
    expect(silent.action === 'redirect' && silent.location).toContain('error=login_required');
  });
});

describe('an application that wants a fresh sign-in', () => {
  const renewed = async (step: { action: string; query?: string }) => {
    const tokens = await world.signIn(account.email, GOOD_PASSWORD, { ip: newIp() });
    const { accessToken } = await tokens.json<{ accessToken: string }>();
    return world.step(step.query ?? '', accessToken);
  };
  it.each([
    ['prompt', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
  ])('by %s gets one, and then the customer goes on', async (_by, changes) => {
    const first = await world.step(query(changes), token);
    expect(first.action).toBe('sign_in');
    expect((await renewed(first)).action).toBe('consent');
  });

  it.each([
    ['that somebody wrote', () => '1'],
    ['of another request', (stamp: string) => stamp],
    ['that was turned back', (stamp: string) => stamp.replace(/^\d+/, '1')],
  ])('takes no moment for it %s', async (_which, made) => {
    const other = await world.step(query({ prompt: 'login', state: 'another' }), token);
    const stamp = new URLSearchParams(other.action === 'sign_in' ? other.query : '').get('tp_since') ?? '';
    const again = await renewed({
      action: 'sign_in',
      query: query({ prompt: 'login', tp_since: made(stamp) }),
    });
    expect(again.action).toBe('sign_in');
  });

  it('does not wait for it longer than ten minutes', async () => {
    const first = await world.step(query({ prompt: 'login' }), token);
    world.world.offsetMs = 11 * MINUTE_MS;
    const late = await renewed(first);
    world.world.offsetMs = 0;
    expect(late.action).toBe('sign_in');
  });

  it('by max_age gets one only when it is needed', async () => {
    expect(await told({ max_age: '3600' })).toBe('consent');
    world.world.offsetMs = 9 * MINUTE_MS;
    const late = await told({ max_age: '60' });
    world.world.offsetMs = 0;
    expect(late).toBe('sign_in');
  });

  it('by acr_values is told when the account cannot do it', async () => {
    const acr = { acr_values: 'urn:tradepost:acr:2' };
    const first = await world.step(query(acr), token);
    expect(first.action).toBe('sign_in');
    const again = await renewed(first);
    expect(again.action === 'redirect' && again.location).toContain(
      'error=unmet_authentication_requirements',
    );
    expect(await told({ acr_values: 'urn:tradepost:acr:2 urn:tradepost:acr:0' })).toBe('consent');
  });
});

describe('consent', () => {
  it('is asked for once, again for more, remembered, refused, and withdrawn with all it gave', async () => {
    const person = await world.newAccount();
    const by = person.tokens.accessToken;
    const asked = await world.step(query({ scope: 'openid email' }), by);
    expect(asked).toMatchObject({ action: 'consent', application: 'Team wiki', account: person.email });
    const denied = await world.step(query(), by, 'deny');
    expect(denied.action === 'redirect' && denied.location).toContain('error=access_denied');
    expect(await told({ scope: 'openid email' }, by)).toBe('consent');

    const config = await world.configured(client);
    const { tokens } = await world.applicationSignIn(config, by);
    expect(await told({ scope: 'openid', prompt: 'none' }, by)).toBe('code');
    expect(await told({ scope: 'openid roles' }, by)).toBe('consent');
    expect(await told({ scope: 'openid', prompt: 'consent' }, by)).toBe('consent');

    const list = await world.call('/v1/auth/applications', { token: by });
    const { items } = await parsed(list, applicationListSchema);
    expect(items.map(({ clientId, name }) => [clientId, name])).toEqual([[client.id, 'Team wiki']]);
    const path = `/v1/auth/applications/${client.id}`;
    expect((await world.call(path, { token, method: 'DELETE' })).status).toBe(404);
    expect((await world.call(path, { token: by, method: 'DELETE' })).status).toBe(204);
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(await world.isRefusedEverywhere(tokens.access_token)).toBe(true);
    expect(await told({ scope: 'openid' }, by)).toBe('consent');
  });

  it('is asked for each time by an application that another one of the device could pass for', async () => {
    const REDIRECTS = ['com.example.app:/callback', 'http://127.0.0.1:4711/callback', REDIRECT];
    const app = await world.register({ authentication: 'none', redirectUris: REDIRECTS, trusted: true });
    const actions = await Promise.all(
      REDIRECTS.map(async (redirect_uri) => {
        const sent = query({ client_id: app.id, redirect_uri });
        await world.step(sent, token, 'allow');
        return (await world.step(sent, token)).action;
      }),
    );
    expect(actions).toEqual(['consent', 'consent', 'redirect']);
  });

  it('goes to whichever port of the own machine a program of it was given, and to no other place of it', async () => {
    const redirectUris = ['http://127.0.0.1/callback', 'http://[::1]:4711/callback'];
    const app = await world.register({ authentication: 'none', redirectUris });
    const kept = await world.register({ redirectUris });
    const asked = async (redirect_uri: string, client_id = app.id) =>
      (await world.step(query({ client_id, redirect_uri }), token)).action;
    for (const address of [
      'http://127.0.0.1:50123/callback',
      'http://[::1]:80/callback',
      'http://[::1]/callback',
    ]) {
      expect([address, await asked(address)]).toEqual([address, 'consent']);
    }
    for (const address of [
      'http://127.0.0.1:50123/elsewhere',
      'http://127.0.0.1:50123/callback?x=1',
      'http://127.0.0.1:99999/callback',
      'http://127.0.0.1:1@evil.test/callback',
      'http://127.0.0.1.evil.test/callback',
      'http://localhost:50123/callback',
      'https://127.0.0.1:50123/callback',
    ]) {
      expect([address, await asked(address)]).toEqual([address, 'refuse']);
    }
    expect(await asked('http://127.0.0.1:50123/callback', kept.id), 'with a secret').toBe('refuse');
  });

  it('that is withdrawn leaves no code that was not redeemed yet', async () => {
    const by = (await world.newAccount()).tokens.accessToken;
    const config = await world.configured(client);
    const verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const callback = await world.agree(url, by);
    const path = `/v1/auth/applications/${client.id}`;
    expect((await world.call(path, { token: by, method: 'DELETE' })).status).toBe(204);
    await expect(
      oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('is not asked for by an application of the shop itself', async () => {
    const trusted = await world.register({ trusted: true });
    expect(await told({ client_id: trusted.id, scope: 'openid email' })).toBe('code');
  });
});

describe('registering', () => {
  const register = async (changes: object, by: string = token) =>
    world.call('/v1/oauth/clients', {
      token: by,
      body: {
        name: 'X',
        authentication: 'client_secret',
        grants: ['authorization_code'],
        scopes: ['openid'],
        redirectUris: [REDIRECT],
        ...changes,
      },
    });

  it('is for administrators alone', async () => {
    expect((await register({})).status).toBe(403);
  });

  it.each([
    ['a wildcard', { redirectUris: ['https://*.app.test/cb'] }, '/redirectUris/0'],
    ['a fragment', { redirectUris: ['https://app.test/cb#x'] }, '/redirectUris/0'],
    ['plain http', { redirectUris: ['http://app.test/cb'] }, '/redirectUris/0'],
    ['a script', { authentication: 'none', redirectUris: ['javascript:alert(1)'] }, '/redirectUris/0'],
    ['credentials', { redirectUris: ['https://a:b@app.test/cb'] }, '/redirectUris/0'],
    ['a scheme for a client with a secret', { redirectUris: ['com.example.app:/cb'] }, '/redirectUris/0'],
    ['no address', { redirectUris: [] }, '/redirectUris'],
    ['a service without a secret', { authentication: 'none', grants: ['client_credentials'] }, '/grants'],
    ['keys it does not have', { authentication: 'private_key_jwt' }, '/jwks'],
    ['the right over accounts', { scopes: ['accounts.manage'] }, '/scopes/0'],
    ['the account itself', { scopes: ['account.self'] }, '/scopes/0'],
    ['the password grant', { grants: ['password'] }, '/grants/0'],
  ])('%s is refused by name', async (_what, changes, pointer) => {
    const administrator = await world.newAdministrator();
    const answer = await register(changes, administrator.tokens.accessToken);
    const { errors } = await answer.json<{ errors: { pointer: string }[] }>();
    expect([answer.status, errors[0]?.pointer]).toEqual([422, pointer]);
  });

  it('loses what it is not registered for any more, in its sessions too, and its tokens from before', async () => {
    const administrator = (await world.newAdministrator()).tokens.accessToken;
    const app = await world.register();
    const config = await world.configured(app);
    const { tokens } = await world.applicationSignIn(config, token);
    expect(tokens.scope).toContain('orders.read');
    const body = {
      name: 'Team wiki',
      authentication: 'client_secret',
      grants: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'offline_access'],
      redirectUris: [REDIRECT],
    };
    const path = `/v1/oauth/clients/${app.id}`;
    const headers = { 'if-match': '"1"' };
    const put = await world.call(path, { token: administrator, method: 'PUT', body, headers });
    expect(put.status).toBe(200);
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(next.scope).toBe('openid offline_access');
    expect(await oidc.tokenIntrospection(config, next.access_token)).toMatchObject({ active: true });
  });

  describe('while the application is asking', () => {
    /** What it asks for, with what an administrator does between the look at who it is and all else. */
    const asking = (fields: Record<string, string>, change: () => Promise<unknown>) => {
      const ports = world.ports();
      const { clients } = ports.oauth;
      const known: typeof clients.known = async (...which) => {
        const read = await clients.known(...which);
        await change();
        return read;
      };
      return exchange(
        { ...ports, oauth: { ...ports.oauth, clients: { ...clients, known } } },
        callerOf('r'),
        {
          parameters: new Map(Object.entries(fields)),
          authorization: undefined,
          proof: undefined,
          verify: () => Promise.resolve(null),
        },
      );
    };
    const narrowed = async (id: string, input: object = {}) => {
      const body = {
        name: 'Team wiki',
        authentication: 'client_secret',
        grants: ['authorization_code', 'refresh_token'],
        scopes: ['openid', 'offline_access'],
        redirectUris: [REDIRECT],
        ...input,
      };
      const by = (await world.newAdministrator()).tokens.accessToken;
      const path = `/v1/oauth/clients/${id}`;
      const headers = { 'if-match': '"1"' };
      expect((await world.call(path, { token: by, method: 'PUT', body, headers })).status).toBe(200);
    };
    const proofOf = ({ id, secret }: { id: string; secret: string }) => ({
      client_id: id,
      client_secret: secret,
    });

    it('gives it by a refresh what it is registered for since', async () => {
      const app = await world.register();
      const { tokens } = await world.applicationSignIn(await world.configured(app), token);
      const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' };
      const answer = await asking({ ...proofOf(app), ...fields }, () => narrowed(app.id));
      expect(answer).toMatchObject({ ok: true, value: { scope: 'openid offline_access' } });
    });

    it('gives it by a code what it is registered for since', async () => {
      const app = await world.register();
      const config = await world.configured(app);
      const verifier = oidc.randomPKCECodeVerifier();
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: REDIRECT,
        scope: 'openid orders.read',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const code = (await world.agree(url, token)).searchParams.get('code') ?? '';
      const fields = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: REDIRECT,
        code_verifier: verifier,
      };
      const answer = await asking({ ...proofOf(app), ...fields }, () => narrowed(app.id));
      expect(answer).toMatchObject({ ok: true, value: { scope: 'openid' } });
    });

    it('gives a service nothing of before: it asks again', async () => {
      const service = { grants: ['client_credentials' as const], redirectUris: [] };
      const app = await world.register({ ...service, scopes: ['products.write', 'stock.write'] });
      const fields = { ...proofOf(app), grant_type: 'client_credentials' };
      const answer = await asking(fields, () => narrowed(app.id, { ...service, scopes: ['stock.write'] }));
      expect(answer).toMatchObject({ ok: false, error: { error: 'invalid_client' } });
      expect(await asking(fields, () => Promise.resolve())).toMatchObject({
        value: { scope: 'stock.write' },
      });
    });

    it('gives nothing for a secret that was removed, and whoever has the other one goes on', async () => {
      const app = await world.register();
      const { tokens } = await world.applicationSignIn(await world.configured(app), token);
      const by = (await world.newAdministrator()).tokens.accessToken;
      const path = `/v1/oauth/clients/${app.id}/secrets`;
      const added = await world.call(path, { token: by, body: {} });
      const { secret } = await added.json<{ secret: string }>();
      const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' };
      const answer = await asking({ ...proofOf(app), ...fields }, () =>
        world.call(`${path}/${app.secrets[0]?.id}`, { token: by, method: 'DELETE' }),
      );
      expect(answer).toMatchObject({ ok: false, error: { error: 'invalid_grant' } });
      const next = await asking({ ...proofOf({ ...app, secret }), ...fields }, () => Promise.resolve());
      expect(next.ok).toBe(true);
    });
  });

  it('changes by version, replaces a secret without an interruption, and disables with all sessions', async () => {
    const administrator = (await world.newAdministrator()).tokens.accessToken;
    const app = await world.register();
    const path = `/v1/oauth/clients/${app.id}`;
    const config = await world.configured(app);
    const { tokens } = await world.applicationSignIn(config, token);
    const added = await world.call(`${path}/secrets`, { token: administrator, body: {} });
    const { secret } = await added.json<{ secret: string }>();
    const old = app.secrets[0]?.id ?? '';
    const removed = await world.call(`${path}/secrets/${old}`, { token: administrator, method: 'DELETE' });
    expect([added.status, removed.status]).toEqual([201, 204]);
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow(Error);
    const renewed = await world.configured({ ...app, secret });
    const next = await oidc.refreshTokenGrant(renewed, tokens.refresh_token ?? '');

    const body = {
      name: 'Team wiki',
      authentication: 'client_secret',
      grants: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'offline_access'],
      redirectUris: [REDIRECT],
      status: 'disabled',
    };
    const put = (tag: string) =>
      world.call(path, { token: administrator, method: 'PUT', body, headers: { 'if-match': tag } });
    expect((await put('"7"')).status).toBe(412);
    expect((await put('"1"')).status).toBe(200);
    await expect(oidc.refreshTokenGrant(renewed, next.refresh_token ?? '')).rejects.toThrow(Error);
    expect(await told({ client_id: app.id })).toBe('refuse');
    const page = await world.call('/v1/oauth/clients?limit=1', { token: administrator });
    const { items, next: cursor } = await page.json<{ items: object[]; next: string }>();
    expect([items.length, JSON.stringify(items).includes('secretHash'), cursor === null]).toEqual([
      1,
      false,
      false,
    ]);
  });
});

describe('signing out from an application', () => {
  it('goes back to what it registered alone, and ends its own session', async () => {
    const app = await world.register({ postLogoutRedirectUris: ['https://app.test/out'] });
    const config = await world.configured(app);
    const { tokens } = await world.applicationSignIn(config, token);
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: 'https://app.test/out',
      state: 'z',
    });
    expect(url.href).toContain(`${ORIGIN}/oauth/logout?`);
    const ask = async (body: object) => (await world.call('/v1/oauth/logouts', { body })).json();
    const good = { idTokenHint: tokens.id_token, postLogoutRedirectUri: 'https://app.test/out', state: 'z' };
    expect(await ask(good)).toEqual({
      application: 'Team wiki',
      userId: account.tokens.user.id,
      location: 'https://app.test/out?state=z',
    });
    expect(await ask({ ...good, postLogoutRedirectUri: 'https://evil.test' })).toMatchObject({
      location: null,
    });
    expect(await ask({ ...good, clientId: client.id })).toMatchObject({ location: null, userId: null });
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: true });
    await ask({ ...good, end: true });
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  it('ends the session under whatever id it goes by now, by any of its ID tokens, and tells of it once', async () => {
    const app = await world.register();
    const config = await world.configured(app);
    const own = await world.newAccount();
    const { tokens } = await world.applicationSignIn(config, own.tokens.accessToken);
    await world.ports().commit([world.ports().sessions.reissueAll(own.tokens.user.id)]);
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    const [before, after] = [tokens.claims()?.['sid'], renewed.claims()?.['sid']];
    expect([typeof before, after]).toEqual(['string', before]);
    const active = () => oidc.tokenIntrospection(config, renewed.access_token);
    expect(await active()).toMatchObject({ active: true });
    const signOut = (idTokenHint?: string) =>
      world.call('/v1/oauth/logouts', { body: { idTokenHint, end: true } });
    await signOut(tokens.id_token);
    expect(await active()).toEqual({ active: false });
    await signOut(renewed.id_token);
    const told = await world.env.AUTH_DB.prepare(
      "SELECT count(*) AS n FROM audit_log WHERE action = 'oauth.signed_out' AND subject = ?",
    )
      .bind(own.tokens.user.id)
      .first<{ n: number }>();
    expect(told?.n).toBe(1);
  });
});
