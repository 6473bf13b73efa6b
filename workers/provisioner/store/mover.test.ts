import { beforeAll, describe, expect, it } from 'vitest';
import { newMove } from '#objects/shard-mover/move.ts';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { diceOf, moveWithKills } from '../testing/killed-mover.ts';
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
});
