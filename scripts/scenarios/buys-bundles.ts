import assert from 'node:assert/strict';
import { api } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';
import type { Tokens } from '../lib/accounts.ts';

const PRICE = 4_000;

/** Two things under one price: both are made and handed over, and one of them goes back at its share. */
export const buysBundles: Scenario = {
  name: 'a customer buys a bundle of a licence and a download, receives both, and gives one of them back',
  async run(world) {
    const customer = await world.newCustomer();
    const licence = await world.licence({ price: 3_000 });
    const download = await world.newProduct(
      'download',
      {
        template: 'download',
        objectKey: 'books/field-notes-on-queues.md',
        fileName: 'notes.md',
        downloadsMax: 3,
      },
      { price: 2_000 },
    );
    const components = [licence, download].map(({ sku }) => ({ sku, quantity: 1 }));
    const bundle = await world.newProduct('bundle', { template: 'bundle', components }, { price: PRICE });

    const order = await world.place(customer, {
      currency: 'EUR',
      lines: [{ variantId: bundle.variantId, quantity: 1 }],
    });
    assert.deepEqual(order.total, { amount: PRICE, currency: 'EUR' });
    const [sold] = order.bundles;
    assert.deepEqual(
      sold?.lineIds,
      order.lines.map(({ id }) => id),
      'each component is a line of the bundle',
    );
    const shares = order.lines.map(({ sku, total }) => [sku, total.amount]);
    assert.deepEqual(
      shares,
      [
        [licence.sku, 2_400],
        [download.sku, 1_600],
      ],
      'at their shares of its price',
    );
    await world.pay(order);
    await world.settled(customer, order.id, 'completed');
    const parts = await received(world, customer, order.id);
    assert.ok(parts.licence?.delivery?.type === 'licence-key' && parts.licence.delivery.keys.length === 1);
    await downloads(world, customer, parts.download?.id ?? '');
    world.step('both parts of the bundle are there');

    const { accessToken: token } = await world.operator();
    const lineId = order.lines.find(({ sku }) => sku === licence.sku)?.id;
    await api(world.origin, `POST /v1/orders/${order.id}/refunds`, {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { lines: [{ lineId, quantity: 1, instances: 'revoke' }], reason: 'Does not run' },
    });
    const refunded = await world.until(
      customer,
      order.id,
      'the refund',
      ({ refunds }) => refunds[0]?.state === 'made',
    );
    assert.deepEqual(
      [refunded.refunds.map(({ amount }) => amount.amount), refunded.paymentStatus, refunded.state],
      [[2_400], 'partially_refunded', 'completed'],
    );
    await world.until(customer, order.id, 'the end of the licence', ({ lines }) =>
      lines.some((line) => line.id === lineId && line.revoked),
    );
    await downloads(world, customer, parts.download?.id ?? '');
    const [intent] = await world.intentsOf(order.id);
    assert.ok(typeof intent?.latest_charge === 'object');
    assert.equal(intent.latest_charge?.amount_refunded, 2_400, 'the payment service gave back as much');
  },
};

async function received(world: World, customer: Tokens, orderId: string) {
  const instances = await world.instancesOf(customer, orderId);
  assert.deepEqual(
    instances.map(({ state }) => state),
    ['active', 'active'],
  );
  const ofKind = (wanted: string) => instances.find(({ kind }) => kind === wanted);
  return { licence: ofKind('licence'), download: ofKind('download') };
}

async function downloads(world: World, { accessToken: token }: Tokens, instanceId: string): Promise<void> {
  const link = await api<{ url: string }>(world.origin, `POST /v1/instances/${instanceId}/download-link`, {
    token,
  });
  const file = await fetch(link.url);
  assert.ok(file.ok && (await file.text()).length > 0, 'the link yields the file');
}
