import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { backupsOf } from '#shared/backup/of-env.ts';
import { listBackups } from '#shared/backup/run.ts';
import { putBack, taken } from '#shared/testing/backups.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import { sources } from './backups.ts';
import type { Env } from './env.ts';
import { boughtLicence, outcome, post, verdict } from './testing/licences.ts';
import { useWorld } from './testing/world.ts';

useWorld();
const env = workerEnv<Env>();

async function lose(instanceId: string): Promise<void> {
  const stub = (env.INSTANCE_USE as unknown as DurableObjectNamespace).getByName(instanceId);
  await runInDurableObject(stub, async (_, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
  await evictDurableObject(stub);
}

it('brings back who uses an instance: seats, leases and what was counted, with the keys of counts', async () => {
  const { line, keys } = await boughtLicence({
    seats: 2,
    leases: { max: 1, seconds: 3600 },
    meters: [{ name: 'calls', limit: 10, period: 'month' }],
  });
  const unused = await boughtLicence();
  const [licenceKey] = keys;
  const device = (fingerprint: string) => ({ fingerprint, name: fingerprint });
  const activate = async (name: string) =>
    outcome(await post('activations', { licenceKey, device: device(name) }));
  const count = async (key: string, amount: number) =>
    (await post('usage', { licenceKey, meter: 'calls', amount }, { 'idempotency-key': key })).json<{
      used?: number;
      code?: string;
    }>();
  expect([await activate('desk'), await activate('laptop')]).toEqual(['201', '201']);
  expect(await outcome(await post('leases', { licenceKey, device: device('lab') }))).toBe('201');
  expect(await count('first', 4)).toMatchObject({ used: 4 });

  const backups = await backupsOf(env, 'provisioner', sources(env));
  const id = await taken(backups);
  const backup = (await listBackups(backups)).find((each) => each.id === id && each.source === 'uses');
  // Of an instance that nobody has used nothing is asked.
  expect(backup?.rows).toBe(1);
  expect(
    await env.STORE_DB.prepare('SELECT used_at FROM entitlements WHERE instance_id = ?')
      .bind(unused.line.instanceId)
      .first(),
  ).toEqual({ used_at: null });
  await lose(line.instanceId);
  expect((await verdict({ licenceKey, fingerprint: 'desk' })).code).toBe('NOT_LEASED');
  expect(await putBack(backups, id)).toEqual(['STORE_DB', 'STORE_DB_2', 'uses']);

  expect((await verdict({ licenceKey, fingerprint: 'desk' })).code).toBe('VALID');
  expect(await activate('another')).toBe('409 TOO_MANY_ACTIVATIONS');
  expect(await outcome(await post('leases', { licenceKey, device: device('another') }))).toBe(
    '409 TOO_MANY_LEASES',
  );
  expect(await count('first', 4)).toMatchObject({ used: 4 });
  expect(await count('second', 6)).toMatchObject({ used: 10 });
  expect((await count('third', 1)).code).toBe('USAGE_EXCEEDED');
});
