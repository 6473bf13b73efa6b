import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { instanceSchema } from '#shared/contracts/http/instances.ts';
import { migrateDatabases, self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { isLicenceKey } from './connectors/licence-keys.ts';
import type { Env } from './env.ts';
import { FakePartner } from './testing/fake-partner.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  hurriedWorkflows,
  newLine,
  reaches,
  told,
} from './testing/harness.ts';

let partner: FakePartner;
let workflows: Awaited<ReturnType<typeof hurriedWorkflows>>;

beforeAll(async () => {
  await migrateDatabases();
  await workerEnv<Env>().DOWNLOADS.put('books/guide.pdf', 'a guide');
});
beforeEach(async () => {
  partner = new FakePartner();
  vi.stubGlobal('fetch', partner.fetch);
  workflows = await hurriedWorkflows();
});
afterEach(async () => {
  await workflows.provision.dispose();
  await workflows.deprovision.dispose();
  vi.unstubAllGlobals();
});

const read = async (line: { instanceId: string; customerId: string }) => {
  const response = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, {
    headers: await signedIn(line.customerId, 'customer'),
  });
  expect(response.status).toBe(200);
  return instanceSchema.parse(await response.json());
};

describe('a line that goes well', () => {
  it('gives one licence key a unit, only after activation', async () => {
    const line = newLine(FULFILMENTS.licence, { quantity: 3 });

    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    expect((await read(line)).delivery).toBeNull();
    await deliver(activation(line));

    const { delivery, state } = await read(line);
    expect(state).toBe('active');
    if (delivery?.type !== 'licence-key') throw new Error('no keys');
    expect(new Set(delivery.keys).size).toBe(3);
    expect(delivery.keys.every(isLicenceKey)).toBe(true);
    expect(delivery.activationsMax).toBe(3);
    expect(Date.parse(delivery.expiresAt ?? '')).toBeGreaterThan(Date.now());
    expect(await told(line)).toEqual({ 'line.provisioned': null, 'line.activated': null });
  });

  it('sets a service up at the partner and ends at its call-back', async () => {
    const line = newLine(FULFILMENTS.service, { customisation: { region: 'eu' }, quantity: 2 });

    await deliver(line);
    await eventually(() => expect(partner.orders.size).toBe(1));
    const order = partner.order('order-service');
    partner.finish(order, 'succeeded');
    expect((await partner.callBack(order)).status).toBe(204);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    expect(order.resource.body).toMatchObject({
      reference: line.lineId,
      plan: 'vm-small',
      parameters: { region: 'eu', quantity: 2 },
    });
    expect((await read(line)).delivery).toEqual({
      type: 'partner-service',
      accessUrl: 'https://vm.partner.test',
      username: 'alice',
      password: 's3cret-of-alice',
      expiresAt: null,
    });
  });
});
