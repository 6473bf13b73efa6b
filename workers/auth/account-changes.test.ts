import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accessTokenSchema,
  ceremonySchema,
  meSchema,
  passkeyListSchema,
  passkeySchema,
  secondFactorRequiredSchema,
  sessionListSchema,
  tokensSchema,
  totpSetUpSchema,
} from '#shared/contracts/http/auth.ts';
import { softwareAuthenticator, type CreationOptions } from '#shared/testing/authenticator.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { deviceName } from './device-name.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp, parsed } from './testing/harness.ts';
import { exchangeApiKey } from './oauth/usecases/exchange-api-key.ts';
import { callerOf } from './privacy/caller.ts';
import { requestEmailCode } from './usecases/email-code.ts';
import { keepHouse } from './usecases/housekeeping.ts';
import { requestPasswordReset } from './usecases/reset-password.ts';

beforeAll(migrateDatabases);
const auth = authWorld();

const mailTo = (email: string) => auth.world.mails.findLast((mail) => mail.to === email);
const post = (path: string, body: object, token?: string) =>
  auth.call(path, { body, ip: newIp(), ...(token === undefined ? {} : { token }) });

async function addPasskey(token: string): Promise<string> {
  const device = softwareAuthenticator('https://shop.test');
  const begun = await parsed(
    await auth.call('/v1/auth/passkeys/registration-options', { method: 'POST', token }),
    ceremonySchema,
  );
  const response = await device.create(begun.options as unknown as CreationOptions);
  const added = await post('/v1/auth/passkeys', { ceremonyId: begun.ceremonyId, response }, token);
  return (await parsed(added, passkeySchema)).id;
}

/** Signed in from where the account was made, so that no new device is told of. */
async function freshToken({ email, ip }: { email: string; ip: string }): Promise<string> {
  return (await parsed(await auth.signIn(email, GOOD_PASSWORD, { ip }), tokensSchema)).accessToken;
}

/** An authenticator app that is set up but for its first code. */
async function beginTotp(token: string): Promise<{ code(): string }> {
  const { secret } = await parsed(
    await auth.call('/v1/auth/totp', { method: 'POST', token }),
    totpSetUpSchema,
  );
  return {
    code: () => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: auth.clock.now() }),
  };
}

/** An API key made in this session. */
async function keyOf(token: string): Promise<{ token: string; key: string }> {
  const made = await post('/v1/auth/api-keys', { name: 'Key', scopes: ['orders.read'] }, token);
  const { key } = (await made.json()) as { key: string };
  return { token, key };
}

