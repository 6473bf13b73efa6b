import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accessTokenSchema,
  ceremonySchema,
  passkeySchema,
  secondFactorRequiredSchema,
  tokensSchema,
  totpSetUpSchema,
  type TokensBody,
} from '#shared/contracts/http/auth.ts';
import {
  softwareAuthenticator,
  type CreationOptions,
  type RequestOptions,
  type SoftwareAuthenticator,
} from '#shared/testing/authenticator.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import { authWorld, GOOD_PASSWORD, newIp, parsed } from './testing/harness.ts';
import { keepHouse } from './usecases/housekeeping.ts';

beforeAll(migrateDatabases);
const auth = authWorld();

const post = (path: string, body: object, token?: string) =>
  auth.call(path, { body, ip: newIp(), ...(token === undefined ? {} : { token }) });
const remove = (path: string, token: string) => auth.call(path, { method: 'DELETE', token });
const notMe = (body: object) => post('/v1/auth/not-me', body);

async function addPasskey(token: string, device = softwareAuthenticator('https://shop.test')) {
  const { ceremonyId, options } = await parsed(
    await auth.call('/v1/auth/passkeys/registration-options', { method: 'POST', token }),
    ceremonySchema,
  );
  const response = await device.create(options as unknown as CreationOptions);
  const { id } = await parsed(
    await post('/v1/auth/passkeys', { ceremonyId, response }, token),
    passkeySchema,
  );
  return { id, device };
}

async function shown(device: SoftwareAuthenticator) {
  const { ceremonyId, options } = await parsed(
    await post('/v1/auth/passkeys/sign-in-options', {}),
    ceremonySchema,
  );
  return { ceremonyId, response: await device.get(options as unknown as RequestOptions) };
}

async function signInBy(device: SoftwareAuthenticator): Promise<TokensBody> {
  return parsed(await post('/v1/auth/passkeys/sign-in', await shown(device)), tokensSchema);
}

async function addApp(token: string) {
  const { secret } = await parsed(
    await auth.call('/v1/auth/totp', { method: 'POST', token }),
    totpSetUpSchema,
  );
  const code = () => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: auth.clock.now() });
  const added = await post('/v1/auth/totp/confirm', { code: code() }, token);
  expect(added.status).toBe(200);
  const { recoveryCodes } = (await added.json()) as { recoveryCodes: string[] };
  return { code, recoveryCodes };
}

async function factorsOf(id: string) {
  const { results: passkeys } = await auth.env.AUTH_DB.prepare(
    'SELECT id FROM passkeys WHERE account_id = ? ORDER BY id',
  )
    .bind(id)
    .all<{ id: string }>();
  const counts = await auth.env.AUTH_DB.prepare(
    `SELECT (SELECT count(*) FROM totps WHERE account_id = ?1 AND confirmed_at IS NOT NULL) AS apps,
       (SELECT count(*) FROM recovery_codes WHERE account_id = ?1) AS codes`,
  )
    .bind(id)
    .first<{ apps: number; codes: number }>();
  return { ...counts, passkeys: passkeys.map((row) => row.id) };
}

/** Steps up by a code, in a session that is hours old. */
async function proven(tokens: TokensBody, code: string): Promise<string> {
  const later = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
  return (await parsed(await post('/v1/auth/step-up', { code }, later.accessToken), accessTokenSchema))
    .accessToken;
}

const makeAdministrator = (id: string) =>
  auth.env.AUTH_DB.prepare("INSERT INTO account_roles VALUES (?, 'admin', 'test', 0)").bind(id).run();

/** An account with an app, hours old, whose owner then took another app in place of it. */
async function withReplacedApp(password: string | null) {
  const { email, tokens } = await auth.newAccount({ password });
  const old = await addApp(tokens.accessToken);
  auth.world.offsetMs += 2 * HOUR_MS;
  const token = await proven(tokens, old.code());
  expect((await remove('/v1/auth/totp', token)).status).toBe(204);
  auth.world.offsetMs += 60_000;
  const now = await addApp(token);
  return { email, id: tokens.user.id, old, now, link: { token: auth.linkToken(email) } };
}

