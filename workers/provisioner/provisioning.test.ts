import { describe, expect, it } from 'vitest';
import { instanceSchema } from '#shared/contracts/http/instances.ts';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { licenceKeys } from '#shared/db/store.ts';
import type { Env } from './env.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { isLicenceKey } from './connectors/licence-keys.ts';
import { useWorld } from './testing/world.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  newLine,
  reaches,
  row,
  told,
  undoing,
} from './testing/harness.ts';

const world = useWorld();

const keysOf = async (line: { instanceId: string }) =>
  (
    await drizzle(workerEnv<Env>().STORE_DB)
      .select()
      .from(licenceKeys)
      .where(eq(licenceKeys.instanceId, line.instanceId))
  ).length;
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

    const { delivery, state, detail } = await read(line);
    expect([state, detail]).toEqual(['active', 'Your keys are ready.']);
    if (delivery?.type !== 'licence-key') throw new Error('no keys');
    expect(new Set(delivery.keys).size).toBe(3);
    expect(delivery.keys.every(isLicenceKey)).toBe(true);
    expect(delivery.activationsMax).toBe(3);
    expect(Date.parse(delivery.expiresAt ?? '')).toBeGreaterThan(Date.now());
    expect(await told(line)).toEqual({ 'line.provisioned': null, 'line.activated': 'keys_ready' });
  });

  it('makes ten thousand keys for one line, all different', async () => {
    const line = newLine(FULFILMENTS.licence, { quantity: 10_000 });

    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    const { delivery } = await read(line);
    expect(delivery).toMatchObject({ type: 'licence-key' });
    expect(new Set(delivery?.type === 'licence-key' ? delivery.keys : []).size).toBe(10_000);
    expect(await keysOf(line)).toBe(10_000);
  });

  it('sets a service up at the partner and ends at its call-back', async () => {
    const line = newLine(FULFILMENTS.service, { customisation: { region: 'eu' }, quantity: 2 });

    await deliver(line);
    await eventually(() => expect(world.partner.orders.size).toBe(1));
    const order = world.partner.order('order-service');
    world.partner.finish(order, 'succeeded');
    expect((await world.partner.callBack(order)).status).toBe(204);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    expect(order.resource.body).toMatchObject({
      reference: line.lineId,
      plan: 'vm-small',
      parameters: { region: 'eu', quantity: 2 },
    });
    expect(await read(line)).toMatchObject({
      detail: 'Your access is ready.',
      delivery: {
        type: 'partner-service',
        accessUrl: 'https://vm.partner.test',
        username: 'alice',
        password: null,
        expiresAt: null,
      },
    });
  });

  it('hands a parcel to the partner with its whole weight', async () => {
    const line = newLine(FULFILMENTS.parcel, { quantity: 4, sku: 'MUG' });
    world.partner.onOrder = 'finish';
    await world.timeOut('order-shipment: wait 1');

    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    expect(world.partner.order('order-shipment').resource.body).toMatchObject({
      weightGrams: 1_000,
      items: [{ sku: 'MUG', quantity: 4 }],
      address: { city: 'Oxford' },
    });
    const { delivery, detail } = await read(line);
    if (delivery?.type !== 'parcel') throw new Error('no parcel');
    expect(delivery).toMatchObject({ trackingCode: 'SP123456789', address: { name: 'Alice Liddell' } });
    // A parcel that has left is not one that has arrived.
    expect(detail).toBe(`Handed to the carrier: ${delivery.carrier} SP123456789.`);
  });

  it('entitles to a download for each unit', async () => {
    const line = newLine(FULFILMENTS.download, { quantity: 2 });

    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    expect(await read(line)).toMatchObject({
      detail: 'Ready to download.',
      delivery: { type: 'download', fileName: 'Gärtnern für alle.pdf', downloadsLeft: 4 },
    });
  });
});