describe('a change of address', () => {
  it('takes effect by the link in the new mailbox and a session of the account, and can be taken back', async () => {
    const account = await auth.newAccount();
    const token = account.tokens.accessToken;
    const newAddress = newEmail();
    expect((await post('/v1/auth/email-change', { newEmail: newAddress }, token)).status).toBe(202);
    const link = { token: auth.linkToken(newAddress) };

    const stranger = await auth.newAccount();
    const stolen = await post('/v1/auth/email-change/confirm', link, stranger.tokens.accessToken);
    expect(stolen.status, 'whoever reads a mistyped address’s mail').toBe(410);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post('/v1/auth/email-change/confirm', link, token)),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await parsed(await auth.call('/v1/auth/me', { token }), meSchema)).toMatchObject({
      email: newAddress,
    });
    expect((await auth.signIn(account.email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(401);

    const undo = { token: auth.linkToken(account.email) };
    expect((await post('/v1/auth/email-change/undo', undo)).status).toBe(204);
    expect((await post('/v1/auth/email-change/undo', undo)).status).toBe(410);
    expect((await auth.call('/v1/auth/me', { token })).status, 'everybody is signed out').toBe(401);
    expect(mailTo(account.email)?.subject).toBe('Choose a new password');
    const reset = { token: auth.linkToken(account.email), newPassword: 'seven lanterns over the bay' };
    expect((await post('/v1/auth/password-reset/confirm', reset)).status).toBe(204);
    const back = await auth.signIn(account.email, reset.newPassword, { ip: newIp() });
    expect(back.status).toBe(200);
  });

  it('by a thief is taken back for good: with the app they added, their code by mail, and their own links to undo', async () => {
    const account = await auth.newAccount();
    const { accessToken: token, refreshToken } = account.tokens;
    const [second, third] = [newEmail(), newEmail()];
    const begun = await beginTotp(token);
    auth.world.offsetMs += 1_000;
    const move = async (email: string) => {
      await post('/v1/auth/email-change', { newEmail: email }, token);
      const link = { token: auth.linkToken(email) };
      expect((await post('/v1/auth/email-change/confirm', link, token)).status).toBe(204);
    };
    await move(second);
    const owners = { token: auth.linkToken(account.email) };
    auth.world.offsetMs += 1_000;
    expect((await post('/v1/auth/totp/confirm', { code: begun.code() }, token)).status).toBe(200);
    const thiefsNotice = { token: auth.linkToken(second) };
    auth.world.offsetMs += 1_000;
    await move(third);
    const thiefsUndo = { token: auth.linkToken(second) };
    await post('/v1/auth/email-code', { email: third });
    const [code = ''] = /\b\d{8}\b/.exec(mailTo(third)?.text ?? '') ?? [];
    expect(code).not.toBe('');

    expect((await post('/v1/auth/email-change/undo', owners)).status, 'but for the app').toBe(200);
    const shown = { ...owners, password: GOOD_PASSWORD };
    expect((await post('/v1/auth/email-change/undo', shown)).status).toBe(204);
    expect((await auth.refresh(refreshToken)).status).toBe(401);
    expect((await post('/v1/auth/email-change/undo', thiefsUndo)).status).toBe(410);
    expect((await post('/v1/auth/not-me', thiefsNotice)).status).toBe(410);
    expect((await post('/v1/auth/email-code/sign-in', { email: third, code })).status).toBe(401);
    const reset = { token: auth.linkToken(account.email), newPassword: 'seven lanterns over the bay' };
    expect((await post('/v1/auth/password-reset/confirm', reset)).status).toBe(204);
    await parsed(await auth.signIn(account.email, reset.newPassword, { ip: newIp() }), tokensSchema);
  });

  it('leaves no code that was sent to the address before', async () => {
    const { email, tokens } = await auth.newAccount();
    await post('/v1/auth/email-code', { email });
    const [code = ''] = /\b\d{8}\b/.exec(mailTo(email)?.text ?? '') ?? [];
    const next = newEmail();
    await post('/v1/auth/email-change', { newEmail: next }, tokens.accessToken);
    await post('/v1/auth/email-change/confirm', { token: auth.linkToken(next) }, tokens.accessToken);
    expect((await post('/v1/auth/email-code/sign-in', { email, code })).status).toBe(401);
  });

  it('leaves no link and no code that somebody at the address before asked for at the very moment', async () => {
    const { email, tokens } = await auth.newAccount();
    const next = newEmail();
    await post('/v1/auth/email-change', { newEmail: next }, tokens.accessToken);
    const confirm = { token: auth.linkToken(next) };
    const ports = auth.ports();
    let isMoved = false;
    const commit: typeof ports.commit = async (writes) => {
      isMoved ||= (await post('/v1/auth/email-change/confirm', confirm, tokens.accessToken)).ok;
      return ports.commit(writes);
    };
    const requests = [requestPasswordReset, requestEmailCode].map((request) =>
      request({ ...ports, commit }, callerOf('req_1'), { email }),
    );
    await Promise.all(requests);
    expect(isMoved).toBe(true);
    auth.world.offsetMs += 2 * MINUTE_MS;
    await keepHouse(auth.ports());
    const texts = auth.world.mails.filter(({ to }) => to === email).map(({ text }) => text);
    const code = texts
      .map((text) => /^Your code is (\d{8})/.exec(text)?.[1])
      .find((found) => found !== undefined);
    const token = texts
      .map((text) => /reset-password\?token=([\w-]+)/.exec(text)?.[1])
      .find((found) => found !== undefined);
    expect((await post('/v1/auth/email-code/sign-in', { email, code })).status).toBe(401);
    const reset = { token, newPassword: 'seven lanterns over the bay' };
    expect((await post('/v1/auth/password-reset/confirm', reset)).status).toBe(410);
    auth.world.offsetMs -= 2 * MINUTE_MS;
  });

  it('tells nobody whether the new address has an account, and never takes it over', async () => {
    const [one, other] = [await auth.newAccount(), await auth.newAccount()];
    const free = await post('/v1/auth/email-change', { newEmail: newEmail() }, one.tokens.accessToken);
    const taken = await post('/v1/auth/email-change', { newEmail: other.email }, one.tokens.accessToken);
    expect([taken.status, await taken.json()]).toEqual([free.status, await free.json()]);
    expect(mailTo(other.email)?.text).not.toContain('token=');
  });
});

describe('a code by mail', () => {
  const codeIn = (email: string): string => /\b(\d{8})\b/.exec(mailTo(email)?.text ?? '')?.[1] ?? '';

  it('signs in once, as no factor', async () => {
    const { email } = await auth.newAccount({ password: null });
    expect((await post('/v1/auth/email-code', { email })).status).toBe(202);
    const body = { email, code: codeIn(email) };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post('/v1/auth/email-code/sign-in', body)),
    );
    const right = answers.filter(({ status }) => status === 200);
    expect(right).toHaveLength(1);
    const { accessToken: token } = await parsed(right[0] as Response, tokensSchema);
    expect(await parsed(await auth.call('/v1/auth/me', { token }), meSchema)).toMatchObject({
      session: { amr: ['email'], acr: 'urn:tradepost:acr:0' },
    });
  });

  it('is looked at five times, then a new one is needed', async () => {
    const { email } = await auth.newAccount();
    await post('/v1/auth/email-code', { email });
    const wrong = { email, code: codeIn(email) === '00000000' ? '00000001' : '00000000' };
    await Promise.all(Array.from({ length: 5 }, () => post('/v1/auth/email-code/sign-in', wrong)));
    const late = await post('/v1/auth/email-code/sign-in', { email, code: codeIn(email) });
    expect(late.status).toBe(401);
  });

  it('does not stand for the second factor', async () => {
    const { email, tokens } = await auth.newAccount();
    await auth.env.AUTH_DB.prepare("INSERT INTO totps VALUES (?, 'sealed', 0, 0, 1)")
      .bind(tokens.user.id)
      .run();
    await post('/v1/auth/email-code', { email });
    const answer = await post('/v1/auth/email-code/sign-in', { email, code: codeIn(email) });
    expect(await parsed(answer, secondFactorRequiredSchema)).toMatchObject({ methods: ['totp'] });
  });

  it('is answered alike for unknown addresses, whose owners are told', async () => {
    const unknown = newEmail();
    expect((await post('/v1/auth/email-code', { email: unknown })).status).toBe(202);
    expect(mailTo(unknown)?.subject).toBe('There is no account with this address');
    const answer = await post('/v1/auth/email-code/sign-in', { email: unknown, code: '12345678' });
    expect(answer.status).toBe(401);
  });
});

