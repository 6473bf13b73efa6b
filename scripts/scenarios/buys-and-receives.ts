import { moneyText } from '#shared/money/money.ts';
import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Delivery, Instance } from '#shared/contracts/http/instances.ts';
import type { Product, ProductPage } from '#shared/contracts/http/products.ts';
import type { ProductKind } from '#shared/domain/product.ts';
import { mailTo, type Tokens } from '../lib/accounts.ts';
import { api } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

/** The journey: find three products of three kinds, buy them in one order, pay, receive all of them. */
export const buysAndReceives: Scenario = {
  name: 'a customer buys a licence, a download and a service, and receives all three',
  async run(world) {
    const customer = await world.newCustomer();
    world.step(`signed up as ${customer.user.email}`);
    await verifyTokenAsAnyServiceWould(world, customer);
    const products = await Promise.all(
      (['licence', 'download', 'service'] as const).map((kind) => find(world, kind)),
    );
    world.step(`found ${products.map((product) => product.title).join(', ')}`);

    const order = await world.place(customer, {
      currency: 'EUR',
      lines: products.map((product) => ({
        variantId: product.variants.find((variant) => variant.availability !== 'out_of_stock')?.id,
        quantity: 1,
        customisation: example(product.customisationSchema),
      })),
    });
    assert.equal(order.state, 'awaiting_payment');
    assert.equal(
      order.total.amount,
      order.lines.reduce((sum, line) => sum + line.total.amount, 0),
    );

    const intent = await world.pay(order);
    assert.equal(intent.status, 'requires_capture', 'manual capture: nothing is charged before delivery');
    const done = await world.ended(customer, order.id);
    assert.equal(done.state, 'completed');
    assert.deepEqual(done.payment?.captured, order.total);
    await receivesEverything(world, customer, order.id);
    await tellsEachStep(world, customer, order.id);
    await mailTo(world.sandboxOrigin, customer.user.email, new RegExp(order.number));
    world.step('the mail is in the mailbox');
    const intents = await world.intentsOf(order.id);
    assert.deepEqual(
      intents.map(({ status, amount_received }) => [status, amount_received]),
      [['succeeded', order.total.amount]],
      'the payment service holds one payment, captured in full',
    );
  },
};

async function verifyTokenAsAnyServiceWould(world: World, customer: Tokens): Promise<void> {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', world.origin));
  const { payload, protectedHeader } = await jwtVerify(customer.accessToken, keys, {
    algorithms: ['EdDSA'],
    typ: 'at+jwt',
    issuer: world.origin,
  });
  assert.equal(payload.sub, customer.user.id);
  world.step(`access token verified against the remote key set (${protectedHeader.alg})`);
}

/** Lists by kind, searches for the first by a word of its title, and opens it. */
async function find(world: World, kind: ProductKind): Promise<Product> {
  const list = await api<ProductPage>(
    world.origin,
    `GET /v1/products?kind=${kind}&available=true&currency=EUR&limit=5`,
  );
  const [first] = list.items;
  assert.ok(first, `the demo catalogue has a ${kind}`);
  const search = `GET /v1/products?q=${encodeURIComponent(first.title)}&kind=${kind}`;
  const found = await api<ProductPage>(world.origin, search);
  assert.ok(
    found.items.some((item) => item.id === first.id),
    `searching for "${first.title}" finds it`,
  );
  const product = await api<Product>(world.origin, `GET /v1/products/${first.handle}`);
  assert.ok(product.variants.every((variant) => variant.prices.length > 0));
  return product;
}

/** A value for each required property of a customisation schema, as a customer filling in its form. */
function example(schema: Product['customisationSchema']): Record<string, unknown> {
  const properties = (schema?.properties ?? {}) as Record<string, Record<string, unknown>>;
  const required = (schema?.required ?? []) as string[];
  return Object.fromEntries(required.map((name) => [name, exampleValue(properties[name] ?? {})]));
}

function exampleValue(property: Record<string, unknown>): unknown {
  if (Array.isArray(property.examples)) return property.examples[0];
  if (Array.isArray(property.enum)) return property.enum[0];
  if (property.default !== undefined) return property.default;
  if (property.type === 'boolean') return true;
  if (property.type === 'integer' || property.type === 'number') return property.minimum ?? 1;
  return 'example';
}

async function receivesEverything(world: World, customer: Tokens, orderId: string): Promise<void> {
  const instances = await world.instancesOf(customer, orderId);
  assert.equal(instances.length, 3);
  for (const instance of instances) {
    assert.equal(instance.state, 'active');
    await uses(world, customer, instance);
  }
}

async function uses(world: World, customer: Tokens, { id, delivery }: Instance): Promise<void> {
  assert.ok(delivery, 'an active instance shows what was delivered');
  switch (delivery.type) {
    case 'licence-key':
      assert.equal(delivery.keys.length, 1);
      return world.step(`licence key ${delivery.keys[0]}`);
    case 'download': {
      const link = await api<{ url: string }>(world.origin, `POST /v1/instances/${id}/download-link`, {
        token: customer.accessToken,
      });
      const file = await fetch(link.url);
      const bytes = (await file.arrayBuffer()).byteLength;
      assert.ok(file.ok && bytes > 0, 'the signed link yields the file');
      return world.step(`downloaded ${delivery.fileName}: ${bytes} bytes`);
    }
    case 'partner-service':
      assert.ok(delivery.accessUrl && delivery.password === null, 'credentials are hidden');
      await revealed(world, customer, id);
      return world.step(`service at ${delivery.accessUrl}`);
    case 'parcel':
      return world.step(`parcel ${delivery.trackingCode}`);
    case 'gift-card':
      assert.ok(
        delivery.cards.every(({ code }) => code === null),
        'codes are hidden',
      );
      return world.step(`${delivery.cards.length} gift cards of ${moneyText(delivery.value)}`);
    case 'custom':
      return world.step(delivery.fields.map(({ label, value }) => `${label} ${value}`).join(', '));
  }
}

/** Credentials are shown on request. */
async function revealed(world: World, { accessToken: token }: Tokens, id: string): Promise<void> {
  const shown = await api<{ delivery: Delivery }>(
    world.origin,
    `POST /v1/instances/${id}/credentials/reveal`,
    { token },
  );
  assert.ok(shown.delivery.type === 'partner-service' && shown.delivery.password);
}

async function tellsEachStep(world: World, customer: Tokens, orderId: string): Promise<void> {
  const { items } = await world.timeline(customer, orderId);
  const sequences = items.map((entry) => entry.sequence);
  assert.deepEqual(
    sequences,
    sequences.toSorted((a, b) => a - b),
    'the timeline is in order',
  );
  const start = Date.parse(items[0]?.at ?? '');
  for (const entry of items)
    world.step(`  +${String(Date.parse(entry.at) - start).padStart(5)} ms  ${entry.text}`);
  assert.ok(items.length >= 8, 'placed, held, asked, paid, started, made, captured, completed');
}
