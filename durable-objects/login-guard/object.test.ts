import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { LoginGuard } from './object.ts';
import { PRESSURE_MAX } from './policies.ts';

const guards = workerEnv<{ LOGIN_GUARD: DurableObjectNamespace<LoginGuard> }>().LOGIN_GUARD;
const newGuard = (): DurableObjectStub<LoginGuard> => guards.getByName(crypto.randomUUID());

async function allowedOf(
  guard: DurableObjectStub<LoginGuard>,
  source: string,
  count: number,
  proven: number | null = PRESSURE_MAX,
): Promise<number> {
  const verdicts = await Promise.all(
    Array.from({ length: count }, async () => guard.attempt('password.account', source, proven)),
  );
  return verdicts.filter((verdict) => verdict.allowed).length;
}

describe('a login guard', () => {
  it('counts exactly under 200 parallel attempts', async () => {
    expect(await allowedOf(newGuard(), '192.0.2.1', 200)).toBe(10);
  });

  it('allows three of 200 parallel attempts without a challenge, and ten of those that solved one', async () => {
    const guard = newGuard();
    expect(await allowedOf(guard, '192.0.2.1', 200, null)).toBe(3);
    expect(await guard.attempt('password.account', '192.0.2.1')).toEqual({ allowed: false, pressure: 0 });
    expect(await guard.pressure('password.account')).toBe(0);
    expect(await allowedOf(guard, '192.0.2.1', 200)).toBe(7);
  });

  it('gives a solved challenge to one of 50 callers, also when it comes back after its end', async () => {
    const guard = newGuard();
    const until = Date.now() + 60_000;
    const spent = await Promise.all(Array.from({ length: 50 }, async () => guard.spend('puzzle', until)));
    expect(spent.filter(Boolean)).toHaveLength(1);
    expect(await guard.spend('another', Date.now() - 1)).toBe(false);
  });

  it('counts strangers together, wherever they come from', async () => {
    const guard = newGuard();
    const perSource = await Promise.all(
      Array.from({ length: 20 }, (_, host) => allowedOf(guard, `192.0.2.${host}`, 3)),
    );
    expect(perSource.reduce((sum, allowed) => sum + allowed, 0)).toBe(10);
  });

  it('counts a trusted source apart, exactly as well', async () => {
    const guard = newGuard();
    expect(await allowedOf(guard, '192.0.2.1', 30)).toBe(10);
    await guard.trust('password.account', '198.51.100.9', false);
    expect(await allowedOf(guard, '198.51.100.9', 30)).toBe(10);
    expect(await allowedOf(guard, '192.0.2.2', 5)).toBe(0);
  });

  it('says how long to wait, in whole seconds', async () => {
    const guard = newGuard();
    await allowedOf(guard, 'x', 10);
    const verdict = await guard.attempt('password.account', 'x', PRESSURE_MAX);
    expect(verdict).toMatchObject({ allowed: false });
    expect(verdict).toHaveProperty('retryAfterSeconds', 60);
  });

  it('does not count an attempt that was honest', async () => {
    const guard = newGuard();
    for (let turn = 0; turn < 30; turn += 1) {
      const verdict = await guard.attempt('password.address', '');
      expect(verdict.allowed).toBe(true);
      await guard.refund('password.address', '');
    }
  });

  it('remembers at most twenty trusted sources, so that nobody can fill it up', async () => {
    const guard = newGuard();
    for (let host = 0; host < 40; host += 1) await guard.trust('password.account', `h${host}`, false);
    const count = await runInDurableObject(guard, (_, state) =>
      state.storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM trusted').one(),
    );
    expect(count.n).toBe(20);
  });

  it('sweeps away what is old, is deleted when nothing is left, and begins anew when asked', async () => {
    const guard = newGuard();
    await allowedOf(guard, 'x', 3);
    const seen = await runInDurableObject(guard, async (_, state) => {
      state.storage.sql.exec('UPDATE buckets SET last_attempt_at = 0');
      state.storage.sql.exec('UPDATE _alarms SET at = 0');
      await state.storage.setAlarm(Date.now());
      return state.storage.sql.exec('SELECT * FROM buckets').toArray().length;
    });
    expect(seen).toBe(1);
    await runDurableObjectAlarm(guard);
    const left = await runInDurableObject(guard, async (_, state) => ({
      tables: state.storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
      alarm: await state.storage.getAlarm(),
    }));
    expect(left).toEqual({ tables: [], alarm: null });
    expect(await allowedOf(guard, 'x', 12)).toBe(10);
  });
});