describe('a password that is changed', () => {
  it('leaves no link and no code that was mailed before: whoever read the mailbox then would choose the next one', async () => {
    const { email, tokens } = await auth.newAccount();
    await post('/v1/auth/password-reset', { email });
    const reset = { token: auth.linkToken(email), newPassword: 'seven lanterns over the bay' };
    await post('/v1/auth/email-code', { email });
    const [code = ''] = /\b\d{8}\b/.exec(mailTo(email)?.text ?? '') ?? [];
    const body = { currentPassword: GOOD_PASSWORD, newPassword: `${GOOD_PASSWORD} again` };
    expect((await post('/v1/auth/password', body, tokens.accessToken)).status).toBe(204);
    expect((await post('/v1/auth/password-reset/confirm', reset)).status).toBe(410);
    expect((await post('/v1/auth/email-code/sign-in', { email, code })).status).toBe(401);
  });
});

describe('an API key', () => {
  it('that is made is told of to its owner, whose link takes it away: it outlives the session that made it', async () => {
    const { email, tokens } = await auth.newAccount();
    const { key } = await keyOf(tokens.accessToken);
    await auth.call('/v1/auth/sessions', { method: 'DELETE', token: tokens.accessToken });
    expect(await exchangeApiKey(auth.ports(), key)).not.toBeNull();
    expect(mailTo(email)?.text).toContain('An API key was made for your account');
    expect((await post('/v1/auth/not-me', { token: auth.linkToken(email) })).status).toBe(204);
    expect(await exchangeApiKey(auth.ports(), key)).toBeNull();
  });
});

