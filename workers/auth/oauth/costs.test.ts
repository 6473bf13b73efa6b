import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import * as oidc from 'openid-client';
import { beforeAll, expect, it } from 'vitest';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { METERED } from '../env.ts';
import { oauthWorld, ORIGIN, REDIRECT } from './testing/oauth-world.ts';

beforeAll(migrateDatabases);
const world = oauthWorld();
beforeAll(() => {
  world.world.stoppedAt = Date.now();
});

/** Round trips of one request, a form or JSON, to a warm isolate. */
async function costOf(path: string, body: Record<string, string> | string, token?: string) {
  const costs = newCosts();
  const ctx = createExecutionContext();
  const isJson = typeof body === 'string';
  const request = new Request(ORIGIN + path, {
    method: 'POST',
    headers: {
      'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: isJson ? body : new URLSearchParams(body).toString(),
  });
  const response = await world.app.fetch(request, meterEnv(world.env, METERED, costs), ctx);
  await waitOnExecutionContext(ctx);
  return { status: response.status, d1: costs.d1, objects: costs.objects, body: await response.text() };
}

it('each protocol endpoint stays within its budget of round trips', async () => {
  const { tokens } = await world.newAccount();
  const client = await world.register({ trusted: true });
  const service = await world.register({
    grants: ['client_credentials'],
    scopes: ['stock.write'],
    redirectUris: [],
  });
  const proof = { client_id: client.id, client_secret: client.secret };
  const verifier = oidc.randomPKCECodeVerifier();
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const rows: Record<string, unknown> = {};
  const measure = async (name: string, ...request: Parameters<typeof costOf>) => {
    const { body, ...row } = await costOf(...request);
    rows[name] = row;
    return JSON.parse(body || '{}') as Record<string, string>;
  };
  const authorised = await measure(
    'authorize',
    '/v1/oauth/authorizations',
    JSON.stringify({ query }),
    tokens.accessToken,
  );
  const code = new URL(authorised['location'] ?? '').searchParams.get('code') ?? '';
  const grant = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier };
  const given = await measure('code', '/v1/oauth/token', { ...proof, ...grant });
  const refresh = { grant_type: 'refresh_token', refresh_token: given['refresh_token'] ?? '' };
  const renewed = await measure('refresh', '/v1/oauth/token', { ...proof, ...refresh });
  await measure('service', '/v1/oauth/token', {
    grant_type: 'client_credentials',
    client_id: service.id,
    client_secret: service.secret,
  });
  await measure('userinfo', '/v1/oauth/userinfo', {}, renewed['access_token']);
  await measure('introspect', '/v1/oauth/introspect', { ...proof, token: renewed['access_token'] ?? '' });
  await measure('revoke', '/v1/oauth/revoke', { ...proof, token: renewed['refresh_token'] ?? '' });
  expect(rows).toEqual({
    authorize: { status: 200, d1: 3, objects: 0 },
    code: { status: 200, d1: 4, objects: 0 },
    refresh: { status: 200, d1: 2, objects: 0 },
    service: { status: 200, d1: 2, objects: 0 },
    userinfo: { status: 200, d1: 1, objects: 0 },
    introspect: { status: 200, d1: 3, objects: 0 },
    revoke: { status: 200, d1: 3, objects: 0 },
  });
});

it('management and device endpoints stay within theirs', async () => {
  const { tokens, ip } = await world.newAccount();
  const own = tokens.accessToken;
  const admin = (await world.newAdministrator()).tokens.accessToken;
  const device = await world.register({
    authentication: 'none',
    grants: ['urn:ietf:params:oauth:grant-type:device_code'],
    redirectUris: [],
  });
  const pushing = await world.register();
  const rows: Record<string, string> = {};
  const measure = async (name: string, method: string, path: string, body?: object, token = own) => {
    const costs = newCosts();
    const ctx = createExecutionContext();
    const isForm = body instanceof URLSearchParams;
    const request = new Request(ORIGIN + path, {
      method,
      headers: {
        'x-client-ip': ip,
        ...(isForm ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body.toString() : JSON.stringify(body) }),
    });
    const response = await world.app.fetch(request, meterEnv(world.env, METERED, costs), ctx);
    await waitOnExecutionContext(ctx);
    rows[name] = `${response.status}: ${costs.d1} D1, ${costs.objects} objects`;
    return JSON.parse((await response.text()) || '{}') as Record<string, string>;
  };
  const proof = { client_id: pushing.id, client_secret: pushing.secret };
  await measure(
    'push',
    'POST',
    '/v1/oauth/par',
    new URLSearchParams({
      ...proof,
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    }),
  );
  const started = await measure(
    'device',
    'POST',
    '/v1/oauth/device-authorization',
    new URLSearchParams({ client_id: device.id, scope: 'orders.read' }),
  );
  const userCode = started['user_code'] ?? '';
  await measure('device, read', 'POST', '/v1/oauth/devices', { userCode });
  await measure('device, decided', 'POST', '/v1/oauth/devices/decision', { userCode, decision: 'allow' });
  const poll = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: started['device_code'] ?? '',
    client_id: device.id,
  };
  await measure('device, redeemed', 'POST', '/v1/oauth/token', new URLSearchParams(poll));
  await measure('clients', 'GET', '/v1/oauth/clients', undefined, admin);
  await measure('client', 'GET', `/v1/oauth/clients/${device.id}`, undefined, admin);
  await measure('client secret', 'POST', `/v1/oauth/clients/${pushing.id}/secrets`, {}, admin);
  const key = await measure('API key', 'POST', '/v1/auth/api-keys', { name: 'Key', scopes: ['orders.read'] });
  await measure('API keys', 'GET', '/v1/auth/api-keys');
  await measure('API key, revoked', 'DELETE', `/v1/auth/api-keys/${key['id']}`);
  await measure('TOTP, begun', 'POST', '/v1/auth/totp');
  await measure('e-mail change', 'POST', '/v1/auth/email-change', { newEmail: 'other@mail.test' });
  await measure('challenge link', 'POST', '/v1/auth/challenge-link', {
    email: 'somebody@mail.test',
    action: 'sign_in',
  });
  await measure('signals', 'GET', '/v1/auth/guessing-signals', undefined, admin);
  await measure('key use', 'GET', '/v1/auth/keys', undefined, admin);
  await measure('audit log', 'GET', '/v1/auth/audit-log', undefined, admin);
  expect(rows).toEqual({
    push: '201: 2 D1, 0 objects',
    device: '200: 2 D1, 1 objects',
    'device, read': '200: 3 D1, 3 objects',
    'device, decided': '204: 3 D1, 3 objects',
    'device, redeemed': '200: 4 D1, 0 objects',
    clients: '200: 3 D1, 0 objects',
    client: '200: 4 D1, 0 objects',
    'client secret': '201: 4 D1, 0 objects',
    'API key': '201: 3 D1, 0 objects',
    'API keys': '200: 2 D1, 0 objects',
    'API key, revoked': '204: 2 D1, 0 objects',
    'TOTP, begun': '201: 2 D1, 0 objects',
    'e-mail change': '202: 4 D1, 2 objects',
    'challenge link': '202: 2 D1, 2 objects',
    signals: '200: 1 D1, 0 objects',
    'key use': '200: 17 D1, 0 objects',
    'audit log': '200: 4 D1, 1 objects',
  });
});
