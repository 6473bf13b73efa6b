import { describe, expect, it } from 'vitest';
import { instanceSchema } from '#shared/contracts/http/instances.ts';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn } from '#shared/testing/runtime.ts';
import { SHIP_INPUTS, useFulfiller } from '../../testing/fake-fulfiller.ts';
import {
  activation,
  deliver,
  eventually,
  newLine,
  type ProvisionMessage,
  reaches,
  row,
  told,
  undoing,
} from '../../testing/harness.ts';
import { sweepLate } from '../../testing/sweeps.ts';
import { keysTemplate, makeTemplate, QUICK } from '../../testing/templates.ts';
import { useWorld } from '../../testing/world.ts';

const at = useFulfiller(useWorld());

const PARCEL = {
  kind: 'physical',
  parameters: null,
  delivery: {
    type: 'parcel',
    fields: {
      carrier: { from: '/results/ship/carrier' },
      trackingCode: { from: '/results/ship/trackingCode' },
      address: { from: '/line/shippingAddress' },
    },
  },
};
const ADDRESS = { name: 'A', line1: 'B', line2: '', postalCode: '1', city: 'C', country: 'DE' };
async function ordered(quantity: number) {
  at.warehouse.sendsAtOnce = false;
  const step = {
    ...QUICK,
    name: 'ship',
    title: 'Sending it',
    connector: 'fulfilment',
    operation: 'ship',
    inputs: SHIP_INPUTS,
    settle: { attempts: 1, waitSeconds: [86_400] },
    undo: QUICK,
    exhausted: { code: 'warehouse_away', text: 'Our warehouse does not answer.' },
  };
  const { id: templateId } = await makeTemplate(keysTemplate([step], PARCEL));
  const fulfilment = { template: 'parcel' as const, weightGrams: 250, templateId };
  const line = newLine(fulfilment, { quantity, shippingAddress: ADDRESS, customerId: newId('user') });
  await deliver(line);
  await eventually(() => expect(at.warehouse.orders.size).toBe(1));
  return { line, order: at.warehouse.only() };
}
async function seen({ instanceId, customerId }: ProvisionMessage) {
  const response = await self.fetch(`https://shop.test/v1/instances/${instanceId}`, {
    headers: await signedIn(customerId, 'customer'),
  });
  return instanceSchema.parse(await response.json());
}
const isTold = async (order: ReturnType<typeof at.warehouse.only>) =>
  expect((await at.warehouse.callBack(order)).status).toBe(204);

describe('goods from a warehouse', () => {
  it('come in several parcels, which their customer sees with their way, and are made once the last has left', async () => {
    const { line, order } = await ordered(3);
    at.warehouse.send(order, 1);
    await isTold(order);
    expect((await seen(line)).shipments).toMatchObject([
      {
        id: 'parcel-1',
        state: 'shipped',
        carrier: 'DHL',
        trackingUrl: 'https://www.dhl.com/global-en/home/tracking.html?tracking-id=JD1',
        items: [{ sku: line.sku, quantity: 1, returned: 0 }],
      },
    ]);
    expect((await row(line))?.state).toBe('provisioning');
    expect(await told(line)).toEqual({});

    at.warehouse.send(order);
    await isTold(order);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const { delivery, shipments, history } = await seen(line);
    expect(delivery).toMatchObject({ type: 'parcel', carrier: 'DHL', trackingCode: 'JD1' });
    expect(shipments.map(({ items }) => items[0]?.quantity)).toEqual([1, 2]);
    expect(history.filter(({ type }) => type === 'shipment.shipped')).toHaveLength(2);
  });

  it('are followed until they arrive, by call-back and by asking, and come back in part', async () => {
    const { line, order } = await ordered(2);
    at.warehouse.send(order);
    await isTold(order);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const old = structuredClone(order);
    const [parcel] = order.shipments;
    if (parcel === undefined) throw new Error('nothing left');
    Object.assign(order, { version: order.version + 1 });
    Object.assign(parcel, { state: 'delivered', deliveredAt: '2026-11-01T10:00:00Z' });
    // Nobody called back: it is asked about.
    await sweepLate(line);
    expect((await seen(line)).shipments).toMatchObject([{ state: 'delivered' }]);
    // What is older than what is known changes nothing.
    await at.warehouse.callBack(order, old);
    Object.assign(order, { version: order.version + 1 });
    Object.assign(parcel, { items: [{ sku: line.sku, quantity: 2, returned: 1 }] });
    await isTold(order);
    await isTold(order);
    const { shipments, history } = await seen(line);
    expect(shipments).toMatchObject([{ state: 'delivered', items: [{ quantity: 2, returned: 1 }] }]);
    expect(history.map(({ type }) => type).filter((type) => type.startsWith('shipment.'))).toEqual([
      'shipment.delivered',
      'shipment.delivered',
      'shipment.shipped',
    ]);
  });

  it('that cannot be stopped any more bring a person in', async () => {
    const { line, order } = await ordered(2);
    at.warehouse.isStoppable = false;
    at.warehouse.send(order, 1);
    await isTold(order);
    await deliver(undoing(line));
    await reaches(line, 'undoing', 'line.stuck');
    expect(await told(line)).toEqual({ 'line.stuck': 'already_sent' });
  });
});