describe('the last way in', () => {
  it('stays, be it the password or a passkey, also when both are taken away at once', async () => {
    const { tokens } = await auth.newAccount();
    const token = tokens.accessToken;
    const remove = (path: string) => auth.call(path, { method: 'DELETE', token });
    expect((await remove('/v1/auth/password')).status, 'no passkey yet').toBe(409);
    const id = await addPasskey(token);
    const both = await Promise.all([remove('/v1/auth/password'), remove(`/v1/auth/passkeys/${id}`)]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([204, 409]));
  });
});

describe('a factor that was added', () => {
  const NEW_PASSWORD = 'seven lanterns over the bay';
  const has = async (id: string) => {
    const found = await auth.env.AUTH_DB.prepare(
      `SELECT (SELECT count(*) FROM totps WHERE account_id = ?1 AND confirmed_at IS NOT NULL) AS apps,
         (SELECT count(*) FROM passkeys WHERE account_id = ?1) AS passkeys,
         (SELECT count(*) FROM recovery_codes WHERE account_id = ?1) AS codes`,
    )
      .bind(id)
      .first();
    return found as { apps: number; passkeys: number; codes: number };
  };
  const addApp = async (token: string) => {
    const app = await beginTotp(token);
    const added = await post('/v1/auth/totp/confirm', { code: app.code() }, token);
    expect(added.status).toBe(200);
    const { recoveryCodes } = (await added.json()) as { recoveryCodes: string[] };
    return { ...app, recoveryCodes };
  };
  const reset = async (email: string) => {
    await auth.call('/v1/auth/password-reset', { body: { email }, ip: newIp() });
    const body = { token: auth.linkToken(email), newPassword: NEW_PASSWORD };
    expect((await post('/v1/auth/password-reset/confirm', body)).status).toBe(204);
  };

  it('is not taken away by the mailbox alone, also after a password by mail, but with the password as it was before', async () => {
    const { email, tokens } = await auth.newAccount();
    const { id } = tokens.user;
    await addApp(tokens.accessToken);
    const notice = { token: auth.linkToken(email) };

    const alone = await post('/v1/auth/not-me', notice);
    expect(alone.status).toBe(200);
    expect(await alone.json()).toEqual({ status: 'factors_kept', needs: ['password'] });
    expect(await has(id)).toMatchObject({ apps: 1, codes: 10 });
    expect((await auth.refresh(tokens.refreshToken)).status, 'everybody is signed out').toBe(401);
    const mail = mailTo(email)?.text;
    expect(mail).toContain('is still there');
    expect(mail).not.toMatch(/We took back/);

    const body = { token: auth.linkToken(email), newPassword: NEW_PASSWORD };
    expect((await post('/v1/auth/password-reset/confirm', body)).status).toBe(204);
    const told = { token: auth.linkToken(email) };
    await reset(email);
    const guessed = await post('/v1/auth/not-me', { ...told, password: NEW_PASSWORD });
    expect(guessed.status, 'the password by mail is none from before').toBe(401);
    for (const link of [{ token: auth.linkToken(email) }, told, notice]) {
      expect((await post('/v1/auth/not-me', link)).status).toBe(200);
    }
    const again = { token: auth.linkToken(email), newPassword: NEW_PASSWORD };
    expect((await post('/v1/auth/password-reset/confirm', again)).status).toBe(204);
    expect(await has(id)).toMatchObject({ apps: 1, codes: 10 });
    const signedIn = await auth.signIn(email, NEW_PASSWORD, { ip: newIp() });
    await parsed(signedIn, secondFactorRequiredSchema);

    expect((await post('/v1/auth/not-me', { ...notice, password: GOOD_PASSWORD })).status).toBe(204);
    expect(await has(id)).toMatchObject({ apps: 0, codes: 0 });
    expect((await post('/v1/auth/not-me', { ...notice, password: GOOD_PASSWORD })).status).toBe(410);
  });

  it('is taken away by the link alone where the account had nothing but its mailbox', async () => {
    const { email, tokens } = await auth.newAccount({ password: null });
    await addPasskey(tokens.accessToken);
    await addApp(tokens.accessToken);
    expect((await post('/v1/auth/not-me', { token: auth.linkToken(email) })).status).toBe(204);
    expect(await has(tokens.user.id)).toEqual({ apps: 0, passkeys: 0, codes: 0 });
  });

  it('is not taken away by the link alone where a passkey was there before, which is kept', async () => {
    const { email, tokens } = await auth.newAccount({ password: null });
    await addPasskey(tokens.accessToken);
    auth.world.offsetMs += 2 * 60 * 60_000;
    await post('/v1/auth/email-code', { email });
    const [code = ''] = /\b\d{8}\b/.exec(mailTo(email)?.text ?? '') ?? [];
    const session = await parsed(await post('/v1/auth/email-code/sign-in', { email, code }), tokensSchema);
    await addApp(session.accessToken);
    const link = { token: auth.linkToken(email) };
    const alone = await post('/v1/auth/not-me', link);
    expect(await alone.json()).toEqual({ status: 'factors_kept', needs: ['passkey'] });
    expect((await post('/v1/auth/not-me', { ...link, password: GOOD_PASSWORD })).status).toBe(401);
    expect(await has(tokens.user.id)).toMatchObject({ apps: 1, passkeys: 1 });
  });

  it('is taken away with a code of the app, or a recovery code, that was there before, each once', async () => {
    const { email, tokens } = await auth.newAccount({ password: null });
    const app = await addApp(tokens.accessToken);
    const recoveryCode = app.recoveryCodes[0] ?? '';
    auth.world.offsetMs += 2 * 60 * 60_000;
    const later = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
    const proof = await post('/v1/auth/step-up', { code: app.code() }, later.accessToken);
    const { accessToken } = await parsed(proof, accessTokenSchema);
    await addPasskey(accessToken);
    const first = { token: auth.linkToken(email) };
    expect(await (await post('/v1/auth/not-me', first)).json()).toMatchObject({ needs: ['code'] });
    const wrong = { ...first, recoveryCode: 'no code of this account' };
    expect((await post('/v1/auth/not-me', wrong)).status).toBe(401);
    const spent = { ...first, code: app.code() };
    expect((await post('/v1/auth/not-me', spent)).status, 'the step-up used it').toBe(401);
    expect(await has(tokens.user.id)).toMatchObject({ apps: 1, passkeys: 1 });
    expect((await post('/v1/auth/not-me', { ...first, recoveryCode })).status).toBe(204);
    expect(await has(tokens.user.id)).toEqual({ apps: 1, passkeys: 0, codes: 9 });
  });

  it('is taken away with the password as it was before a thief changed it and then added the factor', async () => {
    const account = await auth.newAccount();
    const { email } = account;
    auth.world.offsetMs += 2 * 60 * 60_000;
    const stolen = await freshToken(account);
    const thiefs = 'nine harbours under the fog';
    const body = { currentPassword: GOOD_PASSWORD, newPassword: thiefs };
    const changed = await post('/v1/auth/password', body, stolen);
    expect(changed.ok).toBe(true);
    const told = { token: auth.linkToken(email) };
    auth.world.offsetMs += 60_000;
    const signedIn = await parsed(await auth.signIn(email, thiefs, { ip: newIp() }), tokensSchema);
    await addApp(signedIn.accessToken);
    expect((await post('/v1/auth/not-me', { ...told, password: thiefs })).status).toBe(401);
    expect(await has(account.tokens.user.id)).toMatchObject({ apps: 1 });
    expect((await post('/v1/auth/not-me', { ...told, password: GOOD_PASSWORD })).status).toBe(204);
    expect(await has(account.tokens.user.id)).toMatchObject({ apps: 0 });
  });

  it('is guarded by the counters of the sign-in', async () => {
    const { email, tokens } = await auth.newAccount();
    await addApp(tokens.accessToken);
    const link = { token: auth.linkToken(email) };
    const ip = newIp();
    const statuses: number[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      const body = { ...link, password: `wrong lanterns over the bay ${turn}` };
      statuses.push((await auth.call('/v1/auth/not-me', { body, ip })).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    const right = { ...link, password: GOOD_PASSWORD };
    expect((await auth.call('/v1/auth/not-me', { body: right, ip: newIp() })).status).toBe(429);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() })).status, 'one budget').not.toBe(200);
    expect(await has(tokens.user.id)).toMatchObject({ apps: 1 });
  });

  it('and a password removed by a thief leave the owner the password as it was, until no link reaches back', async () => {
    const { email, tokens } = await auth.newAccount();
    const { id } = tokens.user;
    await addPasskey(tokens.accessToken);
    const link = { token: auth.linkToken(email) };
    const removed = await auth.call('/v1/auth/password', { method: 'DELETE', token: tokens.accessToken });
    expect(removed.status).toBe(204);
    expect((await post('/v1/auth/not-me', link)).status).toBe(200);
    expect((await post('/v1/auth/not-me', { ...link, password: GOOD_PASSWORD })).status).toBe(204);
    expect(await has(id)).toMatchObject({ passkeys: 0 });

    const kept = () =>
      auth.env.AUTH_DB.prepare('SELECT count(*) AS n FROM former_passwords WHERE account_id = ?')
        .bind(id)
        .first<number>('n');
    expect(await kept()).toBe(1);
    const later = authWorld();
    later.world.offsetMs = auth.world.offsetMs + 8 * DAY_MS;
    await keepHouse(later.ports());
    expect(await kept()).toBe(0);
  });
});

