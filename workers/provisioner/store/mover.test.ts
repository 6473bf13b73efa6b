import { beforeAll, describe, expect, it } from 'vitest';
import { AT_START, newMove } from '#objects/shard-mover/move.ts';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { diceOf, moveKilledAtEveryStep, moveWithKills } from '../testing/killed-mover.ts';
import { StoreLoad } from '../testing/store-load.ts';

const databases = () => storeDatabases(workerEnv<Env>());
beforeAll(migrateDatabases);

describe('a shard that is moved while it is read and written', () => {
  it('loses and doubles nothing, wherever its mover is killed; `npm run prove:mover` does it at large', async () => {
    const dice = diceOf(1);
    const shard = 0xa1;
    const load = new StoreLoad(databases(), dice);
    await load.fill('a1', 2, 6);
    await load.fill('b1', 1, 2);
    const running = load.run(2, 2);
    const { move, kills } = await moveWithKills(
      newMove({
        id: newId('shardMove'),
        shard,
        from: HOME,
        to: 'STORE_DB_2',
        requestedBy: 'usr_test',
        requestedAt: 0,
      }),
      databases(),
      dice,
    );
    load.stop();
    await running;

    expect(move.step).toBe('done');
    expect(move.verified.find(({ table }) => table === 'instances')?.rows).toBeGreaterThanOrEqual(12);
    expect(await load.check()).toBeGreaterThan(14);
    expect(load.faults).toEqual([]);
    expect(Object.keys(kills).length).toBeGreaterThan(3);
  });

  const aMove = (shard: number) =>
    newMove({
      id: newId('shardMove'),
      shard,
      from: HOME,
      to: 'STORE_DB_2',
      requestedBy: 'usr_test',
      requestedAt: 0,
    });
  const rowsOf = (label: string) =>
    Promise.all(
      [...databases().values()].map(async (database) => {
        const sql = 'SELECT count(*) AS n FROM instances WHERE substr(customer_id, -2) = ?';
        return (await database.prepare(sql).bind(label).first<{ n: number }>())?.n;
      }),
    );
  const STEPS = [
    'waiting',
    'preparing',
    'copying',
    'following',
    'comparing',
    'closing',
    'switching',
    'sweeping',
  ];

  it('is done by movers killed within every step and at its end, each going on from what was kept', async () => {
    const load = new StoreLoad(databases(), diceOf(2));
    await load.fill('c2', 1, 2);
    const { move, kills } = await moveKilledAtEveryStep(aMove(0xc2), databases(), diceOf(2));

    expect(move.step).toBe('done');
    expect(Object.keys(kills)).toEqual(expect.arrayContaining(STEPS));
    await load.check();
    expect(load.faults).toEqual([]);
    expect(await rowsOf('c2')).toEqual([0, 2]);
  });

  it('stays where it was when it is called off, by movers killed within that too', async () => {
    const load = new StoreLoad(databases(), diceOf(3));
    await load.fill('d3', 1, 2);
    const { move, kills } = await moveKilledAtEveryStep(aMove(0xd3), databases(), diceOf(3), (kept) =>
      kept.step === 'closing' ? { ...kept, step: 'cancelling', cursor: AT_START } : kept,
    );

    expect(move.step).toBe('cancelled');
    expect(kills['cancelling']).toBeGreaterThan(4);
    await load.check();
    expect(load.faults).toEqual([]);
    expect(await rowsOf('d3')).toEqual([2, 0]);
  });
});
