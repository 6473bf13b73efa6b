import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  meSchema,
  recoveryCodesSchema,
  secondFactorRequiredSchema,
  tokensSchema,
  totpSetUpSchema,
} from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { authWorld, GOOD_PASSWORD, parsed } from './testing/harness.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
type World = typeof auth;

const STEP_MS = 30 * SECOND_MS;

/** An account with an authenticator app; `code(n)` is the app's code `n` steps from now. */
async function withApp(world: World = auth) {
  const account = await world.newAccount();
  const token = account.tokens.accessToken;
  const { secret, uri } = await parsed(
    await world.call('/v1/auth/totp', { method: 'POST', token }),
    totpSetUpSchema,
  );
  const code = (steps = 0): string =>
    TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: world.clock.now() + steps * STEP_MS });
  const { recoveryCodes } = await parsed(
    await world.call('/v1/auth/totp/confirm', { token, body: { code: code(-1) } }),
    recoveryCodesSchema,
  );
  const firstFactor = async () => {
    const answer = await world.signIn(account.email, GOOD_PASSWORD, { ip: account.ip });
    return (await parsed(answer, secondFactorRequiredSchema)).challengeId;
  };
  return { ...account, token, secret, uri, code, recoveryCodes, firstFactor };
}

type Shown = { code: string } | { recoveryCode: string };
const second = (challengeId: string, shown: Shown, world: World = auth) =>
  world.call('/v1/auth/sign-in/second-factor', { body: { challengeId, ...shown } });
const meOf = async (token: string): Promise<z.infer<typeof meSchema>> =>
  parsed(await auth.call('/v1/auth/me', { token }), meSchema);
const statuses = (answers: Response[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

/** The worker without its limits on guesses, to see what the database alone decides. */
const unguarded = authWorld({
  ...auth.env,
  LOGIN_GUARD: {
    getByName: () => ({
      attempt: () => Promise.resolve({ allowed: true }),
      pressure: () => Promise.resolve(null),
      refund: () => Promise.resolve(),
      trust: () => Promise.resolve(),
      knows: () => Promise.resolve(false),
      failed: () => Promise.resolve(false),
    }),
  } as never,
});

describe('an authenticator app', () => {
  it('is demanded at the next sign-in, and makes it one of two factors', async () => {
    const account = await withApp();
    expect(account.uri).toMatch(/^otpauth:\/\/totp\/Tradepost/);
    const tokens = await parsed(
      await second(await account.firstFactor(), { code: account.code() }),
      tokensSchema,
    );
    expect(await meOf(tokens.accessToken)).toMatchObject({
      hasTotp: true,
      recoveryCodesLeft: 10,
      session: { amr: ['pwd', 'otp', 'mfa'], acr: 'urn:tradepost:acr:2' },
    });
  });

  it('is no factor before its first code, so that a set-up given up locks nobody out', async () => {
    const { email, ip, tokens } = await auth.newAccount();
    await auth.call('/v1/auth/totp', { method: 'POST', token: tokens.accessToken });
    const signedIn = await parsed(await auth.signIn(email, GOOD_PASSWORD, { ip }), tokensSchema);
    expect(await meOf(signedIn.accessToken)).toMatchObject({ hasTotp: false });
  });

  it('ends the sessions that showed no second factor, and is told to the owner', async () => {
    const account = await withApp();
    const before = await auth.refresh(account.tokens.refreshToken);
    expect(before.status, 'the session that set it up goes on').toBe(200);
    expect(auth.world.mails.at(-1)).toMatchObject({ to: account.email, subject: 'A change to your account' });

    const other = await auth.newAccount();
    const elsewhere = await parsed(
      await auth.signIn(other.email, GOOD_PASSWORD, { ip: other.ip }),
      tokensSchema,
    );
    const token = other.tokens.accessToken;
    const { secret } = await parsed(
      await auth.call('/v1/auth/totp', { method: 'POST', token }),
      totpSetUpSchema,
    );
    const code = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: auth.clock.now() });
    await parsed(await auth.call('/v1/auth/totp/confirm', { token, body: { code } }), recoveryCodesSchema);
    expect((await auth.refresh(elsewhere.refreshToken)).status).toBe(401);
  });

  it('takes the codes of one step before and after, none older, and each once ever', async () => {
    const { code, firstFactor } = await withApp(unguarded);
    const challenge = await firstFactor();
    for (const wrong of [code(-1), code(-2), code(2), '000000']) {
      expect((await second(challenge, { code: wrong }, unguarded)).status).toBe(401);
    }
    expect((await second(challenge, { code: code(1) }, unguarded)).status).toBe(200);
    const next = await firstFactor();
    for (const spent of [code(1), code()]) {
      expect((await second(next, { code: spent }, unguarded)).status).toBe(401);
    }
  });

  it('opens one session with one code, whatever is tried at the same time', async () => {
    const { code, firstFactor } = await withApp(unguarded);
    const challenges = await Promise.all(Array.from({ length: 50 }, firstFactor));
    const answers = await Promise.all(
      challenges.map((challenge) => second(challenge, { code: code() }, unguarded)),
    );
    expect([statuses(answers, 200), statuses(answers, 401)]).toEqual([1, 49]);
  });

  it('opens one session for one challenge, with whatever right codes it is answered', async () => {
    const { code, recoveryCodes, firstFactor } = await withApp(unguarded);
    const challenge = await firstFactor();
    const shown: Shown[] = [{ code: code() }, ...recoveryCodes.map((recoveryCode) => ({ recoveryCode }))];
    const answers = await Promise.all(shown.map((one) => second(challenge, one, unguarded)));
    expect(statuses(answers, 200)).toBe(1);
    expect((await second(challenge, { code: code(1) }, unguarded)).status).toBe(410);
  });

  it('looks at five guesses of fifty, and recovery codes work all the same', async () => {
    const { code, recoveryCodes, firstFactor } = await withApp();
    const challenge = await firstFactor();
    const answers = await Promise.all(Array.from({ length: 50 }, () => second(challenge, { code: code(7) })));
    expect([statuses(answers, 401), statuses(answers, 429)]).toEqual([5, 45]);
    expect((await second(challenge, { recoveryCode: recoveryCodes[0] ?? '' })).status).toBe(200);
  });

  it('is still asked for after a password reset, and a challenge from before it is void', async () => {
    const { email, ip, code, firstFactor } = await withApp();
    const before = await firstFactor();
    await auth.call('/v1/auth/password-reset', { body: { email }, ip });
    const newPassword = 'quartz7b';
    const body = { token: auth.linkToken(email), newPassword };
    expect((await auth.call('/v1/auth/password-reset/confirm', { body, ip })).status).toBe(204);
    expect((await second(before, { code: code() })).status).toBe(410);
    const { challengeId } = await parsed(
      await auth.signIn(email, newPassword, { ip }),
      secondFactorRequiredSchema,
    );
    const { accessToken } = await parsed(await second(challengeId, { code: code() }), tokensSchema);
    const kept = await auth.call('/v1/auth/totp', { method: 'DELETE', token: accessToken });
    expect(kept.status, 'eight characters are too few without it').toBe(409);
  });

  it('goes only in a session that has just shown it', async () => {
    const late = authWorld();
    const account = await withApp(late);
    const { token, code } = account;
    late.world.offsetMs = 16 * MINUTE_MS;
    const refreshed = await parsed(await late.refresh(account.tokens.refreshToken), tokensSchema);
    const stale = await late.call('/v1/auth/totp', { method: 'DELETE', token: refreshed.accessToken });
    expect(stale.status).toBe(401);
    expect(stale.headers.get('www-authenticate')).toContain('max_age="900"');
    expect(token).not.toBe('');
    const { accessToken } = await parsed(
      await second(await account.firstFactor(), { code: code() }, late),
      tokensSchema,
    );
    expect((await late.call('/v1/auth/totp', { method: 'DELETE', token: accessToken })).status).toBe(204);
    await parsed(await late.signIn(account.email, GOOD_PASSWORD, { ip: account.ip }), tokensSchema);
  });

  it('has its seed sealed in the database, and codes only as hashes', async () => {
    const { secret, recoveryCodes } = await withApp();
    const dumps = await Promise.all(
      ['totps', 'recovery_codes', 'sign_in_challenges', 'audit_log'].map((table) =>
        auth.env.AUTH_DB.prepare(`SELECT * FROM ${table}`).all(),
      ),
    );
    const dump = JSON.stringify(dumps.map(({ results }) => results));
    const bare = recoveryCodes.map((code) => code.replaceAll(/[^\p{L}\p{N}]/gu, ''));
    for (const secretText of [secret, ...recoveryCodes, ...bare])
      expect(dump.toLowerCase()).not.toContain(secretText.toLowerCase());
  });
});