describe('an authenticator app in place of another', () => {
  it('is not taken away by the mailbox alone where the account has no password', async () => {
    const { id, link } = await withReplacedApp(null);
    const alone = await notMe(link);
    expect(alone.status).toBe(200);
    expect(await alone.json()).toEqual({ status: 'factors_kept', needs: ['code'] });
    expect(await factorsOf(id)).toMatchObject({ apps: 1, codes: 10 });
  });

  it('is not taken away by mailbox and password, which would get past the factor that was there', async () => {
    const { id, link } = await withReplacedApp(GOOD_PASSWORD);
    expect(await (await notMe(link)).json()).toMatchObject({ needs: ['code'] });
    expect((await notMe({ ...link, password: GOOD_PASSWORD })).status).toBe(401);
    expect(await factorsOf(id)).toMatchObject({ apps: 1, codes: 10 });
  });

  it('is taken away with a code of the app before, which comes back and has used that code', async () => {
    const { email, id, link, old, now } = await withReplacedApp(GOOD_PASSWORD);
    expect((await notMe({ ...link, code: now.code() })).status, 'the new app shows nothing').toBe(401);
    expect((await notMe({ ...link, recoveryCode: now.recoveryCodes[0] })).status).toBe(401);
    auth.world.offsetMs += 60_000;
    const code = old.code();
    expect((await notMe({ ...link, code })).status).toBe(204);
    expect(await factorsOf(id)).toMatchObject({ apps: 1, codes: 10 });

    const newPassword = 'seven lanterns over the bay';
    const reset = { token: auth.linkToken(email), newPassword };
    expect((await post('/v1/auth/password-reset/confirm', reset)).status).toBe(204);
    const first = await parsed(await auth.signIn(email, newPassword), secondFactorRequiredSchema);
    const second = (proof: object) =>
      post('/v1/auth/sign-in/second-factor', { challengeId: first.challengeId, ...proof });
    expect((await second({ code })).status, 'once').toBe(401);
    auth.world.offsetMs += 60_000;
    expect((await second({ code: now.code() })).status).toBe(401);
    expect((await second({ code: old.code() })).status).toBe(200);
  });

  it('is taken away with a recovery code of the app before, whose other codes come back', async () => {
    const { id, link, old } = await withReplacedApp(null);
    expect((await notMe({ ...link, recoveryCode: old.recoveryCodes[3] })).status).toBe(204);
    expect(await factorsOf(id)).toMatchObject({ apps: 1, codes: 9 });
  });

  it('leaves the app before to be shown for as long as a link reaches back, and no longer', async () => {
    const { id } = await withReplacedApp(null);
    const kept = () =>
      auth.env.AUTH_DB.prepare('SELECT count(*) AS n FROM former_totps WHERE account_id = ?')
        .bind(id)
        .first<number>('n');
    const houseAfter = (ms: number) => {
      const later = authWorld();
      later.world.offsetMs = auth.world.offsetMs + ms;
      return keepHouse(later.ports());
    };
    await houseAfter(7 * DAY_MS);
    expect(await kept()).toBe(1);
    await houseAfter(7 * DAY_MS + HOUR_MS);
    expect(await kept()).toBe(0);
  });
});