describe('devices', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['curl/8.5.0', 'a program'],
  ])('are called what people call them: %s', (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
  });

  it('are listed with country and last use, and a new one is told to the owner once', async () => {
    const account = await auth.newAccount();
    const before = auth.world.mails.length;
    const abroad = {
      ip: newIp(),
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
      headers: { 'x-client-country': 'PT' },
    };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => auth.signIn(account.email, GOOD_PASSWORD, abroad)),
    );
    await auth.signIn(account.email, GOOD_PASSWORD, { ip: account.ip });
    await keepHouse(auth.ports());
    const mails = auth.world.mails.slice(before).filter(({ to }) => to === account.email);
    expect(mails.map(({ subject }) => subject)).toEqual(['A new device signed in to your account']);
    expect(mails[0]?.text).toContain('Firefox on Linux, in PT');

    const { accessToken: token } = await parsed(answers[0] as Response, tokensSchema);
    const sessions = await parsed(await auth.call('/v1/auth/sessions', { token }), sessionListSchema);
    expect(sessions.items.find(({ current }) => current)).toMatchObject({
      device: 'Firefox on Linux',
      country: 'PT',
    });

    const link = { token: auth.linkToken(account.email) };
    expect((await post('/v1/auth/not-me', link)).status).toBe(204);
    expect((await auth.call('/v1/auth/me', { token })).status).toBe(401);
    expect(mailTo(account.email)?.subject).toBe('Choose a new password');
    expect((await post('/v1/auth/not-me', link)).status).toBe(410);
  });

  it('of an attacker leaves nothing behind once the owner says it was not them, and what was there before stays', async () => {
    const account = await auth.newAccount();
    const { token: ownersToken, key: ownersKey } = await keyOf(account.tokens.accessToken);
    const ownersPasskey = await addPasskey(ownersToken);
    const stolen = { ip: newIp(), userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' };
    const { accessToken } = await parsed(
      await auth.signIn(account.email, GOOD_PASSWORD, stolen),
      tokensSchema,
    );
    await keepHouse(auth.ports());
    const link = { token: auth.linkToken(account.email) };

    await addPasskey(accessToken);
    const { key } = await keyOf(accessToken);
    const newAddress = newEmail();
    await post('/v1/auth/email-change', { newEmail: newAddress }, accessToken);
    const confirm = { token: auth.linkToken(newAddress) };
    expect((await post('/v1/auth/email-change/confirm', confirm, accessToken)).status).toBe(204);
    const totp = await beginTotp(accessToken);
    expect((await post('/v1/auth/totp/confirm', { code: totp.code() }, accessToken)).status).toBe(200);

    const shown = { ...link, password: GOOD_PASSWORD };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('/v1/auth/not-me', shown)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(4);
    expect((await auth.call('/v1/auth/me', { token: accessToken })).status).toBe(401);
    expect((await auth.signIn(account.email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(401);
    expect((await auth.call('/v1/auth/api-keys', { token: key })).status).toBe(401);
    expect(mailTo(account.email)?.text).toMatch(/passkeys, an authenticator app, recovery codes, API keys/);
    expect(mailTo(account.email)?.text).toContain('another e-mail address');

    const newPassword = 'seven lanterns over the bay';
    const reset = { token: auth.linkToken(account.email), newPassword };
    expect((await post('/v1/auth/password-reset/confirm', reset)).status).toBe(204);
    const back = await parsed(await auth.signIn(account.email, newPassword, { ip: newIp() }), tokensSchema);
    const me = await parsed(await auth.call('/v1/auth/me', { token: back.accessToken }), meSchema);
    expect(me).toMatchObject({ email: account.email, passkeyCount: 1, hasTotp: false });
    const passkeys = await parsed(
      await auth.call('/v1/auth/passkeys', { token: back.accessToken }),
      passkeyListSchema,
    );
    expect(passkeys.items.map(({ id }) => id)).toEqual([ownersPasskey]);
    expect(await exchangeApiKey(auth.ports(), ownersKey)).not.toBeNull();
    expect(await exchangeApiKey(auth.ports(), key)).toBeNull();
  });

  it('that are known, with a session copied from one, lock nobody out: the notice of what was added takes it back', async () => {
    const account = await auth.newAccount();
    const { accessToken: token } = account.tokens;
    auth.world.offsetMs += 2 * 60 * 60_000;
    const ownersPasskey = await addPasskey(await freshToken(account));
    auth.world.offsetMs += 2 * 60 * 60_000;
    const stolen = await freshToken(account);
    await addPasskey(stolen);
    auth.world.offsetMs += 60_000;
    const totp = await beginTotp(stolen);
    await post('/v1/auth/totp/confirm', { code: totp.code() }, stolen);

    const notice = { token: auth.linkToken(account.email) };
    expect((await post('/v1/auth/not-me', { ...notice, password: GOOD_PASSWORD })).status).toBe(204);
    expect((await auth.call('/v1/auth/me', { token: stolen })).status).toBe(401);
    expect((await auth.call('/v1/auth/me', { token })).status).toBe(401);
    const reset = { token: auth.linkToken(account.email), newPassword: 'seven lanterns over the bay' };
    await post('/v1/auth/password-reset/confirm', reset);
    const back = await parsed(
      await auth.signIn(account.email, reset.newPassword, { ip: newIp() }),
      tokensSchema,
    );
    const { items } = await parsed(
      await auth.call('/v1/auth/passkeys', { token: back.accessToken }),
      passkeyListSchema,
    );
    expect(items.map(({ id }) => id)).toEqual([ownersPasskey]);
  });

  it('of an account nobody used for so long that none is known are told all the same', async () => {
    const { email } = await auth.newAccount();
    const later = authWorld();
    later.world.offsetMs = 200 * DAY_MS;
    await keepHouse(later.ports());
    await later.signIn(email, GOOD_PASSWORD, { ip: newIp() });
    await keepHouse(later.ports());
    const told = later.world.mails.filter(({ to }) => to === email).map(({ subject }) => subject);
    expect(told).toEqual(['A new device signed in to your account']);
  });

  it('that keep a secret are known again wherever they are', async () => {
    const account = await auth.newAccount();
    const headers = { 'x-device': 'd'.repeat(43) };
    for (let turn = 0; turn < 3; turn += 1) {
      await auth.signIn(account.email, GOOD_PASSWORD, { ip: newIp(), userAgent: `Browser/${turn}`, headers });
    }
    const before = auth.world.mails.length;
    await keepHouse(auth.ports());
    const told = auth.world.mails.slice(before).filter(({ to }) => to === account.email);
    expect(told).toHaveLength(1);
  });

  it('whose session was copied are signed out, which is told once', async () => {
    const { email, tokens } = await auth.newAccount();
    const second = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
    await auth.refresh(second.refreshToken);
    const before = auth.world.mails.length;
    await Promise.all(Array.from({ length: 5 }, () => auth.refresh(tokens.refreshToken)));
    const told = auth.world.mails.slice(before).filter((mail) => mail.to === email);
    expect(told.map(({ text }) => text)).toEqual([expect.stringContaining('used twice')]);
  });
});
