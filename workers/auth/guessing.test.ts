import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import { PRESSURE_MAX } from '#objects/login-guard/policies.ts';
import { guessingSignalPageSchema } from '#shared/contracts/http/guessing.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { SITE_PRESSURE_CACHE_MS } from './limits.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp, parsed, quickArgon2id } from './testing/harness.ts';

beforeAll(migrateDatabases);
const auth = authWorld(undefined, { argon2: quickArgon2id });
const WRONG = 'certainly not this one';

/** What an attacker from somewhere else does to an account. */
async function useUpStrangersBudget(email: string): Promise<void> {
  const ip = newIp();
  const guess = () => auth.signIn(email, WRONG, { ip, headers: auth.solved(email) });
  await Promise.all(Array.from({ length: 12 }, guess));
}

const guessAtSomebody = (ip: string): Promise<Response> => {
  const email = newEmail();
  return auth.signIn(email, WRONG, { ip, headers: auth.solved(email) });
};

/**
 * Guesses from a network that were counted before, taken at its guard itself: each whole one makes an object for an account
 * nobody has, which is most of the time a test of hundreds takes.
 */
async function guessedBefore(ip: string, guesses: number): Promise<void> {
  const guard = auth.env.LOGIN_GUARD.getByName(`address:${ip}`);
  for (let turn = 0; turn < guesses; turn += 1) await guard.attempt('password.address', '', PRESSURE_MAX);
}

async function hashesOf(work: () => Promise<unknown>): Promise<number> {
  const before = auth.world.hashes;
  await work();
  return auth.world.hashes - before;
}

describe('guessing passwords', () => {
  it('evaluates at most ten of 200 parallel guesses at one account', async () => {
    const { email } = await auth.newAccount();
    const answers: Response[] = [];
    const evaluated = await hashesOf(async () => {
      const networks = Array.from({ length: 4 }, newIp);
      const guesses = Array.from({ length: 200 }, (_, turn) =>
        auth.signIn(email, WRONG, { ip: networks[turn % 4] ?? '', headers: auth.solved(email) }),
      );
      answers.push(...(await Promise.all(guesses)));
    });
    expect(evaluated).toBe(10);
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(10);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(190);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('evaluates three of 200 parallel guesses when nobody solves a challenge', async () => {
    const { email } = await auth.newAccount();
    const answers: Response[] = [];
    const evaluated = await hashesOf(async () => {
      const networks = Array.from({ length: 20 }, newIp);
      const guesses = Array.from({ length: 200 }, (_, turn) =>
        auth.signIn(email, WRONG, { ip: networks[turn % 20] ?? '' }),
      );
      answers.push(...(await Promise.all(guesses)));
    });
    expect(evaluated).toBe(3);
    expect(answers.filter((answer) => answer.status === 428)).toHaveLength(197);
  });

  it('evaluates a hundred guesses from one address at many accounts: the last twenty of sixty parallel ones', async () => {
    const ip = newIp();
    await guessedBefore(ip, 80);
    const evaluated = await hashesOf(() =>
      Promise.all(Array.from({ length: 60 }, () => guessAtSomebody(ip))),
    );
    expect(evaluated).toBe(20);
  });

  it('does not lock the owner out: where they signed in before, they still can', async () => {
    const home = newIp();
    const { email } = await auth.newAccount({ ip: home });
    await useUpStrangersBudget(email);
    const elsewhere = { ip: newIp(), headers: auth.solved(email) };
    expect((await auth.signIn(email, GOOD_PASSWORD, elsewhere)).status).toBe(429);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip: home })).status).toBe(200);
  });

  it('does not lock the owner out: a reset link opens the way from a new place', async () => {
    const { email } = await auth.newAccount();
    const abroad = newIp();
    await useUpStrangersBudget(email);
    await auth.call('/v1/auth/password-reset', { body: { email }, ip: abroad });
    const newPassword = 'seven lanterns over the bay';
    const body = { token: auth.linkToken(email), newPassword };
    expect((await auth.call('/v1/auth/password-reset/confirm', { body, ip: abroad })).status).toBe(204);
    expect((await auth.signIn(email, newPassword, { ip: abroad })).status).toBe(200);
  });

  it('does not lock the owner out: nothing but links for a new password is in the way of one', async () => {
    const { email } = await auth.newAccount();
    const attacker = newIp();
    const flood = async () =>
      (
        await auth.call('/v1/auth/sign-up', {
          body: { email },
          ip: attacker,
          headers: auth.solved(email, 'sign_up'),
        })
      ).status;
    const answers = await Promise.all(Array.from({ length: 8 }, flood));
    expect(answers).toContain(429);
    const asked = await auth.call('/v1/auth/password-reset', { body: { email }, ip: newIp() });
    expect(asked.status).toBe(202);
    expect(auth.world.mails.at(-1)?.text).toContain('token=');
  });

  it('cannot hide behind right passwords to an account of one’s own', async () => {
    const ip = newIp();
    const own = await auth.newAccount({ ip });
    await guessedBefore(ip, 80);
    const evaluated = await hashesOf(async () => {
      for (let turn = 0; turn < 4; turn += 1) {
        await Promise.all(Array.from({ length: 10 }, () => guessAtSomebody(ip)));
        await auth.signIn(own.email, GOOD_PASSWORD, { ip, headers: auth.solved(own.email) });
      }
    });
    expect(evaluated).toBeGreaterThanOrEqual(20);
    expect(evaluated).toBeLessThanOrEqual(20 + 4);
  });

  it('of the current password counts like any other', async () => {
    const { tokens } = await auth.newAccount();
    const body = { currentPassword: WRONG, newPassword: GOOD_PASSWORD };
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => auth.call('/v1/auth/password', { token: tokens.accessToken, body })),
    );
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(10);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(20);
  });

  it('is refused altogether when the guard cannot be reached', async () => {
    const { email } = await auth.newAccount();
    const namespace = {
      getByName: () => ({ pressure: () => null, attempt: () => Promise.reject(new Error('away')) }),
    };
    const blind = authWorld({ ...auth.env, LOGIN_GUARD: namespace as never });
    expect((await blind.signIn(email, GOOD_PASSWORD)).status).toBe(500);
    expect(blind.world.hashes).toBe(0);
  });
});