describe('recovery codes', () => {
  it('work once each, as people write them, also when two use one at once', async () => {
    const { recoveryCodes, firstFactor } = await withApp();
    const [first = '', other = ''] = recoveryCodes;
    const challenges: string[] = [];
    for (let turn = 0; turn < 10; turn += 1) challenges.push(await firstFactor());
    const answers = await Promise.all(
      challenges.map((challenge) => second(challenge, { recoveryCode: first })),
    );
    expect([statuses(answers, 200), statuses(answers, 401)]).toEqual([1, 9]);
    const spoken = other.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O');
    const tokens = await parsed(await second(await firstFactor(), { recoveryCode: spoken }), tokensSchema);
    expect(await meOf(tokens.accessToken)).toMatchObject({
      recoveryCodesLeft: 8,
      session: { amr: ['pwd', 'recovery', 'mfa'], acr: 'urn:tradepost:acr:2' },
    });
  });

  it('are replaced as a whole', async () => {
    const { token, recoveryCodes, firstFactor } = await withApp();
    const renewed = await parsed(
      await auth.call('/v1/auth/recovery-codes', { method: 'POST', token }),
      recoveryCodesSchema,
    );
    const challenge = await firstFactor();
    expect((await second(challenge, { recoveryCode: recoveryCodes[0] ?? '' })).status).toBe(401);
    expect((await second(challenge, { recoveryCode: renewed.recoveryCodes[0] ?? '' })).status).toBe(200);
  });

  it('are not made without an app', async () => {
    const { tokens } = await auth.newAccount();
    const answer = await auth.call('/v1/auth/recovery-codes', { method: 'POST', token: tokens.accessToken });
    expect(answer.status).toBe(404);
  });
});
