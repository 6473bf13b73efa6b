import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { CHALLENGE_HEADER, type ChallengeAction } from '#shared/contracts/http/challenge.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import {
  answerTo,
  authWorld,
  challengeIn,
  GOOD_PASSWORD,
  newEmail,
  newIp,
  type Call,
} from '../testing/harness.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
type World = typeof auth;
const WRONG = 'certainly not this one';

/** Three failures, so that strangers are asked for a challenge. */
async function tried(email: string, world: World = auth): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await world.signIn(email, WRONG, { ip: newIp() });
}
const answering = (answer: string, more: Call = {}): Call => ({
  ip: newIp(),
  ...more,
  headers: { ...more.headers, [CHALLENGE_HEADER]: answer },
});

describe('a challenge', () => {
  it('is named by the refusal after three failures, and its answer lets the owner in', async () => {
    const { email } = await auth.newAccount();
    await tried(email);
    const refused = await auth.signIn(email, GOOD_PASSWORD, { ip: newIp() });
    expect(refused.status).toBe(428);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    const answer = answerTo(await challengeIn(refused));
    expect((await auth.signIn(email, GOOD_PASSWORD, answering(answer))).status).toBe(200);
  });

  it('counts once, however many send its answer at a time', async () => {
    const { email } = await auth.newAccount();
    await tried(email);
    const answer = answerTo(await challengeIn(await auth.signIn(email, WRONG, { ip: newIp() })));
    const before = auth.world.hashes;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => auth.signIn(email, WRONG, answering(answer))),
    );
    expect(auth.world.hashes - before).toBe(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 428)).toHaveLength(49);
  });

  it('gets harder as attempts go on, so that an easy answer kept for later is worth nothing', async () => {
    const { email } = await auth.newAccount();
    await tried(email);
    const easy = await Promise.all(
      Array.from({ length: 20 }, async () => challengeIn(await auth.signIn(email, WRONG, { ip: newIp() }))),
    );
    const answers = await Promise.all(
      easy.map((challenge) => auth.signIn(email, WRONG, answering(answerTo(challenge)))),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(2);
    const harder = await challengeIn(answers.find(({ status }) => status === 428) ?? new Response('{}'));
    const bitsOf = (challenge: typeof harder) =>
      challenge.kind === 'proof_of_work' ? challenge.bits : Number.NaN;
    expect(bitsOf(harder)).toBe(bitsOf(easy[0] ?? harder) + 1);
  });

  it('is answered by nothing but its own solution', async () => {
    const { email } = await auth.newAccount();
    await tried(email);
    const challenge = await challengeIn(await auth.signIn(email, WRONG, { ip: newIp() }));
    const right = answerTo(challenge);
    const forged: Record<string, string | undefined> = {
      'one for another address': auth.solved(newEmail())[CHALLENGE_HEADER],
      'one for another action': auth.solved(email, 'sign_up')[CHALLENGE_HEADER],
      'a harder one made of it': right.replace(/\.\d\./, '.4.'),
      'a longer one made of it': right.replace(/\.\d{13}\./, '.9999999999999.'),
      'a nonce that solves nothing': right.replace(/\d+$/, 'x'),
      'a kind that is not set up': right.replace('proof_of_work', 'turnstile'),
      'an unknown kind': `constructor:${right}`,
      nothing: '',
    };
    for (const [what, answer = ''] of Object.entries(forged)) {
      const { status } = await auth.signIn(email, GOOD_PASSWORD, answering(answer));
      expect({ what, status }).toEqual({ what, status: 428 });
    }
    expect((await auth.signIn(email, GOOD_PASSWORD, answering(right))).status).toBe(200);
  });

  it('is over after five minutes', async () => {
    const late = authWorld();
    const { email } = await late.newAccount();
    await tried(email, late);
    const answer = answerTo(await challengeIn(await late.signIn(email, WRONG, { ip: newIp() })));
    late.world.offsetMs = 5 * MINUTE_MS;
    expect((await late.signIn(email, GOOD_PASSWORD, answering(answer))).status).toBe(428);
  });

  it('is never asked of a device the owner used, nor of a session', async () => {
    const device = { headers: { 'x-device': 'd'.repeat(43) } };
    const { email, tokens } = await auth.newAccount();
    await auth.signIn(email, GOOD_PASSWORD, { ip: newIp(), ...device });
    await tried(email);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip: newIp(), ...device })).status).toBe(200);
    const call = { token: tokens.accessToken, body: { password: GOOD_PASSWORD }, ip: newIp() };
    expect((await auth.call('/v1/auth/step-up', call)).status).toBe(200);
  });

  it.each<[string, ChallengeAction]>([
    ['/v1/auth/sign-up', 'sign_up'],
    ['/v1/auth/password-reset', 'password_reset'],
    ['/v1/auth/email-code', 'email_code'],
  ])('is asked by %s too, for known and unknown addresses alike', async (path, action) => {
    const known = await auth.newAccount();
    for (const email of [known.email, newEmail()]) {
      const statuses: number[] = [];
      for (let turn = 0; turn < 4; turn += 1) {
        statuses.push((await auth.call(path, { body: { email }, ip: newIp() })).status);
      }
      expect(statuses.slice(-1)).toEqual([428]);
      const solved = { body: { email }, ip: newIp(), headers: auth.solved(email, action) };
      expect((await auth.call(path, solved)).status).toBe(202);
    }
  });

  it('is asked of every stranger while the whole site is under pressure, and of nobody else', async () => {
    const world = authWorld();
    const device = { headers: { 'x-device': 'f'.repeat(43) } };
    const { email } = await world.newAccount();
    await world.signIn(email, GOOD_PASSWORD, { ip: newIp(), ...device });
    const site = workerEnv<Env>().LOGIN_GUARD.getByName('site');
    await site.attempt('password.site', '', null);
    await runInDurableObject(site, (_, state) =>
      state.storage.sql.exec('UPDATE buckets SET attempts = 1000'),
    );
    world.world.offsetMs = MINUTE_MS;
    expect((await world.signIn(email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(428);
    const solved = { ip: newIp(), headers: world.solved(email) };
    expect((await world.signIn(email, GOOD_PASSWORD, solved)).status).toBe(200);
    expect((await world.signIn(email, GOOD_PASSWORD, { ip: newIp(), ...device })).status).toBe(200);
    await runInDurableObject(site, (_, state) => state.storage.sql.exec('DELETE FROM buckets'));
  });
});

describe('without scripts', () => {
  const passOf = (email: string): string => {
    const mail = auth.world.mails.findLast(({ to, text }) => to === email && text.includes('pass='));
    return `mail:${/pass=(\S+)/.exec(mail?.text ?? '')?.[1] ?? ''}`;
  };

  it('a link by mail stands for the challenge, once, whether or not there is an account', async () => {
    const { email } = await auth.newAccount();
    const sent = [];
    for (const address of [email, newEmail()]) {
      const body = { email: address, action: 'sign_in' };
      expect((await auth.call('/v1/auth/challenge-link', { body, ip: newIp() })).status).toBe(202);
      const mail = auth.world.mails.findLast(({ to }) => to === address);
      sent.push(mail?.text.replace(/pass=\S+/, ''));
    }
    expect(sent[0]).toBe(sent[1]);
    await tried(email);
    const pass = passOf(email);
    expect((await auth.signIn(email, GOOD_PASSWORD, answering(pass))).status).toBe(200);
    expect((await auth.signIn(email, GOOD_PASSWORD, answering(pass))).status).toBe(428);
  });

  it('is mailed once an hour to an address at most', async () => {
    const body = { email: newEmail(), action: 'sign_up' };
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1) {
      statuses.push((await auth.call('/v1/auth/challenge-link', { body, ip: newIp() })).status);
    }
    expect(statuses).toEqual([202, 429, 429]);
  });
});