describe('a passkey in place of another', () => {
  /** Added hours before; then another took its place, in a session of `by`. */
  async function replaced(account: { email: string; tokens: TokensBody }) {
    const old = await addPasskey(account.tokens.accessToken);
    auth.world.offsetMs += 2 * HOUR_MS;
    const { accessToken } = await signInBy(old.device);
    const now = await addPasskey(accessToken);
    expect((await remove(`/v1/auth/passkeys/${old.id}`, accessToken)).status).toBe(204);
    const { email, tokens } = account;
    return { old, now, email, id: tokens.user.id, link: { token: auth.linkToken(email) } };
  }

  it('of a thief goes with the one they removed, which its owner shows and has again', async () => {
    const account = await auth.newAccount({ password: null });
    const { id, link, old, now } = await replaced(account);
    expect(await (await notMe(link)).json()).toEqual({ status: 'factors_kept', needs: ['passkey'] });
    expect((await notMe({ ...link, passkey: await shown(now.device) })).status).toBe(401);
    const answer = await shown(old.device);
    expect((await notMe({ ...link, passkey: answer })).status).toBe(204);
    expect(await factorsOf(id)).toMatchObject({ passkeys: [old.id] });
    expect((await signInBy(old.device)).user.id).toBe(id);
    expect((await post('/v1/auth/passkeys/sign-in', await shown(now.device))).status).toBe(401);
  });

  it('is not taken away by an answer that was used, is for another account, or is of a copied key', async () => {
    const account = await auth.newAccount({ password: null });
    const { id, link, old, now } = await replaced(account);
    const other = await auth.newAccount();
    const { device } = await addPasskey(other.tokens.accessToken);
    expect((await notMe({ ...link, passkey: await shown(device) })).status).toBe(401);
    const { ceremonyId, options } = await parsed(
      await post('/v1/auth/passkeys/sign-in-options', {}),
      ceremonySchema,
    );
    const copied = await old.device.get(options as unknown as RequestOptions, { counter: 1 });
    expect((await notMe({ ...link, passkey: { ceremonyId, response: copied } })).status).toBe(401);
    const spent = await shown(old.device);
    await post('/v1/auth/passkeys/sign-in', spent);
    expect((await notMe({ ...link, passkey: spent })).status).toBe(401);
    expect(await factorsOf(id)).toMatchObject({ passkeys: [now.id] });
  });

  it('stays a customer’s with mailbox and password, which opened the account before: both are as they were then', async () => {
    const { id, link, old } = await replaced(await auth.newAccount());
    expect(await (await notMe(link)).json()).toMatchObject({ needs: ['password', 'passkey'] });
    expect((await notMe({ ...link, password: GOOD_PASSWORD })).status).toBe(204);
    expect(await factorsOf(id)).toMatchObject({ passkeys: [old.id] });
  });

  it.each([null, GOOD_PASSWORD])(
    'of an administrator is taken away by nothing but the one before (password: %s)',
    async (password) => {
      const account = await auth.newAccount({ password });
      await makeAdministrator(account.tokens.user.id);
      const { id, link, old, now } = await replaced(account);
      expect(await (await notMe(link)).json()).toEqual({ status: 'factors_kept', needs: ['passkey'] });
      expect((await notMe({ ...link, password: GOOD_PASSWORD })).status).toBe(401);
      expect(await factorsOf(id)).toMatchObject({ passkeys: [now.id] });
      expect((await notMe({ ...link, passkey: await shown(old.device) })).status).toBe(204);
      expect(await factorsOf(id)).toMatchObject({ passkeys: [old.id] });
    },
  );

  it('of staff who had none stays, whatever comes with the mailbox', async () => {
    for (const password of [null, GOOD_PASSWORD]) {
      const { email, tokens } = await auth.newAccount({ password });
      const { id } = await addPasskey(tokens.accessToken);
      await makeAdministrator(tokens.user.id);
      const link = { token: auth.linkToken(email) };
      expect(await (await notMe(link)).json()).toEqual({ status: 'factors_kept', needs: [] });
      expect((await notMe({ ...link, password: GOOD_PASSWORD })).status).toBe(401);
      expect(await factorsOf(tokens.user.id)).toMatchObject({ passkeys: [id] });
    }
  });

  it('comes back also where nothing was added, told in the mail', async () => {
    const { email, tokens } = await auth.newAccount();
    const { id, device } = await addPasskey(tokens.accessToken);
    auth.world.offsetMs += 2 * HOUR_MS;
    const stolen = await signInBy(device);
    expect((await remove(`/v1/auth/passkeys/${id}`, stolen.accessToken)).status).toBe(204);
    const link = { token: auth.linkToken(email) };
    expect((await notMe({ ...link, passkey: await shown(device) })).status).toBe(204);
    expect(await factorsOf(tokens.user.id)).toMatchObject({ passkeys: [id] });
    const mail = auth.world.mails.findLast(({ to }) => to === email)?.text;
    expect(mail).toContain('We put back what was removed: passkeys.');
  });

  it('goes from what is kept once the account is erased', async () => {
    const { id } = await replaced(await auth.newAccount());
    expect(await auth.ports().accounts.countOwned(id)).toMatchObject({ former_passkeys: 1 });
  });
});
