import assert from 'node:assert/strict';
import type { Delivery } from '#shared/contracts/http/instances.ts';
import type { Product } from '#shared/contracts/http/products.ts';
import { api } from '../lib/api.ts';
import type { Scenario } from './world.ts';

const ADDRESS = {
  name: 'Ada Example',
  line1: 'Hauptstraße 1',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};

/** Partners that work each in their own way: a service broker, and a warehouse that sends in parts. */
export const buysOfPartners: Scenario = {
  name: 'a customer buys a database of a service broker and goods that a warehouse sends in two parcels',
  async run(world) {
    const customer = await world.newCustomer();
    const token = customer.accessToken;
    const [database, goods] = await Promise.all(
      ['database-of-your-own', 'field-notebook-set'].map((handle) =>
        api<Product>(world.origin, `GET /v1/products/${handle}`),
      ),
    );
    assert.ok(database && goods, 'the demo sells them');
    const order = await world.place(customer, {
      currency: 'EUR',
      delivery: 'as_ready',
      shippingAddress: ADDRESS,
      lines: [
        { variantId: database.variants[0]?.id, quantity: 1, customisation: { sizeGb: 5 } },
        { variantId: goods.variants[0]?.id, quantity: 3 },
      ],
    });
    await world.pay(order);
    const done = await world.ended(customer, order.id);
    assert.equal(done.state, 'completed');
    assert.deepEqual(done.payment?.captured, done.total, 'each line was collected once it was made');
    const instances = await world.instancesOf(customer, order.id);
    const sent = instances.find(({ kind }) => kind === 'physical');
    assert.deepEqual(
      sent?.shipments.map(({ items }) => items[0]?.quantity),
      [1, 2],
      'one unit left first, the rest after it',
    );
    assert.ok(sent?.shipments.every(({ trackingUrl }) => trackingUrl !== null));
    world.step(`parcels ${sent?.shipments.map(({ trackingCode }) => trackingCode).join(', ')}`);
    const bought = instances.find(({ kind }) => kind === 'service');
    const { delivery } = await api<{ delivery: Delivery }>(
      world.origin,
      `POST /v1/instances/${bought?.id}/credentials/reveal`,
      { token },
    );
    assert.ok(delivery.type === 'custom');
    const uri = delivery.fields.find(({ name }) => name === 'uri')?.value ?? '';
    assert.match(uri, /^db:\/\//);
    world.step(`database at ${uri}`);
  },
};
