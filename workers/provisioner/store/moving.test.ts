import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ShardMove, StoreOverview } from '#shared/contracts/http/store.ts';
import { shardOf } from '#shared/ids/shard.ts';
import { migrateDatabases, self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { activation, deliver, FULFILMENTS, hurriedWorkflows, newLine, reaches } from '../testing/harness.ts';

const URL_OF_STORE = 'https://shop.test/v1/provisioning/store';
const staff = () => signedIn('usr_00000000000070008000000000000001', 'operator');
const call = async <Body>(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: Body }> => {
  const headers = { ...(await staff()), 'content-type': 'application/json' };
  const response = await self.fetch(URL_OF_STORE + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
};

async function over(move: ShardMove): Promise<ShardMove> {
  let seen = move;
  await vi.waitFor(
    async () => {
      seen = (await call<ShardMove>('GET', `/moves/${move.id}`)).body;
      expect(seen.endedAt).not.toBeNull();
    },
    { timeout: 40_000, interval: 100 },
  );
  return seen;
}

beforeAll(migrateDatabases);

describe('an operator', () => {
  it('adds a database and moves a customer’s shard to it and back, and the customer notices nothing', async () => {
    await hurriedWorkflows();
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const shard = shardOf(line.customerId);
    const own = { headers: await signedIn(line.customerId, 'customer') };
    const shown = async () =>
      (await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, own)).json();
    const before = await shown();

    expect((await call('POST', '/moves', { shard, to: 'STORE_DB_2' })).status).toBe(404);
    expect((await call('POST', '/databases', { name: 'STORE_DB_7' })).status).toBe(404);
    const added = await call<StoreOverview>('POST', '/databases', { name: 'STORE_DB_2' });
    expect(added.body.databases.map(({ name, isAdded }) => [name, isAdded])).toEqual([
      ['STORE_DB', true],
      ['STORE_DB_2', true],
    ]);

    const there = await call<ShardMove>('POST', '/moves', { shard, to: 'STORE_DB_2' });
    expect(there.status).toBe(202);
    const done = await over(there.body);
    expect(done).toMatchObject({ step: 'done', from: 'STORE_DB', to: 'STORE_DB_2', error: null });
    expect(done.verified.find(({ table }) => table === 'instances')?.rows).toBe(1);
    expect(done.counts.swept).toBe(done.counts.copied);
    expect(await shown()).toEqual(before);
    const { STORE_DB } = workerEnv<Env>();
    expect(
      await STORE_DB.prepare('SELECT 1 FROM instances WHERE id = ?').bind(line.instanceId).first(),
    ).toBeNull();
    expect(
      await STORE_DB.prepare(
        "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'shard%'",
      ).first(),
    ).toBeNull();
    const store = await call<StoreOverview>('GET', '');
    expect(store.body.databases[1]?.shards).toEqual([shard]);

    expect((await call('POST', '/moves', { shard, to: 'STORE_DB_2' })).status).toBe(409);
    const back = await call<ShardMove>('POST', '/moves', { shard, to: 'STORE_DB' });
    expect((await over(back.body)).step).toBe('done');
    expect(await shown()).toEqual(before);
    const listed = await call<{ items: ShardMove[] }>('GET', '/moves?limit=1');
    expect(listed.body.items.map(({ id }) => id)).toEqual([back.body.id]);
  });

  it('cancels a move, and the shard stays as it was', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready');
    await call('POST', '/databases', { name: 'STORE_DB_2' });
    const started = await call<ShardMove>('POST', '/moves', {
      shard: shardOf(line.customerId),
      to: 'STORE_DB_2',
    });
    await call('POST', `/moves/${started.body.id}/cancel`);
    const { step } = await over(started.body);

    expect(['cancelled', 'done']).toContain(step);
    const own = { headers: await signedIn(line.customerId, 'customer') };
    const shown = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, own);
    expect(shown.status).toBe(200);
  });
});
