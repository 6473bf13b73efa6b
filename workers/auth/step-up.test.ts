import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accessTokenSchema,
  ceremonySchema,
  meSchema,
  recoveryCodesSchema,
  tokensSchema,
  totpSetUpSchema,
} from '#shared/contracts/http/auth.ts';
import {
  softwareAuthenticator,
  type CreationOptions,
  type Quirks,
  type RequestOptions,
} from '#shared/testing/authenticator.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { authWorld, GOOD_PASSWORD, parsed } from './testing/harness.ts';

beforeAll(migrateDatabases);

const NEW_PASSWORD = 'nine amber foxes at dusk';

/** A world in which an account signed in by password long ago. */
async function stale() {
  const auth = authWorld();
  // A code is of thirty seconds, one of which could end in the middle of a test.
  auth.world.stoppedAt = Date.now();
  const account = await auth.newAccount();
  auth.world.offsetMs = 20 * MINUTE_MS;
  const { accessToken, refreshToken } = await parsed(
    await auth.refresh(account.tokens.refreshToken),
    tokensSchema,
  );
  const stepUp = (body: object, token = accessToken) => auth.call('/v1/auth/step-up', { token, body });
  const change = (token: string) =>
    auth.call('/v1/auth/password', {
      token,
      body: { currentPassword: GOOD_PASSWORD, newPassword: NEW_PASSWORD },
    });
  return { auth, account, accessToken, refreshToken, stepUp, change };
}

async function addApp(auth: ReturnType<typeof authWorld>, token: string) {
  const { secret } = await parsed(
    await auth.call('/v1/auth/totp', { method: 'POST', token }),
    totpSetUpSchema,
  );
  const code = (steps: number): string =>
    TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: auth.clock.now() + steps * 30_000 });
  const body = { code: code(-1) };
  const { recoveryCodes } = await parsed(
    await auth.call('/v1/auth/totp/confirm', { token, body }),
    recoveryCodesSchema,
  );
  return { code, recoveryCodes };
}

/** Failed proofs of an account, as the audit log has them: factor and reason. */
async function failures(auth: ReturnType<typeof authWorld>, accountId: string): Promise<string[]> {
  const { results } = await auth.env.AUTH_DB.prepare(
    `SELECT factor, json_extract(detail, '$.why') AS why FROM audit_log
     WHERE subject = ? AND action = 'step_up' AND outcome = 'failure' ORDER BY sequence`,
  )
    .bind(accountId)
    .all<{ factor: string; why: string }>();
  return results.map(({ factor, why }) => `${factor}/${why}`);
}

describe('a change of credentials', () => {
  it('asks an old session to authenticate anew, which gives the same session a new token', async () => {
    const { auth, accessToken, stepUp, change } = await stale();
    const refused = await change(accessToken);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", max_age="900"',
    );
    expect(await refused.json()).toMatchObject({ type: '/problems/step-up-required' });

    expect((await stepUp({ password: 'certainly not this one' })).status).toBe(401);
    const { accessToken: fresh } = await parsed(await stepUp({ password: GOOD_PASSWORD }), accessTokenSchema);
    const [before, after] = await Promise.all(
      [accessToken, fresh].map(async (token) => parsed(await auth.call('/v1/auth/me', { token }), meSchema)),
    );
    expect(after?.session.id).toBe(before?.session.id);
    expect((await change(fresh)).status).toBe(204);
  });

  const ROUTES: [method: string, path: string, body?: object][] = [
    ['POST', 'email-change', { newEmail: 'somebody@mail.test' }],
    ['POST', 'password', { currentPassword: GOOD_PASSWORD, newPassword: NEW_PASSWORD }],
    ['DELETE', 'password'],
    ['POST', 'totp'],
    ['POST', 'totp/confirm', { code: '000000' }],
    ['DELETE', 'totp'],
    ['POST', 'recovery-codes'],
    ['POST', 'passkeys/registration-options'],
    ['DELETE', `passkeys/pky_${'0'.repeat(32)}`],
    ['DELETE', `identities/idn_${'0'.repeat(32)}`],
    ['POST', 'api-keys', { name: 'Key', scopes: ['orders.read'] }],
  ];
  it('is refused to an old session by each route: address, password, app, codes, passkeys, identities, keys', async () => {
    const { auth, accessToken: token } = await stale();
    for (const [method, path, body] of ROUTES) {
      const answer = await auth.call(`/v1/auth/${path}`, { method, token, ...(body ? { body } : {}) });
      const { type } = await answer.json<{ type: string }>();
      expect([method, path, answer.status, type]).toEqual([method, path, 401, '/problems/step-up-required']);
    }
  });

  it('asks for the second factor too, where there is one', async () => {
    const { auth, refreshToken, stepUp, change } = await stale();
    const { accessToken: fresh } = await parsed(await stepUp({ password: GOOD_PASSWORD }), accessTokenSchema);
    const { code, recoveryCodes } = await addApp(auth, fresh);
    auth.world.offsetMs += 16 * MINUTE_MS;
    const { accessToken: later } = await parsed(await auth.refresh(refreshToken), tokensSchema);
    expect((await change(later)).status).toBe(401);
    expect((await stepUp({ password: GOOD_PASSWORD, code: code(7) }, later)).status).toBe(401);
    const both = { password: GOOD_PASSWORD, recoveryCode: recoveryCodes[0] };
    const { accessToken: proven } = await parsed(await stepUp(both, later), accessTokenSchema);
    expect((await change(proven)).status).toBe(204);
  });
});

