import { expect, it } from 'vitest';
import { backupsOf } from '#shared/backup/of-env.ts';
import { putBack, taken } from '#shared/testing/backups.ts';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import { sources } from '../backups.ts';
import type { Env } from '../env.ts';
import { send } from '../testing/broker-world.ts';
import { activation, deliver, eventually, reaches } from '../testing/harness.ts';
import { keysOf, lineFrom, newPool, poolNow, unique, uploaded } from '../testing/pools.ts';
import { operator } from '../testing/templates.ts';
import { useWorld } from '../testing/world.ts';

useWorld();
const env = workerEnv<Env>();

const burn = async (pool: string, ...keys: string[]): Promise<Response> =>
  self.fetch(`https://shop.test/v1/provisioning/licence-pools/${pool}/keys/burnt`, {
    method: 'POST',
    headers: { ...(await operator()), 'content-type': 'text/plain' },
    body: keys.join('\n'),
  });
const heldPool = async (handle: string) => {
  const pool = await poolNow(handle);
  expect(Date.parse(pool?.heldAt ?? '')).toBeGreaterThan(0);
  return pool;
};
const openTasks = async (line: { instanceId: string }) =>
  (
    await (
      await send('GET', `tasks?instanceId=${line.instanceId}`)
    ).json<{ items: { code: string; text: string }[] }>()
  ).items;
const waitsFor = (line: { instanceId: string }, code: string): Promise<void> =>
  eventually(async () => expect(await openTasks(line)).toMatchObject([{ code, askedOf: 'operator' }]));

it('hands no key out again that was sold since the backup it came back from', async () => {
  const pool = await newPool();
  const [sold, late, fresh] = [unique('SOLD'), unique('LATE'), unique('FRESH')];
  await uploaded(pool, sold);
  const backups = await backupsOf(env, 'provisioner', sources(env));
  const backup = await taken(backups);
  await uploaded(pool, late);
  const before = [await lineFrom(pool), await lineFrom(pool)];
  for (const line of before) {
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
  }
  const owned = (await Promise.all(before.map(keysOf))).flat();
  expect(owned.toSorted()).toEqual([late, sold].toSorted());

  await putBack(backups, backup);
  expect(await heldPool(pool)).toMatchObject({ free: 1, taken: 0 });
  const after = await lineFrom(pool);
  await deliver(after);
  await waitsFor(after, 'pool_held');
  const [asked] = await openTasks(after);
  expect(asked?.text).toContain(pool);
  // Neither keys nor another statement of the pool make it sell.
  await send('PUT', `licence-pools/${pool}`, { title: 'Keys' });
  await uploaded(pool, fresh);
  expect(await openTasks(after)).toEqual([asked]);
  expect(await heldPool(pool)).toMatchObject({ free: 2, taken: 0 });

  expect(await (await burn(pool, ...owned, sold)).json()).toEqual({ burnt: 2, left: 1, free: 1 });
  // Whoever has the file still cannot bring them back.
  expect(await uploaded(pool, ...owned)).toEqual({ added: 0, known: 2, free: 1 });
  const released = await send('POST', `licence-pools/${pool}/release`);
  expect(await released.json()).toMatchObject({ handle: pool, heldAt: null });
  await reaches(after, 'ready', 'line.provisioned');
  await deliver(activation(after));
  expect(await keysOf(after)).toEqual([fresh]);
});

it('is held by hand as well, burns no key that a line holds, and asks for keys once it is released', async () => {
  const [pool, other] = [await newPool(), await newPool()];
  const [key, next] = [unique('K'), unique('K')];
  await uploaded(pool, key);
  const [first, second] = [await lineFrom(pool), await lineFrom(pool)];
  await deliver(first);
  await reaches(first, 'ready', 'line.provisioned');
  expect(await (await burn(pool, key)).json()).toEqual({ burnt: 0, left: 1, free: 0 });
  await uploaded(other, next);
  expect(await (await burn(pool, next)).json()).toEqual({ burnt: 0, left: 1, free: 0 });

  for (const _ of [1, 2]) expect((await send('POST', `licence-pools/${pool}/hold`)).status).toBe(200);
  expect(await poolNow(other)).toMatchObject({ free: 1, heldAt: null });
  await deliver(second);
  await waitsFor(second, 'pool_held');
  for (const _ of [1, 2]) expect((await send('POST', `licence-pools/${pool}/release`)).status).toBe(200);
  await waitsFor(second, 'pool_empty');
  await uploaded(pool, unique('K'));
  await reaches(second, 'ready', 'line.provisioned');

  for (const what of ['hold', 'release'])
    expect((await send('POST', `licence-pools/nowhere/${what}`)).status).toBe(404);
  expect((await burn('nowhere', 'x')).status).toBe(404);
});
