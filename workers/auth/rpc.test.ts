import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthService } from '#shared/contracts/auth.ts';
import { migrateDatabases, self } from '#shared/testing/runtime.ts';
import worker from './index.ts';
import { authWorld } from './testing/harness.ts';
import { keepHouse } from './usecases/housekeeping.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
const rpc = (exports as unknown as { AuthRpc: AuthService }).AuthRpc;
const CALL = { requestId: 'req-test-1' };

/** An RPC promise is not a plain one: awaited here once, so that nothing is left unhandled. */
async function refused(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return false;
  } catch {
    return true;
  }
}

describe('the face for other workers', () => {
  it('gives the keys that the public address gives', async () => {
    const answer = await self.fetch('https://shop.test/.well-known/jwks.json');
    expect(await rpc.getJwks(CALL)).toMatchObject(await answer.json<object>());
  });

  it('says whose tokens count no more, while one from before could be alive', async () => {
    const admin = await auth.newAdministrator();
    const [closed, changed] = [await auth.newAccount(), await auth.newAccount()];
    const token = admin.tokens.accessToken;
    const put = (id: string, what: string, body: object) =>
      auth.call(`/v1/auth/accounts/${id}/${what}`, { method: 'PUT', token, body });
    const second = Math.floor(auth.clock.now() / 1_000);
    expect((await put(closed.tokens.user.id, 'status', { status: 'disabled' })).status).toBe(200);
    expect((await put(changed.tokens.user.id, 'roles', { roles: ['support'] })).status).toBe(200);
    const { revoked = [] } = await rpc.getJwks(CALL);
    const beforeOf = (id: string) => revoked.find(({ subject }) => subject === id)?.before ?? 0;
    expect(beforeOf(closed.tokens.user.id)).toBeGreaterThan(second);
    expect(beforeOf(changed.tokens.user.id)).toBeGreaterThanOrEqual(second);
    const late = authWorld();
    late.world.offsetMs = 12 * 60_000;
    await keepHouse(late.ports());
    expect((await rpc.getJwks(CALL)).revoked).toEqual([]);
  });

  it('says to one caller in the shop that something was not used before', async () => {
    const use = { id: `proof-${crypto.randomUUID()}`, until: Date.now() + 60_000 };
    const first = await Promise.all(Array.from({ length: 20 }, async () => rpc.useOnce(CALL, use)));
    expect(first.filter(Boolean)).toHaveLength(1);
  });

  it('gives the address of an active account, and none of another', async () => {
    const { email, tokens } = await auth.newAccount({ password: null });
    const { id } = tokens.user;
    expect(await rpc.getContact(CALL, { userId: id })).toEqual({
      email,
      createdAt: expect.any(Number) as number,
    });
    await auth.env.AUTH_DB.prepare("UPDATE accounts SET status = 'disabled' WHERE id = ?").bind(id).run();
    expect(await rpc.getContact(CALL, { userId: id })).toBeNull();
    expect(await rpc.getContact(CALL, { userId: `usr_${'0'.repeat(32)}` })).toBeNull();
  });

  it('finds the account behind an address, and writes down who looked', async () => {
    const { email, tokens } = await auth.newAccount({ password: null });
    const actorId = `usr_${'a'.repeat(32)}`;
    expect(await rpc.findAccount(CALL, { email, actorId })).toEqual({ userId: tokens.user.id });
    expect(await rpc.findAccount(CALL, { email: 'nobody@shop.test', actorId })).toBeNull();
    const { results } = await auth.env.AUTH_DB.prepare(
      "SELECT subject FROM audit_log WHERE action = 'account.looked_up' AND actor_id = ? ORDER BY sequence",
    )
      .bind(actorId)
      .all<{ subject: string }>();
    expect(results).toHaveLength(2);
    expect(results[0]).toEqual({ subject: tokens.user.id });
  });

  it('parses what it is given', async () => {
    expect(await refused(() => rpc.getContact(CALL, { userId: "usr_' OR 1=1" }))).toBe(true);
    expect(await refused(() => rpc.getJwks({ requestId: '' }))).toBe(true);
  });
});

it('the cron links the audit log without being asked for more', async () => {
  await auth.newAccount({ password: null });
  const ctx = createExecutionContext();
  await worker.scheduled(createScheduledController(), auth.env, ctx);
  await waitOnExecutionContext(ctx);
  const unlinked = await auth.env.AUTH_DB.prepare(
    'SELECT count(*) AS n FROM audit_log WHERE sequence NOT IN (SELECT sequence FROM audit_chain)',
  ).first<number>('n');
  expect(unlinked).toBe(0);
});
