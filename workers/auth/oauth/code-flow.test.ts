import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { oauthWorld, ORIGIN, REDIRECT, refusalOf, type Account } from './testing/oauth-world.ts';

const world = oauthWorld();
let account: Account;
let token: string;
let client: Awaited<ReturnType<typeof world.register>>;
let config: oidc.Configuration;
beforeAll(async () => {
  await migrateDatabases();
  account = await world.newAccount();
  token = account.tokens.accessToken;
  client = await world.register();
  config = await world.configured(client);
});

describe('an application that signs its users in here, by openid-client', () => {
  it('is told who they are, renews its tokens, asks about them and gives them back', async () => {
    const { tokens, callback } = await world.applicationSignIn(config, token);
    expect(callback.searchParams.get('iss')).toBe(ORIGIN);
    const claims = tokens.claims();
    expect(claims).toMatchObject({
      iss: ORIGIN,
      aud: client.id,
      sub: account.tokens.user.id,
      nonce: 'nonce-1',
    });
    expect(tokens.scope).toBe('openid email offline_access orders.read');
    const sub = claims?.sub ?? '';
    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toEqual({
      sub,
      email: account.email,
      email_verified: true,
    });
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: client.id,
      sub,
    });
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    await oidc.tokenRevocation(config, renewed.refresh_token ?? '');
    for (const ended of [renewed.access_token, renewed.refresh_token ?? '']) {
      expect(await oidc.tokenIntrospection(config, ended)).toEqual({ active: false });
    }
    await expect(oidc.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(oidc.fetchUserInfo(config, renewed.access_token, sub)).rejects.toThrow(Error);
    expect(await world.isRefusedEverywhere(renewed.access_token)).toBe(true);
  });

  it('is the same by oauth4webapi, with the secret in the header', async () => {
    const options = { [oauth.customFetch]: world.fetchFrom };
    const issuer = new URL(ORIGIN);
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      const found = await oauth.discoveryRequest(issuer, { algorithm, ...options });
      const server = await oauth.processDiscoveryResponse(issuer, found);
      const verifier = oauth.generateRandomCodeVerifier();
      const url = new URL(server.authorization_endpoint ?? '');
      url.search = new URLSearchParams({
        client_id: client.id,
        redirect_uri: REDIRECT,
        response_type: 'code',
        scope: 'openid',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).toString();
      const me = { client_id: client.id };
      const parameters = oauth.validateAuthResponse(server, me, await world.agree(url, token));
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        me,
        oauth.ClientSecretBasic(client.secret),
        parameters,
        REDIRECT,
        verifier,
        options,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, me, response);
      expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe(account.tokens.user.id);
      expect(tokens.refresh_token).toBeUndefined();
    }
  });

  it('gets tokens that open only what the customer agreed to, and never their account', async () => {
    const { tokens } = await world.applicationSignIn(config, token);
    expect((await world.call('/v1/auth/me', { token: tokens.access_token })).status).toBe(403);
    const own = await world.refresh(tokens.refresh_token ?? '');
    expect(own.status).toBe(401);
    const stolen = await world.form('/v1/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: account.tokens.refreshToken,
      client_id: client.id,
      client_secret: client.secret,
    });
    expect(await refusalOf(stolen)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect((await world.refresh(account.tokens.refreshToken)).status).toBe(200);
  });
});

describe('a code', () => {
  const redeem = (code: string, verifier: string, changes: Record<string, string> = {}) =>
    world.form('/v1/oauth/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
      client_id: client.id,
      client_secret: client.secret,
      ...changes,
    });
  async function newCode(): Promise<{ code: string; verifier: string }> {
    const verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: 'openid offline_access',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const callback = await world.agree(url, token);
    return { code: callback.searchParams.get('code') ?? '', verifier };
  }

  it('is redeemed by one of 50 parallel calls, and its second use ends what the first gave', async () => {
    const { code, verifier } = await newCode();
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(code, verifier)));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 400)]);
    const won = await answers
      .find(({ status }) => status === 200)
      ?.json<{ access_token: string; refresh_token: string }>();
    const revoked = await world.ports().revocations.present(world.clock.now());
    expect(revoked.map(({ subject }) => subject)).toContain(decodeJwt(won?.access_token ?? '')['sid']);
    const body = {
      grant_type: 'refresh_token',
      refresh_token: won?.refresh_token ?? '',
      client_id: client.id,
      client_secret: client.secret,
    };
    expect(await refusalOf(await world.form('/v1/oauth/token', body))).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('needs its verifier, its address and its client, and is not used up without them', async () => {
    const { code, verifier } = await newCode();
    const other = await world.register();
    const wrong: Record<string, string>[] = [
      { code_verifier: oidc.randomPKCECodeVerifier() },
      { code_verifier: '' },
      { redirect_uri: 'https://app.test/other' },
      { redirect_uri: '' },
      { client_id: other.id, client_secret: other.secret },
    ];
    for (const changes of wrong) {
      expect(await refusalOf(await redeem(code, verifier, changes))).toMatchObject({
        status: 400,
        error: 'invalid_grant',
      });
    }
    const secret = await refusalOf(await redeem(code, verifier, { client_secret: 'tps_wrong' }));
    expect(secret).toMatchObject({ status: 401, error: 'invalid_client' });
    expect((await redeem(code, verifier)).status).toBe(200);
  });

  it('lives for a minute', async () => {
    const { code, verifier } = await newCode();
    world.world.offsetMs = 61_000;
    const late = await redeem(code, verifier);
    world.world.offsetMs = 0;
    expect(await refusalOf(late)).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a refresh token of an application', () => {
  const refresh = (refreshToken: string) =>
    world.form('/v1/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: client.id,
      client_secret: client.secret,
    });

  it('does not fork under 50 parallel calls, and its late reuse ends the session', async () => {
    const { tokens } = await world.applicationSignIn(config, token);
    const first = tokens.refresh_token ?? '';
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(first)));
    const bodies = await Promise.all(answers.map((answer) => answer.json<{ refresh_token: string }>()));
    const successors = new Set(bodies.map((body) => body.refresh_token));
    expect(successors.size).toBe(1);
    const [second = ''] = successors;
    world.world.offsetMs = 11_000;
    expect((await refresh(first)).status).toBe(400);
    expect((await refresh(second)).status).toBe(400);
    world.world.offsetMs = 0;
  });

  it('may ask for less, never for more, and a wrong wish does not use it up', async () => {
    const { tokens } = await world.applicationSignIn(config, token);
    const wish = (scope: string) => oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { scope });
    await expect(wish('openid products.write')).rejects.toMatchObject({ error: 'invalid_scope' });
    const less = await wish('orders.read');
    expect([less.scope, less.id_token]).toEqual(['orders.read', undefined]);
  });
});
