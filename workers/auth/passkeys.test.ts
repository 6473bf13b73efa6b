import { beforeAll, describe, expect, it } from 'vitest';
import {
  accessTokenSchema,
  ceremonySchema,
  meSchema,
  passkeySchema,
  tokensSchema,
} from '#shared/contracts/http/auth.ts';
import {
  softwareAuthenticator,
  type AuthenticationJson,
  type CreationOptions,
  type Quirks,
  type RequestOptions,
  type SoftwareAuthenticator,
} from '#shared/testing/authenticator.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp, parsed } from './testing/harness.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
const ORIGIN = 'https://shop.test';

async function begin<Options>(path: string, token?: string, world = auth) {
  const options = token === undefined ? { body: {} } : { method: 'POST', token };
  const ceremony = await parsed(await world.call(path, { ...options, ip: newIp() }), ceremonySchema);
  return { ceremonyId: ceremony.ceremonyId, options: ceremony.options as unknown as Options };
}

async function register(token: string, device: SoftwareAuthenticator, quirks?: Quirks, world = auth) {
  const path = '/v1/auth/passkeys/registration-options';
  const { ceremonyId, options } = await begin<CreationOptions>(path, token, world);
  const body = { ceremonyId, response: await device.create(options, quirks), name: 'Laptop' };
  return { body, answer: await world.call('/v1/auth/passkeys', { token, body }) };
}

async function assertion(device: SoftwareAuthenticator, quirks?: Quirks) {
  const { ceremonyId, options } = await begin<RequestOptions>('/v1/auth/passkeys/sign-in-options');
  return { ceremonyId, response: await device.get(options, quirks) };
}
const finish = (body: { ceremonyId: string; response: AuthenticationJson }): Promise<Response> =>
  auth.call('/v1/auth/passkeys/sign-in', { body });

async function withPasskey() {
  const device = softwareAuthenticator(ORIGIN);
  const account = await auth.newAccount();
  const { answer } = await register(account.tokens.accessToken, device);
  return { ...account, device, passkey: await parsed(answer, passkeySchema) };
}

