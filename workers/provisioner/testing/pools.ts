import { expect } from 'vitest';
import type { KeyUpload, LicencePool } from '#shared/contracts/http/licence-pools.ts';
import { self, signedIn } from '#shared/testing/runtime.ts';
import { send } from './broker-world.ts';
import { newLine } from './harness.ts';
import { keysStep, keysTemplate, makeTemplate, operator } from './templates.ts';

export const newPool = async (lowAt = 0, afterUndo = 'return'): Promise<string> => {
  const handle = `pool-${crypto.randomUUID().slice(0, 8)}`;
  expect((await send('PUT', `licence-pools/${handle}`, { title: 'Keys', lowAt, afterUndo })).status).toBe(
    200,
  );
  return handle;
};
export const upload = async (pool: string, body: BodyInit): Promise<Response> =>
  self.fetch(`https://shop.test/v1/provisioning/licence-pools/${pool}/keys`, {
    method: 'POST',
    headers: { ...(await operator()), 'content-type': 'text/plain' },
    body,
  });
export const uploaded = async (pool: string, ...keys: string[]): Promise<KeyUpload> =>
  (await upload(pool, keys.join('\r\n'))).json();
export const poolNow = async (handle: string): Promise<LicencePool | undefined> => {
  const list = await (await send('GET', 'licence-pools')).json<{ items: LicencePool[] }>();
  return list.items.find((pool) => pool.handle === handle);
};
export const unique = (name: string): string => `${name}-${crypto.randomUUID()}`;

export const lineFrom = async (pool: string, quantity = 1, ...more: object[]) => {
  const step = keysStep('keys', {
    connector: 'licence-pool',
    operation: 'take',
    inputs: { pool: { value: pool }, quantity: { from: '/line/quantity' } },
  });
  const delivery = {
    type: 'licence-key',
    fields: {
      keys: { from: '/results/keys/keys' },
      activationsMax: { value: 1 },
      validDays: { value: null },
    },
    labels: {},
  };
  const { id } = await makeTemplate(keysTemplate([step, ...more], { delivery }));
  return newLine({ template: 'custom', templateId: id, parameters: {} }, { quantity });
};
export const keysOf = async (line: { instanceId: string; customerId: string }): Promise<string[]> => {
  const read = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, {
    headers: await signedIn(line.customerId, 'customer'),
  });
  const { delivery } = await read.json<{ delivery: { keys: string[] } }>();
  return delivery.keys;
};