describe('what wrong passwords are a sign of', () => {
  const device = 'd'.repeat(43);

  it('never stands in the way of a device the owner used, on whatever network', async () => {
    const neighbours = newIp();
    const { email } = await auth.newAccount();
    await auth.signIn(email, GOOD_PASSWORD, { ip: newIp(), headers: { 'x-device': device } });
    await useUpStrangersBudget(email);
    await guessedBefore(neighbours, 95);
    await Promise.all(Array.from({ length: 10 }, () => guessAtSomebody(neighbours)));
    const without = { ip: neighbours, headers: auth.solved(email) };
    expect((await auth.signIn(email, GOOD_PASSWORD, without)).status).toBe(429);
    const stranger = await auth.signIn(email, GOOD_PASSWORD, {
      ip: neighbours,
      headers: { ...auth.solved(email), 'x-device': 'e'.repeat(43) },
    });
    expect(stranger.status, 'a made-up device').toBe(429);
    const owner = { ip: neighbours, headers: { 'x-device': device } };
    expect((await auth.signIn(email, GOOD_PASSWORD, owner)).status).toBe(200);
  });

  it('is written down and told to the owner once: one account from many networks', async () => {
    const { email, tokens } = await auth.newAccount();
    const before = auth.world.mails.length;
    for (let network = 0; network < 9; network += 1)
      await auth.signIn(email, WRONG, { ip: newIp(), headers: auth.solved(email) });
    const told = auth.world.mails.slice(before).filter(({ to }) => to === email);
    expect(told.map(({ subject }) => subject)).toEqual(['Somebody tries to guess your password']);
    expect(await signalsAbout(tokens.user.id)).toEqual(['guessing.many_networks']);
    const body = { token: auth.linkToken(email) };
    expect((await auth.call('/v1/auth/not-me', { body, ip: newIp() })).status).toBe(204);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(401);
  });

  it('is written down once: many accounts from one network', async () => {
    const ip = newIp();
    await Promise.all(Array.from({ length: 25 }, () => guessAtSomebody(ip)));
    const { results } = await auth.env.AUTH_DB.prepare(
      "SELECT action FROM audit_log WHERE action = 'guessing.many_accounts' AND address = ?",
    )
      .bind(ip)
      .all();
    expect(results).toHaveLength(1);
  });

  it('is listed to operators, newest first, with the range and the site', async () => {
    const world = authWorld();
    const { email, tokens } = await world.newAccount();
    const token = (await world.newAdministrator()).tokens.accessToken;
    const range = `203.0.${crypto.getRandomValues(new Uint8Array(1))[0]}`;
    const key = `network:${range}.0/24`;
    for (let account = 0; account < 39; account += 1) {
      await auth.env.LOGIN_GUARD.getByName(key).failed('many_accounts_in_range', `somebody ${account}`);
    }
    const site = auth.env.LOGIN_GUARD.getByName('site');
    await site.attempt('password.site', '');
    await runInDurableObject(site, (_, state) =>
      state.storage.sql.exec('UPDATE buckets SET refused_until = ?', Date.now() + MINUTE_MS),
    );
    await world.signIn(email, WRONG, { ip: `${range}.9`, headers: auth.solved(email) });
    await world.signIn(email, WRONG, { ip: `${range}.8`, headers: auth.solved(email) });
    await runInDurableObject(site, (_, state) => state.storage.sql.exec('DELETE FROM buckets'));

    const list = async (query: string) =>
      parsed(await auth.call(`/v1/auth/guessing-signals?${query}`, { token }), guessingSignalPageSchema);
    const first = await list('limit=1');
    const second = await list(`limit=1&cursor=${first.next}`);
    const two = [...first.items, ...second.items];
    expect(new Set(two.map(({ kind }) => kind))).toEqual(new Set(['site', 'many_accounts_in_range']));
    for (const { accountId, network } of two) {
      expect({ accountId, network }).toEqual({ accountId: tokens.user.id, network: `${range}.9` });
    }
    expect(await signalsAbout(tokens.user.id)).toEqual(['guessing.many_accounts_in_range', 'guessing.site']);
    const customer = await auth.call('/v1/auth/guessing-signals', { token: tokens.accessToken });
    expect(customer.status).toBe(403);
  });

  async function signalsAbout(subject: string): Promise<unknown[]> {
    const { results } = await auth.env.AUTH_DB.prepare(
      "SELECT action FROM audit_log WHERE subject = ? AND action LIKE 'guessing.%'",
    )
      .bind(subject)
      .all();
    return results.map(({ action }) => action);
  }
});

