import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { meSchema, sessionListSchema, tokensSchema } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp, parsed } from './testing/harness.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
const OTHER_PASSWORD = 'quiet marble engines hum 42';

describe('signing up', () => {
  it('makes the account only when the link is redeemed, with the password of whoever holds it', async () => {
    const email = newEmail();
    const asked = await auth.call('/v1/auth/sign-up', { body: { email } });
    expect([asked.status, await asked.json()]).toEqual([202, { status: 'verification_sent' }]);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(401);

    const body = { token: auth.linkToken(email), password: GOOD_PASSWORD };
    const tokens = await parsed(await auth.call('/v1/auth/verify-email', { body }), tokensSchema);
    expect(tokens.user).toMatchObject({ email, roles: ['customer'] });
    const me = await parsed(await auth.call('/v1/auth/me', { token: tokens.accessToken }), meSchema);
    expect(me).toMatchObject({ email, hasPassword: true, passkeyCount: 0, session: { amr: ['email'] } });
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(200);
  });

  it('uses a link up once, even under 20 parallel redemptions', async () => {
    const email = newEmail();
    await auth.call('/v1/auth/sign-up', { body: { email } });
    const body = { token: auth.linkToken(email) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => auth.call('/v1/auth/verify-email', { body })),
    );
    const statuses = answers.map((answer) => answer.status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 410)]);
  });

  it('ends every other link to the address with the first redemption', async () => {
    const email = newEmail();
    await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    const early = auth.linkToken(email);
    await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    await auth.call('/v1/auth/verify-email', { body: { token: auth.linkToken(email) } });
    expect((await auth.call('/v1/auth/verify-email', { body: { token: early } })).status).toBe(410);
  });

  it('lets a link live for 30 minutes only', async () => {
    const later = authWorld();
    const email = newEmail();
    await later.call('/v1/auth/sign-up', { body: { email } });
    const account = await later.newAccount();
    await later.call('/v1/auth/password-reset', { body: { email: account.email }, ip: account.ip });
    later.world.offsetMs = 30 * MINUTE_MS + 1_000;
    const answer = await later.call('/v1/auth/verify-email', { body: { token: later.linkToken(email) } });
    expect(answer.status).toBe(410);
    const reset = { token: later.linkToken(account.email), newPassword: OTHER_PASSWORD };
    expect((await later.call('/v1/auth/password-reset/confirm', { body: reset })).status).toBe(410);
  });

  it('builds links from the configured origin, whatever host the request names', async () => {
    const email = newEmail();
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test', origin: 'https://evil.test' };
    await auth.call('/v1/auth/sign-up', { body: { email }, headers });
    const mail = auth.world.mails.findLast((sent) => sent.to === email);
    expect(mail?.text).toContain('https://shop.test/verify-email?token=');
    expect(mail?.text).not.toContain('evil');
  });

  it('names only pages that work without a token when a mail carries none', async () => {
    const { email, tokens } = await auth.newAccount();
    await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    const body = { currentPassword: GOOD_PASSWORD, newPassword: OTHER_PASSWORD };
    await auth.call('/v1/auth/password', { token: tokens.accessToken, body });
    const texts = auth.world.mails.filter((sent) => sent.to === email).map((sent) => sent.text);
    const asks = texts.filter((text) => text.includes('https://shop.test/forgot-password'));
    expect(asks).toHaveLength(1);
    expect(texts.join()).not.toMatch(/\/reset-password(?!\?token=)/);
  });

  it('makes the configured first administrator, and nobody else', async () => {
    const email = newEmail();
    const world = authWorld({ ...auth.env, BOOTSTRAP_ADMIN_EMAIL: email.toUpperCase() });
    const first = await world.newAccount({ email });
    expect(first.tokens.user.roles).toEqual(['admin', 'customer']);
    const second = await world.newAccount();
    expect(second.tokens.user.roles).toEqual(['customer']);
  });

  it('leaves the link usable when the password is refused', async () => {
    const email = newEmail();
    await auth.call('/v1/auth/sign-up', { body: { email } });
    const token = auth.linkToken(email);
    const refused = await auth.call('/v1/auth/verify-email', { body: { token, password: 'too short' } });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ in: 'body', pointer: '/password' }] });
    const body = { token, password: GOOD_PASSWORD };
    expect((await auth.call('/v1/auth/verify-email', { body })).status).toBe(200);
  });
});

