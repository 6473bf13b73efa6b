import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Costs, meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { METERED } from './env.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp } from './testing/harness.ts';
import { keepHouse } from './usecases/housekeeping.ts';

beforeAll(migrateDatabases);

type World = ReturnType<typeof authWorld>;
const sentTo = ({ world }: World, email: string) => world.mails.filter((mail) => mail.to === email);
/** What the table holds, as whoever steals the database sees it. */
const stored = async ({ env }: World): Promise<string> =>
  JSON.stringify((await env.AUTH_DB.prepare('SELECT * FROM mail_outbox').all()).results);
/** Minutes pass, and the cron runs in each. */
async function minutes(auth: World, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    auth.world.offsetMs += MINUTE_MS;
    await keepHouse(auth.ports());
  }
}

describe('an account’s mail', () => {
  it('outlives an outage of the provider, and is sent once when it is back', async () => {
    const auth = authWorld();
    const email = newEmail();
    auth.world.mailFails = true;
    expect((await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() })).status).toBe(202);
    await minutes(auth, 3);
    expect(sentTo(auth, email)).toEqual([]);
    auth.world.mailFails = false;
    await minutes(auth, 10);
    expect(sentTo(auth, email)).toHaveLength(1);
    const body = { token: auth.linkToken(email), password: GOOD_PASSWORD };
    expect((await auth.call('/v1/auth/verify-email', { body, ip: newIp() })).status).toBe(200);
  });

  it('is sent although the process died right after it was written down', async () => {
    const auth = authWorld();
    const email = newEmail();
    auth.world.dies = true;
    await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    expect(sentTo(auth, email)).toEqual([]);
    auth.world.dies = false;
    await minutes(auth, 3);
    expect(sentTo(auth, email)).toHaveLength(1);
  });

  it('has one name however often it is tried, so that a lost reply is no second mail', async () => {
    const auth = authWorld();
    const email = newEmail();
    auth.world.replyLost = true;
    await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    await minutes(auth, 3);
    auth.world.replyLost = false;
    await minutes(auth, 10);
    const keys = sentTo(auth, email).map((mail) => mail.idempotencyKey);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
    await minutes(auth, 3);
    expect(sentTo(auth, email)).toHaveLength(keys.length);
  });

  it('of two requests is two mails, each with its own link', async () => {
    const auth = authWorld();
    const email = newEmail();
    for (let time = 0; time < 2; time += 1) {
      await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    }
    expect(new Set(sentTo(auth, email).map((mail) => mail.idempotencyKey)).size).toBe(2);
  });

  it('is given up when its link has ended, because it would lead nowhere', async () => {
    const auth = authWorld();
    const email = newEmail();
    auth.world.mailFails = true;
    await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    await minutes(auth, 31);
    auth.world.mailFails = false;
    await minutes(auth, 10);
    expect(sentTo(auth, email)).toEqual([]);
    expect(await stored(auth)).toBe('[]');
  });

  it('is tried less and less often while the provider is away, and never by two at once', async () => {
    const auth = authWorld();
    const { email, tokens } = await auth.newAccount();
    auth.world.mailFails = true;
    auth.world.tries = 0;
    const body = { currentPassword: GOOD_PASSWORD, newPassword: `${GOOD_PASSWORD} again` };
    const changed = await auth.call('/v1/auth/password', { body, token: tokens.accessToken });
    expect(changed.status).toBe(204);
    const atOnce = auth.world.tries;
    await minutes(auth, 60);
    expect(auth.world.tries - atOnce).toBeLessThan(12);
    auth.world.mailFails = false;
    auth.world.offsetMs += 20 * MINUTE_MS;
    await Promise.all([keepHouse(auth.ports()), keepHouse(auth.ports()), keepHouse(auth.ports())]);
    expect(sentTo(auth, email).filter((mail) => mail.text.includes('was changed'))).toHaveLength(1);
    auth.world.offsetMs += DAY_MS;
  });

  it('of a changed way in, or of a new device, is tried for as long as its “not me” counts: a mailbox may be away for days', async () => {
    const auth = authWorld();
    const { email, tokens } = await auth.newAccount();
    auth.world.mailFails = true;
    const body = { currentPassword: GOOD_PASSWORD, newPassword: `${GOOD_PASSWORD} again` };
    const changed = await auth.call('/v1/auth/password', { body, token: tokens.accessToken });
    expect(changed.status).toBe(204);
    expect((await auth.signIn(email, body.newPassword, { ip: newIp() })).status).toBe(200);
    auth.world.offsetMs += 6 * DAY_MS;
    await keepHouse(auth.ports());
    auth.world.mailFails = false;
    await minutes(auth, 15);
    expect(sentTo(auth, email).filter((mail) => mail.text.includes('was changed'))).toHaveLength(1);
    expect(sentTo(auth, email).filter((mail) => mail.subject.includes('new device'))).toHaveLength(1);
    const link = { token: auth.linkToken(email) };
    expect((await auth.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  });

  it('is sealed while it waits, because its link is as good as a password', async () => {
    const auth = authWorld();
    const email = newEmail();
    auth.world.mailFails = true;
    await auth.call('/v1/auth/sign-up', { body: { email }, ip: newIp() });
    const waiting = await stored(auth);
    expect(waiting).toContain('v1.');
    auth.world.mailFails = false;
    await minutes(auth, 10);
    expect([waiting.includes(email), waiting.includes(auth.linkToken(email))]).toEqual([false, false]);
    expect(await stored(auth)).not.toContain(email);
    expect(await stored(auth)).toBe('[]');
  });

  it('is dropped when its address is refused, and holds nobody else’s up', async () => {
    const auth = authWorld();
    const [bad, good] = [newEmail(), newEmail()];
    auth.world.refused.add(bad);
    await auth.call('/v1/auth/sign-up', { body: { email: bad }, ip: newIp() });
    await auth.call('/v1/auth/sign-up', { body: { email: good }, ip: newIp() });
    expect(sentTo(auth, good)).toHaveLength(1);
    expect(await stored(auth)).toBe('[]');
  });

  it('is not sent when what it tells did not happen', async () => {
    const auth = authWorld();
    const administrator = await auth.newAdministrator();
    const { id, email, tokens } = administrator;
    const before = sentTo(auth, email).length;
    const others = (
      await auth.env.AUTH_DB.prepare("SELECT account_id FROM account_roles WHERE role = 'admin'").all()
    ).results;
    await auth.env.AUTH_DB.prepare("DELETE FROM account_roles WHERE role = 'admin' AND account_id <> ?")
      .bind(id)
      .run();
    const answer = await auth.call(`/v1/auth/accounts/${id}/status`, {
      method: 'PUT',
      token: tokens.accessToken,
      body: { status: 'disabled' },
    });
    expect([answer.status, others.length > 0]).toEqual([409, true]);
    await minutes(auth, 3);
    expect(sentTo(auth, email)).toHaveLength(before);
  });
});

describe('known and unknown addresses', () => {
  const statementsOf = async (auth: World, path: string, email: string) => {
    const costs: Costs = newCosts();
    const ctx = createExecutionContext();
    const request = new Request(`https://shop.test${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-client-ip': newIp(), 'user-agent': 'Test/1' },
      body: JSON.stringify({ email }),
    });
    const response = await auth.app.fetch(request, meterEnv(auth.env, METERED, costs), ctx);
    await waitOnExecutionContext(ctx);
    return { status: response.status, body: await response.text(), costs, mails: sentTo(auth, email).length };
  };

  it.each(['/v1/auth/sign-up', '/v1/auth/password-reset'])(
    'get the same answer, the same work and one mail each from %s',
    async (path) => {
      const auth = authWorld();
      const { email } = await auth.newAccount();
      const before = sentTo(auth, email).length;
      const known = await statementsOf(auth, path, email);
      const unknown = await statementsOf(auth, path, newEmail());
      expect({ ...known, mails: known.mails - before }).toEqual(unknown);
      expect(unknown.mails).toBe(1);
    },
  );
});