describe('mails to one address', () => {
  it('are limited, for known and unknown addresses alike', async () => {
    const { email } = await auth.newAccount();
    for (const address of [email, newEmail()]) {
      const statuses: number[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        const headers = auth.solved(address, 'password_reset');
        const body = { email: address };
        const answer = await auth.call('/v1/auth/password-reset', { body, ip: newIp(), headers });
        statuses.push(answer.status);
      }
      const already = address === email ? 1 : 0;
      expect(statuses.filter((status) => status === 202).length).toBeGreaterThanOrEqual(5 - already);
      expect(statuses.at(-1)).toBe(429);
    }
  });
});

describe('nobody can tell a known address from an unknown one', () => {
  /** Status, body without the request id, headers, work done and mails sent. */
  async function seen(path: string, body: object): Promise<object> {
    const lines: { costs?: unknown }[] = [];
    const print = console.log;
    console.log = (line: string) => lines.push(JSON.parse(line) as { costs?: unknown });
    // Every request reads the pressure on the site anew, or one of them would cost a call less than another.
    auth.world.offsetMs += SITE_PRESSURE_CACHE_MS;
    const before = { hashes: auth.world.hashes, mails: auth.world.mails.length };
    const answer = await auth.call(path, { body, ip: newIp() }).finally(() => (console.log = print));
    const { requestId: _dropped, ...rest } = (await answer.json()) as Record<string, unknown>;
    return {
      status: answer.status,
      body: rest,
      headers: [...answer.headers].filter(([name]) => name !== 'x-request-id'),
      costs: lines.find((line) => line.costs !== undefined)?.costs,
      hashes: auth.world.hashes - before.hashes,
      mails: auth.world.mails.length - before.mails,
    };
  }

  it('by signing up, signing in or resetting', async () => {
    const known = (await auth.newAccount()).email;
    const passwordless = (await auth.newAccount({ password: null })).email;
    const disabled = await auth.newAccount();
    await auth.env.AUTH_DB.prepare("UPDATE accounts SET status = 'disabled' WHERE id = ?")
      .bind(disabled.tokens.user.id)
      .run();
    for (const [path, extra] of [
      ['/v1/auth/sign-up', {}],
      ['/v1/auth/sign-in', { password: WRONG }],
      ['/v1/auth/password-reset', {}],
    ] as const) {
      const unknown = await seen(path, { email: newEmail(), ...extra });
      for (const email of [known, passwordless, disabled.email]) {
        expect(await seen(path, { email, ...extra }), `${path} ${email}`).toEqual(unknown);
      }
    }
  });

  it('even with the right password to a disabled account', async () => {
    const { email, tokens } = await auth.newAccount();
    await auth.env.AUTH_DB.prepare("UPDATE accounts SET status = 'disabled' WHERE id = ?")
      .bind(tokens.user.id)
      .run();
    const right = await seen('/v1/auth/sign-in', { email, password: GOOD_PASSWORD });
    expect(right).toEqual(await seen('/v1/auth/sign-in', { email: newEmail(), password: GOOD_PASSWORD }));
  });
});

