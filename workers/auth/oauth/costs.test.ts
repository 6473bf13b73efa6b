import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import * as oidc from 'openid-client';
import { beforeAll, expect, it } from 'vitest';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { METERED } from '../env.ts';
import { oauthWorld, ORIGIN, REDIRECT } from './testing/oauth-world.ts';

beforeAll(migrateDatabases);
const world = oauthWorld();

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
    introspect: { status: 200, d1: 2, objects: 0 },
    revoke: { status: 200, d1: 3, objects: 0 },
  });
});
