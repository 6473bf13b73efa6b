import { describe, expect, it } from 'vitest';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { licencePoolQueries } from '../queries/licence-pools.ts';
import { send } from '../testing/broker-world.ts';
import { useMailbox } from '../testing/fake-mailbox.ts';
import { activation, deliver, eventually, reaches, undoing } from '../testing/harness.ts';
import { keysOf, lineFrom, newPool, poolNow, unique, upload, uploaded } from '../testing/pools.ts';
import { keysStep } from '../testing/templates.ts';
import { useWorld } from '../testing/world.ts';

const world = useWorld();
const mails = useMailbox(world);

const noticesOf = async (pool: string): Promise<string[]> => {
  const list = await (
    await send('GET', 'notices?limit=100')
  ).json<{ items: { kind: string; subject: string }[] }>();
  return list.items.filter(({ subject }) => subject === pool).map(({ kind }) => kind);
};

describe('a pool of licence keys', () => {
  it('hands each key out once, in their order, and tells once when few are left', async () => {
    const pool = await newPool(2);
    const keys = [unique('A'), unique('B'), unique('C')];
    expect(await uploaded(pool, ...keys, '', keys[0] ?? '')).toEqual({ added: 3, known: 1, free: 3 });
    expect(await uploaded(await newPool(), keys[0] ?? '')).toEqual({ added: 0, known: 1, free: 0 });
    const [one, two] = [await lineFrom(pool), await lineFrom(pool)];
    await deliver(one, one, two);
    for (const line of [one, two]) {
      await reaches(line, 'ready', 'line.provisioned');
      await deliver(activation(line));
    }
    const sold = [...(await keysOf(one)), ...(await keysOf(two))];
    expect(sold.toSorted()).toEqual(
      sold.length === 2 ? keys.filter((key) => sold.includes(key)).toSorted() : [],
    );
    expect(new Set(sold).size).toBe(2);
    expect(await poolNow(pool)).toMatchObject({ free: 1, taken: 2, burnt: 0 });
    expect(await noticesOf(pool)).toEqual(['licence_pool.low']);
  });

  it('never gives one key to two, however many ask at once, nor others to who asks again', async () => {
    const pool = await newPool();
    await uploaded(pool, ...Array.from({ length: 30 }, () => unique('K')));
    const { take, close } = licencePoolQueries(workerEnv<Env>().STORE_DB);
    const wanted = { quantity: 2, now: 1, countTo: 1 };
    const holders = Array.from({ length: 20 }, () => unique('ins'));
    const got = await Promise.all([...holders, ...holders].map((holder) => take(pool, holder, wanted)));
    const first = got.slice(0, 20).map(({ keys }) => keys.map(({ fingerprint }) => fingerprint));
    expect(got.slice(20).map(({ keys }) => keys.map(({ fingerprint }) => fingerprint))).toEqual(first);
    expect(first.filter((keys) => keys.length === 2)).toHaveLength(15);
    expect(new Set(first.flat()).size).toBe(30);
    const [holder = ''] = holders;
    await close(holder, false, 2);
    expect((await take(pool, holder, wanted)).keys).toEqual([]);
  });

  it('lets a line wait when it has not enough, until staff uploads more', async () => {
    const pool = await newPool();
    await uploaded(pool, unique('K'));
    const line = await lineFrom(pool, 2);
    await deliver(line);
    await eventually(async () => {
      const tasks = await (
        await send('GET', `tasks?instanceId=${line.instanceId}`)
      ).json<{ items: object[] }>();
      expect(tasks.items).toMatchObject([{ code: 'pool_empty', askedOf: 'operator' }]);
    });
    expect(await poolNow(pool)).toMatchObject({ free: 1, taken: 0 });
    expect(await noticesOf(pool)).toEqual(['licence_pool.empty']);
    await uploaded(pool, unique('K'));
    await reaches(line, 'ready', 'line.provisioned');
    expect(await poolNow(pool)).toMatchObject({ free: 0, taken: 2 });
  });

  it('takes back what nobody saw, and burns what somebody did, or what its rule says', async () => {
    const [pool, strict] = [await newPool(), await newPool(0, 'burn')];
    await Promise.all([uploaded(pool, unique('K'), unique('K')), uploaded(strict, unique('K'))]);
    const [unseen, seen, burnt] = [await lineFrom(pool), await lineFrom(pool), await lineFrom(strict)];
    await deliver(unseen, seen, burnt);
    for (const line of [unseen, seen, burnt]) await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(seen));
    await deliver(undoing(unseen), undoing(seen), undoing(burnt));
    for (const line of [unseen, seen, burnt]) await reaches(line, 'undone', 'line.deprovisioned');
    expect(await poolNow(pool)).toMatchObject({ free: 1, taken: 0, burnt: 1 });
    expect(await poolNow(strict)).toMatchObject({ free: 0, taken: 0, burnt: 1 });
  });

  it('takes a key back whole: whoever gets it next can use it', async () => {
    const pool = await newPool();
    await uploaded(pool, unique('K'));
    const [first, second] = [await lineFrom(pool), await lineFrom(pool)];
    await deliver(first);
    await reaches(first, 'ready', 'line.provisioned');
    await deliver(undoing(first));
    await reaches(first, 'undone', 'line.deprovisioned');
    await deliver(second);
    await reaches(second, 'ready', 'line.provisioned');
    await deliver(activation(second));
    const [licenceKey] = await keysOf(second);
    const checked = await self.fetch('https://shop.test/v1/entitlements/check', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ licenceKey }),
    });
    expect(await checked.json()).toMatchObject({
      code: 'VALID',
      licence: { instanceId: second.instanceId },
    });
  });

  it('burns what another step was given, although its customer was never shown it here', async () => {
    const pool = await newPool();
    await uploaded(pool, unique('K'));
    const mail = keysStep('mail', {
      connector: 'mail',
      operation: 'send',
      after: ['keys'],
      inputs: {
        to: { value: 'a@mail.test' },
        subject: { value: 'Your key' },
        text: { text: 'Here: ${/results/keys/keys/0}' },
      },
      undo: { none: 'A mail that was read cannot be taken back.' },
    });
    const line = await lineFrom(pool, 1, mail);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    expect([...mails.mailbox.mails.values()]).toHaveLength(1);
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect(await poolNow(pool)).toMatchObject({ free: 0, taken: 0, burnt: 1 });
  });

  it('lets a line wait that other keys do not help', async () => {
    const [pool, other] = [await newPool(), await newPool()];
    await uploaded(pool, unique('K'));
    const line = await lineFrom(pool, 3);
    await deliver(line);
    const open = async () =>
      (
        await (
          await send('GET', `tasks?instanceId=${line.instanceId}`)
        ).json<{ items: { id: string; code: string }[] }>()
      ).items;
    await eventually(async () => expect(await open()).toMatchObject([{ code: 'pool_empty' }]));
    const asked = await open();
    await uploaded(other, unique('K'), unique('K'), unique('K'));
    await uploaded(pool, unique('K'));
    expect(await open()).toEqual(asked);
    await uploaded(pool, unique('K'));
    await reaches(line, 'ready', 'line.provisioned');
  });

  it('refuses what is no list of keys, and keeps none of them in plain text', async () => {
    const pool = await newPool();
    expect((await upload('nowhere', 'x')).status).toBe(404);
    expect((await upload(pool, 'x'.repeat(1_001))).status).toBe(400);
    expect((await upload(pool, new Uint8Array([0xff, 0xfe]))).status).toBe(400);
    expect((await upload(pool, `${'k'.repeat(999)}\n`.repeat(10_001))).status).toBe(413);
    const key = unique('secret');
    await uploaded(pool, key);
    const { results } = await workerEnv<Env>().STORE_DB.prepare('SELECT * FROM pool_keys').all();
    expect(JSON.stringify(results)).not.toContain(key);
  });
});