describe('refresh tokens', () => {
  it('never fork: of 50 parallel uses one rotates and all get the same successor', async () => {
    const { tokens } = await auth.newAccount();
    const answers = await Promise.all(Array.from({ length: 50 }, () => auth.refresh(tokens.refreshToken)));
    const bodies = await Promise.all(answers.map((answer) => parsed(answer, tokensSchema)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    const successors = new Set(bodies.map((body) => body.refreshToken));
    expect(successors.size).toBe(1);
    const [successor = ''] = successors;
    expect(successor).not.toBe(tokens.refreshToken);
    const row = await auth.env.AUTH_DB.prepare('SELECT generation FROM sessions WHERE account_id = ?')
      .bind(tokens.user.id)
      .first<{ generation: number }>();
    expect(row?.generation).toBe(2);
    expect((await auth.refresh(successor)).status).toBe(200);
  });

  it('used after their successor was used end the whole family', async () => {
    const { tokens } = await auth.newAccount();
    const second = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
    const third = await parsed(await auth.refresh(second.refreshToken), tokensSchema);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(401);
    expect((await auth.refresh(third.refreshToken)).status).toBe(401);
  });

  it('are not answered again after the short replay, or to another client', async () => {
    const late = authWorld();
    const first = await late.newAccount();
    await late.refresh(first.tokens.refreshToken);
    late.world.offsetMs = 11_000;
    expect((await late.refresh(first.tokens.refreshToken)).status).toBe(401);

    const second = await auth.newAccount();
    const next = await parsed(await auth.refresh(second.tokens.refreshToken), tokensSchema);
    const thief = await auth.refresh(second.tokens.refreshToken, { userAgent: 'Thief/1' });
    expect(thief.status).toBe(401);
    expect((await auth.refresh(next.refreshToken)).status).toBe(401);
  });

  it('made up for a known session do not end it: the family half is secret too', async () => {
    const { tokens } = await auth.newAccount();
    const [, secret = ''] = tokens.refreshToken.split('.');
    expect((await auth.refresh(`tpr_${'A'.repeat(43)}.${secret}`)).status).toBe(401);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(200);
  });

  it('are stored as hashes only', async () => {
    const { tokens } = await auth.newAccount();
    const { refreshToken } = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
    const { results } = await auth.env.AUTH_DB.prepare('SELECT * FROM sessions').all();
    const dump = JSON.stringify(results);
    for (const text of [tokens.refreshToken, refreshToken]) {
      for (const half of text.slice(4).split('.')) expect(dump).not.toContain(half);
    }
  });

  it('stop with the account', async () => {
    const late = authWorld();
    const { tokens } = await late.newAccount();
    await late.env.AUTH_DB.prepare("UPDATE accounts SET status = 'disabled' WHERE id = ?")
      .bind(tokens.user.id)
      .run();
    expect((await late.refresh(tokens.refreshToken)).status).toBe(401);
    late.world.offsetMs = MINUTE_MS;
    expect((await late.call('/v1/auth/me', { token: tokens.accessToken })).status).toBe(401);
  });
});