describe('Turnstile', () => {
  const settings = { TURNSTILE_SITE: '0x4AAAAAAA', TURNSTILE_SECRET_KEY: '0x4AAAAAAAsecret' };
  const right = { success: true, hostname: 'shop.test', action: 'sign_in', 'error-codes': [] };
  /** A world whose vendor answers so. */
  const worldWith = (
    answer: () => Response | Promise<Response>,
  ): { world: World; asked: URLSearchParams[] } => {
    const asked: URLSearchParams[] = [];
    const call: typeof fetch = async (_input, init) => {
      asked.push(
        await new Request('https://vendor.test', init ?? {}).text().then((text) => new URLSearchParams(text)),
      );
      return answer();
    };
    return { world: authWorld({ ...workerEnv<Env>(), ...settings }, { fetch: call }), asked };
  };
  const tokened = (): Call => answering(`turnstile:${crypto.randomUUID()}`);

  it('is asked for where it is set up, and its token counts once here too', async () => {
    const { world, asked } = worldWith(() => Response.json(right));
    const { email } = await world.newAccount();
    await tried(email, world);
    const refused = await world.signIn(email, GOOD_PASSWORD, { ip: newIp() });
    expect(await challengeIn(refused)).toEqual({
      kind: 'turnstile',
      siteKey: settings.TURNSTILE_SITE,
      action: 'sign_in',
    });
    const call = tokened();
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.signIn(email, WRONG, call)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(asked[0]?.get('secret')).toBe(settings.TURNSTILE_SECRET_KEY);
  });

  it('does not count when its token is refused, or was given elsewhere or for something else', async () => {
    let answer: object = right;
    const { world } = worldWith(() => Response.json(answer));
    const { email } = await world.newAccount();
    await tried(email, world);
    for (const wrong of [
      { success: false, 'error-codes': ['timeout-or-duplicate'] },
      { ...right, hostname: 'phish.test' },
      { ...right, action: 'sign_up' },
      { success: true, action: 'sign_in' },
    ]) {
      answer = wrong;
      const refused = await world.signIn(email, GOOD_PASSWORD, tokened());
      expect({ wrong, ...(await challengeIn(refused)) }).toMatchObject({ wrong, kind: 'turnstile' });
    }
  });

  it('gives way to a puzzle of our own when the vendor is away, so that nobody is locked out', async () => {
    let answer: () => Response | Promise<Response> = () => Response.json(right);
    const { world } = worldWith(() => answer());
    const { email } = await world.newAccount();
    await tried(email, world);
    for (const away of [
      () => Promise.reject(new DOMException('timed out', 'TimeoutError')),
      () => new Response('<h1>502</h1>', { status: 502 }),
      () => Response.json({ success: false, 'error-codes': ['internal-error'] }),
    ]) {
      answer = away;
      const challenge = await challengeIn(await world.signIn(email, GOOD_PASSWORD, tokened()));
      expect((await world.signIn(email, GOOD_PASSWORD, answering(answerTo(challenge)))).status).toBe(200);
    }
  });

  it.each([
    ['no secret', { TURNSTILE_SECRET_KEY: '' }],
    ['the secret for tests', { TURNSTILE_SECRET_KEY: '1x0000000000000000000000000000000AA' }],
    ['the site key for tests', { TURNSTILE_SITE: '1x00000000000000000000AA' }],
  ])('with %s is a fault that denies, for it would protect nothing', async (_what, wrong) => {
    const world = authWorld({ ...workerEnv<Env>(), ...settings, ...wrong });
    expect((await world.signIn(newEmail(), GOOD_PASSWORD)).status).toBe(500);
  });
});