describe('what is shown anew', () => {
  it('is never less than the session had, and a code counts once here as well', async () => {
    const { auth, stepUp } = await stale();
    const { accessToken: token } = await parsed(await stepUp({ password: GOOD_PASSWORD }), accessTokenSchema);
    const { code } = await addApp(auth, token);
    expect((await stepUp({ password: GOOD_PASSWORD }, token)).status).toBe(422);
    expect((await stepUp({ code: code(0) }, token)).status, 'one factor is less than two').toBe(422);
    const both = { password: GOOD_PASSWORD, code: code(1) };
    const answers = await Promise.all(Array.from({ length: 4 }, () => stepUp(both, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('may be a passkey of the account, and nobody else’s', async () => {
    const { auth, account, stepUp } = await stale();
    const device = softwareAuthenticator('https://shop.test');
    const { accessToken: token } = await parsed(await stepUp({ password: GOOD_PASSWORD }), accessTokenSchema);
    const begun = await parsed(
      await auth.call('/v1/auth/passkeys/registration-options', { method: 'POST', token }),
      ceremonySchema,
    );
    const response = await device.create(begun.options as unknown as CreationOptions);
    await auth.call('/v1/auth/passkeys', { token, body: { ceremonyId: begun.ceremonyId, response } });
    const show = async (as: string, quirks?: Quirks) => {
      const asked = await parsed(
        await auth.call('/v1/auth/passkeys/sign-in-options', { body: {} }),
        ceremonySchema,
      );
      const shown = await device.get(asked.options as unknown as RequestOptions, quirks);
      return stepUp({ ceremonyId: asked.ceremonyId, response: shown }, as);
    };
    const { accessToken: strong } = await parsed(await show(token), accessTokenSchema);
    expect(await parsed(await auth.call('/v1/auth/me', { token: strong }), meSchema)).toMatchObject({
      session: { acr: 'urn:tradepost:acr:2', amr: ['hwk', 'user', 'mfa'] },
    });
    const stranger = await auth.newAccount();
    expect((await show(stranger.tokens.accessToken)).status).toBe(401);
    expect(account.email).not.toBe(stranger.email);
    expect(await failures(auth, stranger.tokens.user.id)).toEqual(['passkey/other_account']);

    expect((await show(strong, { counter: 40 })).status).toBe(200);
    expect((await show(strong, { counter: 12 })).status, 'a copy of the authenticator').toBe(401);
    expect((await show(strong, { forged: true })).status).toBe(401);
    expect(await failures(auth, account.tokens.user.id)).toEqual([
      'passkey/counter_regressed',
      'passkey/not_verified',
    ]);
    const told = auth.world.mails.filter(
      ({ to, text }) => to === account.email && /went backwards/.test(text),
    );
    expect(told).toHaveLength(1);
  });

  it('is written down when it is right and too little, and when a code was used before', async () => {
    const { auth, account, stepUp } = await stale();
    const { accessToken: token } = await parsed(await stepUp({ password: GOOD_PASSWORD }), accessTokenSchema);
    const { code } = await addApp(auth, token);
    expect((await stepUp({ password: GOOD_PASSWORD }, token)).status).toBe(422);
    const both = { password: GOOD_PASSWORD, code: code(0) };
    expect((await stepUp(both, token)).status).toBe(200);
    expect((await stepUp(both, token)).status).toBe(401);
    expect(await failures(auth, account.tokens.user.id)).toEqual(['password/too_weak', 'totp/spent']);
  });
});

describe('an administrator with an authenticator app', () => {
  it('manages accounts with two factors only, and one without it with one, unless all staff must', async () => {
    const auth = authWorld();
    const { tokens, email } = await auth.newAdministrator();
    const find = (token: string, world = auth) => world.call(`/v1/auth/accounts?email=${email}`, { token });
    expect((await find(tokens.accessToken)).status).toBe(200);
    const strict = authWorld({ ...auth.env, STAFF_SECOND_FACTOR: 'required' });
    const due = await find(tokens.accessToken, strict);
    expect(due.status).toBe(401);
    expect(due.headers.get('www-authenticate')).toContain('acr_values="urn:tradepost:acr:2"');

    await addApp(auth, tokens.accessToken);
    const { accessToken } = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
    const withCode = await find(accessToken);
    expect(withCode.status, 'a mailbox and a code are one factor').toBe(401);
  });
});