describe('sessions', () => {
  it('can be listed and revoked, and a revoked one is refused at once by this worker', async () => {
    // What ends in the second of its last use is told by itself.
    auth.world.stoppedAt = Date.now();
    const { email, tokens } = await auth.newAccount();
    const other = await parsed(
      await auth.signIn(email, GOOD_PASSWORD, { userAgent: 'Phone/2', ip: newIp() }),
      tokensSchema,
    );
    const list = await parsed(
      await auth.call('/v1/auth/sessions', { token: tokens.accessToken }),
      sessionListSchema,
    );
    expect(list.items.map((session) => [session.userAgent, session.current])).toEqual([
      ['Test/1', true],
      ['Phone/2', false],
    ]);
    const id = list.items.find((session) => !session.current)?.id;
    const gone = await auth.call(`/v1/auth/sessions/${id}`, { method: 'DELETE', token: tokens.accessToken });
    expect(gone.status).toBe(204);
    expect((await auth.call('/v1/auth/me', { token: other.accessToken })).status).toBe(401);
    expect((await auth.refresh(other.refreshToken)).status).toBe(401);
    expect((await auth.call('/v1/auth/me', { token: tokens.accessToken })).status).toBe(200);
    const told = async () =>
      (await auth.ports().revocations.present(auth.clock.now())).map(({ subject }) => subject);
    expect(await told()).toEqual([id]);
    await auth.call('/v1/auth/sessions', { method: 'DELETE', token: tokens.accessToken });
    const ids = list.items.map((session) => session.id);
    expect((await told()).sort()).toEqual([...ids, tokens.user.id].sort());
    auth.world.stoppedAt = null;
  });

  it('of somebody else are not found', async () => {
    const mine = await auth.newAccount();
    const theirs = await auth.newAccount();
    const me = await parsed(await auth.call('/v1/auth/me', { token: theirs.tokens.accessToken }), meSchema);
    const answer = await auth.call(`/v1/auth/sessions/${me.session.id}`, {
      method: 'DELETE',
      token: mine.tokens.accessToken,
    });
    expect(answer.status).toBe(404);
    expect((await auth.call('/v1/auth/me', { token: theirs.tokens.accessToken })).status).toBe(200);
  });

  it('all end at once when asked', async () => {
    const { email, tokens } = await auth.newAccount();
    const other = await parsed(await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() }), tokensSchema);
    const answer = await auth.call('/v1/auth/sessions', { method: 'DELETE', token: tokens.accessToken });
    expect(answer.status).toBe(204);
    for (const { refreshToken } of [tokens, other]) {
      expect((await auth.refresh(refreshToken)).status).toBe(401);
    }
  });

  it('end by signing out, which an unknown token may repeat', async () => {
    const { tokens } = await auth.newAccount();
    const body = { refreshToken: tokens.refreshToken };
    expect((await auth.call('/v1/auth/sign-out', { body })).status).toBe(204);
    expect((await auth.call('/v1/auth/sign-out', { body })).status).toBe(204);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(401);
    expect((await auth.call('/v1/auth/sign-out', { body: { refreshToken: 'x' } })).status).toBe(204);
  });
});

describe('changing the password', () => {
  const change = (token: string, body: object) => auth.call('/v1/auth/password', { token, body });

  it('demands the current one, ends other sessions, keeps this one, and tells the owner', async () => {
    const { email, tokens } = await auth.newAccount();
    const other = await parsed(await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() }), tokensSchema);
    const missing = await change(tokens.accessToken, { newPassword: OTHER_PASSWORD });
    expect(missing.status).toBe(422);
    const wrong = await change(tokens.accessToken, {
      currentPassword: 'not the one at all',
      newPassword: OTHER_PASSWORD,
    });
    expect(wrong.status).toBe(401);
    const done = await change(tokens.accessToken, {
      currentPassword: GOOD_PASSWORD,
      newPassword: OTHER_PASSWORD,
    });
    expect(done.status).toBe(204);
    expect((await auth.refresh(other.refreshToken)).status).toBe(401);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(200);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(401);
    expect((await auth.signIn(email, OTHER_PASSWORD, { ip: newIp() })).status).toBe(200);
    expect(auth.world.mails.findLast((mail) => mail.to === email)?.text).toContain('password was changed');
  });

  it('sets a first one without a current one', async () => {
    const { email, tokens } = await auth.newAccount({ password: null });
    expect((await change(tokens.accessToken, { newPassword: GOOD_PASSWORD })).status).toBe(204);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(200);
  });

  it('needs a fresh sign-in, and says so (RFC 9470)', async () => {
    const later = authWorld();
    const { tokens } = await later.newAccount();
    later.world.offsetMs = 16 * MINUTE_MS;
    const { accessToken } = await parsed(await later.refresh(tokens.refreshToken), tokensSchema);
    const answer = await later.call('/v1/auth/password', {
      token: accessToken,
      body: { currentPassword: GOOD_PASSWORD, newPassword: OTHER_PASSWORD },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('insufficient_user_authentication');
  });
});

