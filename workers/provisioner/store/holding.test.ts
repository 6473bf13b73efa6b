import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newMove } from '#objects/shard-mover/move.ts';
import { backupsOf } from '#shared/backup/of-env.ts';
import { backUp } from '#shared/backup/run.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { hold, sources } from '../backups.ts';
import type { Env } from '../env.ts';

const env = workerEnv<Env>();
const mover = () => env.SHARD_MOVER.getByName('mover');
const stub = () => (env.SHARD_MOVER as unknown as DurableObjectNamespace).getByName('mover');
const backups = async () => backupsOf(env, 'provisioner', sources(env), hold(env));
const there = { to: 'STORE_DB_2', by: 'usr_test' } as const;

beforeAll(migrateDatabases);
beforeEach(async () => {
  await env.BACKUPS.delete('runs/provisioner');
  await runInDurableObject(stub(), (_, state) => {
    state.storage.sql.exec('DELETE FROM hold');
    state.storage.sql.exec('DELETE FROM moves');
  });
});

/** The mover looks again now, as it does every minute. */
async function look(): Promise<void> {
  await runInDurableObject(stub(), async (_, state) => {
    state.storage.sql.exec(
      "INSERT INTO _alarms (name, at) VALUES ('move', 1) ON CONFLICT (name) DO UPDATE SET at = 1",
    );
    await state.storage.setAlarm(Date.now() + 60_000);
  });
  await runDurableObjectAlarm(stub());
}
const stepOf = async (id: string) => (await mover().get({ id }))?.step;
const done = (id: string) =>
  vi.waitFor(async () => expect(await stepOf(id)).toBe('done'), { timeout: 30_000, interval: 100 });

/** A move that its mover, killed, has not gone on with. */
async function underWay(shard: number): Promise<string> {
  const id = newId('shardMove');
  const move = {
    ...newMove({ id, shard, from: 'STORE_DB', to: 'STORE_DB_2', requestedBy: 'usr_test', requestedAt: 0 }),
  };
  await runInDurableObject(stub(), (_, state) => {
    const document = JSON.stringify({ ...move, step: 'preparing' });
    state.storage.sql.exec(
      'INSERT INTO moves (id, shard, is_over, document) VALUES (?, ?, 0, ?)',
      id,
      shard,
      document,
    );
  });
  return id;
}

describe('a shard', () => {
  it('is not moved from the first step of a backup to its last, also over a crash, and is moved after it', async () => {
    await backUp(await backups(), 0);
    const id = newId('shardMove');
    await mover().start({ id, shard: 1, ...there });
    for (;;) {
      await look();
      expect(await stepOf(id)).toBe('waiting');
      // Every step is another process, which has nothing but what was kept.
      const run = await backUp(await backups(), 0);
      if (run?.state === 'complete') break;
    }
    await done(id);
  });

  it('can still be called off while it waits', async () => {
    await backUp(await backups(), 0);
    const id = newId('shardMove');
    await mover().start({ id, shard: 2, ...there });
    await mover().cancel({ id });
    await look();
    expect(await stepOf(id)).toBe('cancelled');
  });

  it('is moved when the backup that held it was given up, after a day', async () => {
    await backUp(await backups(), 0);
    const id = newId('shardMove');
    await mover().start({ id, shard: 3, ...there });
    await look();
    expect(await stepOf(id)).toBe('waiting');
    await runInDurableObject(stub(), (_, state) => {
      const { until } = state.storage.sql.exec<{ until: number }>('SELECT until FROM hold').one();
      // Beyond the day in which a run ends or is given up.
      expect(until).toBeGreaterThan(Date.now() + DAY_MS);
      state.storage.sql.exec('UPDATE hold SET until = ?', Date.now());
    });
    await look();
    await done(id);
  });

  it('is moved by a mover that lost everything, though the databases know of higher runs', async () => {
    await env.STORE_DB.prepare(
      `INSERT INTO shard_states (shard, state, updated_at, epoch) VALUES (4, 'open', 0, 5000)`,
    ).run();
    const id = newId('shardMove');
    await mover().start({ id, shard: 4, ...there });
    await look();
    await done(id);
    expect((await mover().get({ id }))?.error).toBeNull();
  });
});

describe('a backup', () => {
  it('waits for a move under way, has its turn before the next move, and is taken whole', async () => {
    const moving = await underWay(5);
    const next = newId('shardMove');
    await mover().start({ id: next, shard: 6, ...there });
    for (let count = 0; count < 3; count += 1) {
      expect(await backUp(await backups(), 0)).toMatchObject({
        state: 'running',
        phase: 'waiting',
        pages: 0,
      });
    }
    await look();
    await done(moving);
    await look();
    expect(await stepOf(next)).toBe('waiting');
    expect(await backUp(await backups(), 0)).toMatchObject({ state: 'running', phase: 'copying' });
    await look();
    expect(await stepOf(next)).toBe('waiting');
    expect(await backUp(await backups(), Number.MAX_SAFE_INTEGER)).toMatchObject({ state: 'complete' });
    await done(next);
  });

  it('ends no hold but its own', async () => {
    expect(await mover().hold({ run: 'second', until: Date.now() + DAY_MS })).toBe(true);
    await mover().release({ run: 'first' });
    const id = newId('shardMove');
    await mover().start({ id, shard: 7, ...there });
    await look();
    expect(await stepOf(id)).toBe('waiting');
  });
});
