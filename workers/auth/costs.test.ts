import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { Secret, TOTP } from 'otpauth';
import { beforeAll, expect, it } from 'vitest';
import { ceremonySchema, secondFactorRequiredSchema, totpSetUpSchema } from '#shared/contracts/http/auth.ts';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import {
  softwareAuthenticator,
  type RequestOptions,
  type CreationOptions,
} from '#shared/testing/authenticator.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { METERED } from './env.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp, parsed, type Call } from './testing/harness.ts';

beforeAll(migrateDatabases);
const auth = authWorld();

/** D1 round trips and object calls of one request to a warm isolate. */
async function costOf(path: string, options: Call = {}) {
  const costs = newCosts();
  const env = meterEnv(auth.env, METERED, costs);
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.test${path}`, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: {
      'content-type': 'application/json',
      'x-client-ip': options.ip ?? newIp(),
      'user-agent': 'Test/1',
      ...options.headers,
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const { status } = await auth.app.fetch(request, env, ctx);
  await waitOnExecutionContext(ctx);
  return { status, d1: costs.d1, objects: costs.objects };
}

/** Sets an authenticator app up; gives its next code. */
async function withApp(token: string): Promise<string> {
  const { secret } = await parsed(
    await auth.call('/v1/auth/totp', { method: 'POST', token }),
    totpSetUpSchema,
  );
  const codeAt = (timestamp: number) => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp });
  const body = { code: codeAt(auth.clock.now() - 30_000) };
  await auth.call('/v1/auth/totp/confirm', { token, body });
  return codeAt(auth.clock.now());
}

it('each endpoint stays within its budget of round trips', async () => {
  auth.world.stoppedAt = Date.now();
  const { email, ip, tokens } = await auth.newAccount();
  const token = tokens.accessToken;
  const device = softwareAuthenticator('https://shop.test');
  const rows: Record<string, unknown> = {};
  const measure = async (name: string, path: string, options: Call = {}) => {
    rows[name] = await costOf(path, { ip, ...options });
  };
  await measure('sign-up', '/v1/auth/sign-up', { body: { email: newEmail() } });
  await measure('sign-in', '/v1/auth/sign-in', { body: { email, password: GOOD_PASSWORD } });
  await measure('sign-in, wrong', '/v1/auth/sign-in', { body: { email, password: 'x' } });
  await measure('refresh', '/v1/auth/token', { body: { refreshToken: tokens.refreshToken } });
  await measure('me', '/v1/auth/me', { token });
  await measure('sessions', '/v1/auth/sessions', { token });
  await measure('overview', '/v1/auth/overview', { token });
  await measure('jwks', '/.well-known/jwks.json');
  const register = await parsed(
    await auth.call('/v1/auth/passkeys/registration-options', { method: 'POST', token }),
    ceremonySchema,
  );
  const created = await device.create(register.options as unknown as CreationOptions);
  await measure('add passkey', '/v1/auth/passkeys', {
    token,
    body: { ceremonyId: register.ceremonyId, response: created },
  });
  await measure('passkey options', '/v1/auth/passkeys/sign-in-options', { body: {} });
  const signIn = await parsed(
    await auth.call('/v1/auth/passkeys/sign-in-options', { body: {} }),
    ceremonySchema,
  );
  const response = await device.get(signIn.options as unknown as RequestOptions);
  await measure('passkey sign-in', '/v1/auth/passkeys/sign-in', {
    body: { ceremonyId: signIn.ceremonyId, response },
  });
  await measure('step-up', '/v1/auth/step-up', { token, body: { password: GOOD_PASSWORD } });
  await measure('code by mail', '/v1/auth/email-code', { body: { email } });
  await measure('data requests', '/v1/auth/data-requests', { token });
  await measure('ask for a copy', '/v1/auth/data-requests', {
    token,
    body: { kind: 'export' },
    headers: { 'idempotency-key': 'copy' },
  });
  const code = await withApp(token);
  const { challengeId } = await parsed(
    await auth.signIn(email, GOOD_PASSWORD, { ip }),
    secondFactorRequiredSchema,
  );
  await measure('second factor', '/v1/auth/sign-in/second-factor', { body: { challengeId, code } });
  await measure('sign-out', '/v1/auth/sign-out', { body: { refreshToken: tokens.refreshToken } });

  expect(rows).toEqual({
    'sign-up': { status: 202, d1: 3, objects: 2 },
    'sign-in': { status: 200, d1: 2, objects: 6 },
    'sign-in, wrong': { status: 401, d1: 2, objects: 7 },
    refresh: { status: 200, d1: 1, objects: 0 },
    me: { status: 200, d1: 1, objects: 0 },
    sessions: { status: 200, d1: 2, objects: 0 },
    overview: { status: 200, d1: 5, objects: 0 },
    jwks: { status: 200, d1: 0, objects: 0 },
    'add passkey': { status: 201, d1: 4, objects: 0 },
    'passkey options': { status: 200, d1: 1, objects: 1 },
    'passkey sign-in': { status: 200, d1: 3, objects: 1 },
    'step-up': { status: 200, d1: 2, objects: 6 },
    'code by mail': { status: 202, d1: 3, objects: 2 },
    'data requests': { status: 200, d1: 1, objects: 1 },
    'ask for a copy': { status: 202, d1: 4, objects: 3 },
    'second factor': { status: 200, d1: 3, objects: 3 },
    'sign-out': { status: 204, d1: 2, objects: 0 },
  });
});