describe('a line whose product has changed since it was paid', () => {
  it.each(['dead', 'fa11'])('is honoured all the same when the catalogue says %s', async (ending) => {
    const line = newLine(FULFILMENTS.licence, { variantId: `var_${'0'.repeat(28)}${ending}` });

    await deliver(line);

    await reaches(line, 'ready', 'line.provisioned');
    expect(await told(line)).toEqual({ 'line.provisioned': null });
  });
});

describe('a line that cannot be delivered', () => {
  it.each([
    ['a fulfilment nobody knows', { fulfilment: { template: 'teleport' } }, 'invalid_fulfilment'],
    [
      'a parcel without an address',
      { fulfilment: FULFILMENTS.parcel, shippingAddress: null },
      'address_missing',
    ],
  ])('fails at once for %s, with a reason', async (_what, overrides, code) => {
    const line = { ...newLine(FULFILMENTS.parcel), ...overrides };

    expect(await deliver(line)).toEqual({ retried: 0 });

    expect(await told(line)).toEqual({ 'line.failed': code });
    await deliver(undoing(line as never));
    expect(await told(line)).toEqual({ 'line.failed': code, 'line.deprovisioned': null });
  });

  it('fails when the file is not there, before anything is promised', async () => {
    const line = newLine({ ...FULFILMENTS.download, objectKey: 'books/none.pdf' });

    await deliver(line);

    await reaches(line, 'failed', 'line.failed');
    expect(await told(line)).toEqual({ 'line.failed': 'file_missing' });
  });
});

describe('messages that come more than once, late or early', () => {
  it('makes one set of keys however often the line is sent', async () => {
    const line = newLine(FULFILMENTS.licence);

    await deliver(line, line, line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line), activation(line));
    const first = await read(line);
    await deliver(line, activation(line));

    expect(await read(line)).toEqual(first);
    expect(await keysOf(line)).toBe(1);
  });

  it('sends an activation back while there is nothing to activate', async () => {
    const line = newLine(FULFILMENTS.service);

    expect(await deliver(activation(line))).toEqual({ retried: 1 });
    await deliver(line);
    expect(await deliver(activation(line))).toEqual({ retried: 1 });

    expect((await row(line))?.state).toBe('provisioning');
  });

  it('never starts a line whose undoing came first', async () => {
    const line = newLine(FULFILMENTS.service);

    await deliver(undoing(line));
    expect(await deliver(line)).toEqual({ retried: 0 });

    expect(await row(line)).toBeUndefined();
    expect(await told(line)).toEqual({ 'line.deprovisioned': null });
    expect(world.partner.orders.size).toBe(0);
  });

  it('gives a message that is none to the dead letters', async () => {
    expect(await deliver({ type: 'line.explode' })).toEqual({ retried: 1 });
  });
});

describe('the making of a product', () => {
  const follow = async (line: { instanceId: string; customerId: string }) =>
    self.fetch(`https://shop.test/v1/instances/${line.instanceId}/progress/events`, {
      headers: await signedIn(line.customerId, 'customer'),
    });

  it('is followed until nothing happens by itself any more', async () => {
    const line = newLine(FULFILMENTS.service);
    world.partner.onOrder = 'finish';
    await deliver(line);
    const stream = await follow(line);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    await eventually(() => void world.partner.order('order-service'));
    await world.partner.callBack(world.partner.order('order-service'));
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const events = await stream.text();
    expect(events).toMatch(/^event: progress\ndata: \{/);
    expect(events).toContain('"state":"active"');
    expect(events.endsWith('event: end\ndata: {}\n\n')).toBe(true);
  });

  it('is followed by so many of one caller at once and no more, and by another once one is closed', async () => {
    const line = newLine(FULFILMENTS.service);
    await deliver(line);
    const streams = await Promise.all(Array.from({ length: 20 }, () => follow(line)));
    expect(streams.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const refused = await follow(line);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('20 streams') as string });
    const other = newLine(FULFILMENTS.service);
    await deliver(other);
    const others = await follow(other);
    expect(others.status).toBe(200);
    await streams.pop()?.body?.cancel();
    const again = await follow(line);
    expect(again.status).toBe(200);
    await Promise.all([...streams, others, again].map(async ({ body }) => body?.cancel()));
  });
});