describe('an address that folds to another', () => {
  it('is that other address everywhere, so that its links never reach a look-alike mailbox', async () => {
    const email = `k${newEmail()}`;
    const lookAlike = `\u212a${email.slice(1)}`;
    await auth.newAccount({ email });
    const asked = [
      await auth.call('/v1/auth/password-reset', { body: { email: lookAlike }, ip: newIp() }),
      await auth.call('/v1/auth/sign-up', { body: { email: lookAlike }, ip: newIp() }),
      await auth.call('/v1/auth/password-reset', {
        body: { email: email.toUpperCase() },
        ip: newIp(),
        headers: auth.solved(email, 'password_reset'),
      }),
    ];
    expect(asked.map((answer) => answer.status)).toEqual([202, 202, 202]);
    const receivers = auth.world.mails
      .map((mail) => mail.to)
      .filter((to) => to.normalize('NFC').toLowerCase() === email);
    expect(receivers.length).toBeGreaterThanOrEqual(4);
    expect(new Set(receivers)).toEqual(new Set([email]));
  });
});

describe('resetting the password', () => {
  it('works by mail alone, once, and ends every session', async () => {
    const { email, tokens } = await auth.newAccount();
    expect((await auth.call('/v1/auth/password-reset', { body: { email } })).status).toBe(202);
    const body = { token: auth.linkToken(email), newPassword: OTHER_PASSWORD };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => auth.call('/v1/auth/password-reset/confirm', { body })),
    );
    expect(answers.filter((answer) => answer.status === 204)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 410)).toHaveLength(19);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(401);
    expect((await auth.signIn(email, OTHER_PASSWORD, { ip: newIp() })).status).toBe(200);
  });

  it('does not take a sign-up link, nor the other way round', async () => {
    const { email } = await auth.newAccount();
    await auth.call('/v1/auth/password-reset', { body: { email } });
    const token = auth.linkToken(email);
    expect((await auth.call('/v1/auth/verify-email', { body: { token } })).status).toBe(410);
    const stranger = newEmail();
    await auth.call('/v1/auth/sign-up', { body: { email: stranger } });
    const body = { token: auth.linkToken(stranger), newPassword: OTHER_PASSWORD };
    expect((await auth.call('/v1/auth/password-reset/confirm', { body })).status).toBe(410);
  });
});

describe('mail', () => {
  it('that the provider refuses does not fail the request', async () => {
    const broken = authWorld();
    broken.world.mailFails = true;
    const answer = await broken.call('/v1/auth/sign-up', { body: { email: newEmail() } });
    expect(answer.status).toBe(202);
  });
});

describe('refresh tokens', () => {
  it('stop after 30 idle days, and after 90 days however used', async () => {
    const idle = authWorld();
    const sleeper = await idle.newAccount();
    idle.world.offsetMs = 30 * DAY_MS + 1_000;
    expect((await idle.refresh(sleeper.tokens.refreshToken)).status).toBe(401);

    const busy = authWorld();
    let { refreshToken } = (await busy.newAccount()).tokens;
    for (const day of [25, 50, 75, 89]) {
      busy.world.offsetMs = day * DAY_MS;
      const tokens = await parsed(await busy.refresh(refreshToken), tokensSchema);
      refreshToken = tokens.refreshToken;
      expect(tokens.refreshExpiresIn).toBeLessThanOrEqual(((90 - day) * DAY_MS) / 1_000);
    }
    busy.world.offsetMs = 90 * DAY_MS;
    expect((await busy.refresh(refreshToken)).status).toBe(401);
  });
});

describe('the look-up of breached passwords', () => {
  const breached = 'four otters nobody kept secret';
  const suffix = createHash('sha1').update(breached).digest('hex').toUpperCase().slice(5);
  const env = { ...auth.env, BREACH_RANGE_API_BASE: 'https://range.test' };
  const tryWith = async (answer: () => Promise<Response>, password: string) => {
    const world = authWorld(env, { fetch: answer });
    const email = newEmail();
    await world.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    const body = { token: world.linkToken(email), password };
    return (await world.call('/v1/auth/verify-email', { body, ip: newIp() })).status;
  };

  it('refuses what it knows, takes what only pads the answer, and is done without while it is away', async () => {
    const known = async () => new Response(`${suffix}:7\r\n${'0'.repeat(35)}:0`);
    expect(await tryWith(known, breached)).toBe(422);
    expect(await tryWith(async () => new Response(`${suffix}:0`), breached)).toBe(200);
    expect(await tryWith(async () => Promise.reject(new Error('away')), breached)).toBe(200);
    expect(await tryWith(async () => Promise.reject(new Error('away')), 'passwordpassword')).toBe(422);
  });
});