describe('a passkey', () => {
  it('is added in a fresh session and signs in by itself, as two factors, naming no account first', async () => {
    const { device, email, passkey } = await withPasskey();
    expect(passkey).toMatchObject({ name: 'Laptop', synced: false, lastUsedAt: null });
    expect(auth.world.mails.findLast((mail) => mail.to === email)?.text).toContain('passkey was added');
    const tokens = await parsed(await finish(await assertion(device)), tokensSchema);
    expect(tokens.user.email).toBe(email);
    const me = await parsed(await auth.call('/v1/auth/me', { token: tokens.accessToken }), meSchema);
    expect(me).toMatchObject({
      passkeyCount: 1,
      session: { acr: 'urn:tradepost:acr:2', amr: ['hwk', 'user', 'mfa'] },
    });
  });

  it('is asked for discoverable and with user verification', async () => {
    const { tokens } = await auth.newAccount();
    const { options } = await begin<object>('/v1/auth/passkeys/registration-options', tokens.accessToken);
    expect(options).toMatchObject({
      rp: { id: 'shop.test' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    const signIn = await begin<object>('/v1/auth/passkeys/sign-in-options');
    expect(signIn.options).toMatchObject({
      rpId: 'shop.test',
      userVerification: 'required',
      allowCredentials: [],
    });
  });

  it('signs in while strangers have used up the guesses at the password', async () => {
    const { device, email } = await withPasskey();
    const ip = newIp();
    const guess = (password: string) => auth.signIn(email, password, { ip, headers: auth.solved(email) });
    await Promise.all(Array.from({ length: 12 }, () => guess('certainly not this one')));
    expect((await guess(GOOD_PASSWORD)).status).toBe(429);
    expect((await finish(await assertion(device))).status).toBe(200);
  });

  it('serves one account and is removed by its owner alone', async () => {
    const { device, passkey, tokens } = await withPasskey();
    const stranger = await auth.newAccount();
    const path = `/v1/auth/passkeys/${passkey.id}`;
    const foreign = await auth.call(path, { method: 'DELETE', token: stranger.tokens.accessToken });
    expect(foreign.status).toBe(404);
    expect((await auth.call(path, { method: 'DELETE', token: tokens.accessToken })).status).toBe(204);
    expect((await finish(await assertion(device))).status).toBe(401);
  });

  it('takes the sessions with it that it may have opened, as every change of how one signs in, but not this one', async () => {
    const { device, passkey, tokens } = await withPasskey();
    const opened = await parsed(await finish(await assertion(device)), tokensSchema);
    const path = `/v1/auth/passkeys/${passkey.id}`;
    expect((await auth.call(path, { method: 'DELETE', token: tokens.accessToken })).status).toBe(204);
    expect((await auth.refresh(opened.refreshToken)).status).toBe(401);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(200);
  });
});

describe('a passkey of staff', () => {
  it.each([
    ['two factors are required', 'required'],
    ['two factors are for whoever has set them up', 'when_set_up'],
  ])('is not got round by the mailbox, which can add no other one, where %s', async (_where, mode) => {
    const strict = authWorld({ ...auth.env, STAFF_SECOND_FACTOR: mode });
    const { email, tokens } = await strict.newAdministrator();
    const first = await register(tokens.accessToken, softwareAuthenticator(ORIGIN), {}, strict);
    expect(first.answer.status).toBe(201);
    const ip = newIp();
    await strict.call('/v1/auth/email-code', { body: { email }, ip });
    const code = /\b(\d{8})\b/.exec(strict.world.mails.at(-1)?.text ?? '')?.[1];
    const byMail = await strict.call('/v1/auth/email-code/sign-in', { body: { email, code }, ip });
    const { accessToken: token } = await parsed(byMail, tokensSchema);
    for (const path of ['passkeys/registration-options', 'totp']) {
      const answer = await strict.call(`/v1/auth/${path}`, { method: 'POST', token });
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        expect.stringContaining('acr_values="urn:tradepost:acr:2"'),
      ]);
    }
    expect((await strict.call('/v1/auth/guessing-signals', { token })).status).toBe(401);
  });
});

describe('the first administrator of a deployed shop', () => {
  it('has none of its rights by the link that made the account, adds a passkey, shows it, and has them', async () => {
    const email = newEmail();
    const deployed = authWorld({
      ...auth.env,
      STAFF_SECOND_FACTOR: 'required',
      BOOTSTRAP_ADMIN_EMAIL: email,
    });
    const { tokens } = await deployed.newAccount({ email });
    const find = (token: string) => deployed.call(`/v1/auth/accounts?email=${email}`, { token });
    expect((await find(tokens.accessToken)).status).toBe(401);
    const device = softwareAuthenticator(ORIGIN);
    expect((await register(tokens.accessToken, device, {}, deployed)).answer.status).toBe(201);
    expect((await find(tokens.accessToken)).status).toBe(401);
    const body = await assertion(device);
    const shown = await deployed.call('/v1/auth/step-up', { token: tokens.accessToken, body });
    expect((await find((await parsed(shown, accessTokenSchema)).accessToken)).status).toBe(200);
  });
});

describe('signing in by passkey is refused', () => {
  it.each<[string, Quirks]>([
    ['from another origin', { origin: 'https://evil.test' }],
    ['from a subdomain', { origin: 'https://x.shop.test' }],
    ['from our host without https', { origin: 'http://shop.test' }],
    ['for another relying party', { rpId: 'evil.test' }],
    ['with a made-up challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['without user verification', { userVerified: false }],
    ['from within a foreign frame', { crossOrigin: true }],
    ['with another user handle', { userHandle: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['with signed data changed', { forged: true }],
  ])('%s, and a right answer of the same device is taken after it', async (_what, quirks) => {
    const { device } = await withPasskey();
    expect((await finish(await assertion(device, quirks))).status).toBe(401);
    expect((await finish(await assertion(device))).status).toBe(200);
  });

  it('with an answer that was used already, even under 20 parallel replays', async () => {
    const { device } = await withPasskey();
    const body = await assertion(device);
    const answers = await Promise.all(Array.from({ length: 20 }, () => finish(body)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(19);
  });

  it('with an answer to another ceremony', async () => {
    const { device } = await withPasskey();
    const first = await assertion(device);
    const second = await assertion(device);
    const crossed = await finish({ ceremonyId: second.ceremonyId, response: first.response });
    expect(crossed.status).toBe(401);
  });

  it('after five minutes', async () => {
    const { device } = await withPasskey();
    const body = await assertion(device);
    auth.world.offsetMs = 5 * MINUTE_MS + 1_000;
    const answer = await finish(body);
    auth.world.offsetMs = 0;
    expect(answer.status).toBe(401);
  });

  it('when the counter goes backwards, which is audited and told to the owner', async () => {
    const { device, email, tokens } = await withPasskey();
    expect((await finish(await assertion(device, { counter: 40 }))).status).toBe(200);
    for (const counter of [40, 12, 0]) {
      expect((await finish(await assertion(device, { counter }))).status).toBe(401);
    }
    expect(auth.world.mails.findLast((mail) => mail.to === email)?.text).toContain('counter went backwards');
    const row = await auth.env.AUTH_DB.prepare(
      "SELECT detail FROM audit_log WHERE subject = ? AND outcome = 'failure' ORDER BY sequence DESC LIMIT 1",
    )
      .bind(tokens.user.id)
      .first<{ detail: string }>();
    expect(row?.detail).toContain('counter_regressed');
    expect((await finish(await assertion(device, { counter: 41 }))).status).toBe(200);
  });

  it('never for an authenticator that does not count', async () => {
    const device = softwareAuthenticator(ORIGIN);
    const { tokens } = await auth.newAccount();
    await register(tokens.accessToken, device, { counter: 0 });
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await finish(await assertion(device, { counter: 0 }))).status).toBe(200);
    }
  });

  it('to a disabled account', async () => {
    const { device, tokens } = await withPasskey();
    await auth.env.AUTH_DB.prepare("UPDATE accounts SET status = 'disabled' WHERE id = ?")
      .bind(tokens.user.id)
      .run();
    expect((await finish(await assertion(device))).status).toBe(401);
  });

  it('with garbage in any member, without a fault of ours', async () => {
    const { device } = await withPasskey();
    for (const member of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'] as const) {
      const body = await assertion(device);
      body.response.response[member] = 'AAAA';
      expect((await finish(body)).status, `with garbage as ${member}`).toBe(401);
    }
  });
});

describe('adding a passkey is refused', () => {
  it.each<[string, Quirks]>([
    ['from another origin', { origin: 'https://evil.test' }],
    ['for another relying party', { rpId: 'evil.test' }],
    ['with a made-up challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['without user verification', { userVerified: false }],
    ['from within a foreign frame', { crossOrigin: true }],
    ['with a certificate nobody asked for', { attestation: 'packed' }],
    ['with an attestation that would have us fetch', { attestation: 'android-key' }],
  ])('%s, and none is there then', async (_what, quirks) => {
    const { tokens } = await auth.newAccount();
    const { answer } = await register(tokens.accessToken, softwareAuthenticator(ORIGIN), quirks);
    expect(answer.status).toBe(422);
    const me = await parsed(await auth.call('/v1/auth/me', { token: tokens.accessToken }), meSchema);
    expect(me.passkeyCount).toBe(0);
  });

  it('a second time with the same answer', async () => {
    const { tokens } = await auth.newAccount();
    const { body } = await register(tokens.accessToken, softwareAuthenticator(ORIGIN));
    const again = await auth.call('/v1/auth/passkeys', { token: tokens.accessToken, body });
    expect(again.status).toBe(410);
  });

  it('to another account than the one that began', async () => {
    const mine = await auth.newAccount();
    const theirs = await auth.newAccount();
    const path = '/v1/auth/passkeys/registration-options';
    const { ceremonyId, options } = await begin<CreationOptions>(path, mine.tokens.accessToken);
    const body = { ceremonyId, response: await softwareAuthenticator(ORIGIN).create(options) };
    const answer = await auth.call('/v1/auth/passkeys', { token: theirs.tokens.accessToken, body });
    expect(answer.status).toBe(410);
  });

  it('in a session that is not fresh', async () => {
    const later = authWorld();
    const { tokens } = await later.newAccount();
    later.world.offsetMs = 16 * MINUTE_MS;
    const fresh = await parsed(await later.refresh(tokens.refreshToken), tokensSchema);
    const answer = await later.call('/v1/auth/passkeys/registration-options', {
      method: 'POST',
      token: fresh.accessToken,
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ type: '/problems/step-up-required' });
  });
});
