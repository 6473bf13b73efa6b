import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import {
  type InstanceQuote,
  instanceQuoteSchema,
  type InstanceRenewal,
  instanceRenewalSchema,
} from '#shared/contracts/http/instance-changes.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { OrderDocument } from '#objects/order/machine/document.ts';
import { lineMessage } from '#objects/order/messages.ts';
import { newId } from '#shared/ids/ids.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { ports } from './ports.ts';
import { renewDue } from './usecases/renew-due.ts';
import { ownedBy, servicePlan, tellOf, TERM_DAYS } from './testing/instances.ts';
import {
  ask,
  bindings,
  deliver,
  EUR,
  fulfil,
  mails,
  namespaces,
  openShop,
  orderOf,
  pay,
  payments,
  place,
  request,
  until,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

/** A plan somebody bought and has used for a part of its term, and another plan of the product. */
async function bought(
  options: { used?: number; price?: number; otherPrice?: number; quantity?: number } = {},
) {
  const { used = 0.5, price = 3_000, otherPrice = 9_000, quantity = 1 } = options;
  const plan = (name: string, amount: number): Promise<PurchasableVariant> =>
    variant({
      productId,
      kind: 'service',
      variantTitle: name,
      unitPrice: EUR(amount),
      fulfilment: servicePlan(name),
    });
  const productId = newId('product');
  const [small, large] = [await plan('small', price), await plan('large', otherPrice)];
  const customerId = newId('user');
  const first = await place(customerId, { lines: [{ variantId: small.variantId, quantity }] });
  await pay(first);
  const order = await fulfil(first);
  const instance = await ownedBy(order, used);
  return { customerId, instance, small, large, order };
}
type Bought = Awaited<ReturnType<typeof bought>>;

const post = (customerId: string, path: string, body: object, key: string = crypto.randomUUID()) =>
  request('POST', `/v1/instance-changes${path}`, {
    as: [customerId, 'customer'],
    body,
    headers: { 'idempotency-key': key },
  });
async function quoted({ customerId, instance }: Bought, wanted: object): Promise<InstanceQuote> {
  const response = await post(customerId, '/quotes', { instanceId: instance.instanceId, ...wanted });
  if (response.status !== 201) throw new Error(await response.text());
  return instanceQuoteSchema.parse(await response.json());
}
const toLarge = ({ large }: Bought) => ({ change: 'plan', variantId: large.variantId });
const accept = async ({ customerId }: Bought, quote: InstanceQuote): Promise<Order> =>
  orderOf(await post(customerId, '', { quoteId: quote.id }), 201);

const documentOf = (order: Order): Promise<OrderDocument> =>
  runInDurableObject(namespaces.ORDER.getByName(order.id), (_, state) => {
    const [row] = state.storage.sql
      .exec<{ document: string }>('SELECT document FROM order_document')
      .toArray();
    return JSON.parse(row?.document ?? '{}') as OrderDocument;
  });
/** The provisioner tells of the change by the name its order gave it. */
async function tell(
  order: Order,
  type: 'line.provisioned' | 'line.activated' | 'line.failed' | 'line.deprovisioned',
) {
  const [line] = (await documentOf(order)).lines;
  await deliver('provisioning-results', {
    type,
    requestId: 'request-of-the-test',
    messageId: `${type}:${order.id}`,
    orderId: order.id,
    lineId: line?.id,
    instanceId: line?.instanceId,
    code: null,
    detail: 'Changed to the new plan.',
  });
}

describe('another plan', () => {
  it('costs its price for the time that is left less what was paid for that time, as every line explains', async () => {
    const owned = await bought({ used: 0.5 });
    const quote = await quoted(owned, toLarge(owned));
    expect(quote).toMatchObject({
      change: 'plan',
      takesEffect: 'at_once',
      plan: { variantId: owned.large.variantId, variantTitle: 'large' },
      cost: EUR(4_500),
      unused: EUR(1_500),
      total: EUR(3_000),
      line: { priceSource: { list: 'proration' }, unitPrice: EUR(3_000) },
    });
    expect(quote.line.priceSource.reason).toMatch(
      /^45\.00 EUR until .*, less 15\.00 EUR paid for and not used$/,
    );
  });

  it('is ordered at that price, paid like any order, and asked of the provisioner by what it changes', async () => {
    const owned = await bought();
    const quote = await quoted(owned, toLarge(owned));
    const key = crypto.randomUUID();
    const order = await orderOf(await post(owned.customerId, '', { quoteId: quote.id }, key), 201);
    expect(order).toMatchObject({
      state: 'awaiting_payment',
      total: quote.total,
      changeOf: { instanceId: owned.instance.instanceId, change: 'plan' },
    });
    const again = await post(owned.customerId, '', { quoteId: quote.id }, key);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect((await post(owned.customerId, '', { quoteId: quote.id })).status).toBe(409);
    expect((await ask(order, '/edit', { lines: [] }, [owned.customerId, 'customer'])).status).not.toBe(200);

    await pay(order);
    await until(order, 'provisioning');
    const document = await documentOf(order);
    const [line] = document.lines;
    if (line === undefined) throw new Error('a change has a line');
    const { instanceId } = owned.instance;
    expect(lineMessage(document, line, 'lines.provision', 'k', 'r')).toMatchObject({
      variantId: owned.large.variantId,
      changes: {
        instanceId,
        kind: 'change_plan',
        expects: { variantId: owned.small.variantId, endsAt: owned.instance.endsAt },
        days: null,
      },
    });
    for (const step of ['lines.activate', 'lines.deprovision'] as const)
      expect(lineMessage(document, line, step, 'k', 'r')).toMatchObject({ changedInstanceId: instanceId });
    await tell(order, 'line.provisioned');
    await until(order, 'capturing');
    await tell(order, 'line.activated');
    const done = await until(order, 'completed');
    expect(done.lines[0]).toMatchObject({
      instanceId,
      state: 'delivered',
      detail: 'Changed to the new plan.',
    });
  });

  it('bought in two steps costs what it does in one: what the first one paid for counts', async () => {
    const owned = await bought();
    const first = await accept(owned, await quoted(owned, toLarge(owned)));
    await pay(first);
    await until(first, 'provisioning');
    const huge = await variant({
      productId: owned.instance.productId,
      kind: 'service',
      unitPrice: EUR(30_000),
      fulfilment: servicePlan('huge'),
    });
    const paidBy = { orderId: first.id, lineId: first.lines[0]?.id ?? '' };
    await tellOf(owned.customerId, { ...owned.instance, variantId: owned.large.variantId, paidBy });
    const second = await quoted(owned, { change: 'plan', variantId: huge.variantId });
    expect(second).toMatchObject({ cost: EUR(15_000), unused: EUR(4_500), total: EUR(10_500) });
  });

  it('pays back what could not be made', async () => {
    const owned = await bought();
    const order = await accept(owned, await quoted(owned, toLarge(owned)));
    await pay(order);
    await until(order, 'provisioning');
    await tell(order, 'line.failed');
    await until(order, 'compensating').catch(() => null);
    await tell(order, 'line.deprovisioned');
    await until(order, 'cancelled');
    expect(await payments.paymentOf(order.id)).toMatchObject({ state: 'cancelled', captured: 0 });
  });

  it('that costs less begins with the next term; what costs next to nothing is not charged', async () => {
    const owned = await bought({ price: 9_000, otherPrice: 3_000 });
    const refused = await post(owned.customerId, '/quotes', {
      instanceId: owned.instance.instanceId,
      ...toLarge(owned),
    });
    expect(refused.status).toBe(409);
    expect((await refused.json<{ detail: string }>()).detail).toContain('next term');
    const later = await quoted(owned, { change: 'renewal', variantId: owned.large.variantId });
    expect(later).toMatchObject({ takesEffect: 'with_next_term', total: EUR(3_000) });

    const almost = await bought({ used: 0.999 });
    const free = await accept(almost, await quoted(almost, toLarge(almost)));
    expect(free).toMatchObject({ total: EUR(0), payment: null });
    await until(free, 'provisioning');
  });

  it('is nobody else’s to change, needs a plan of the product, and a quote is good for half an hour', async () => {
    const owned = await bought();
    const other = await bought();
    const body = { instanceId: owned.instance.instanceId, ...toLarge(owned) };
    expect((await post(other.customerId, '/quotes', body)).status).toBe(404);
    const foreign = await post(owned.customerId, '/quotes', { ...body, variantId: other.large.variantId });
    expect(foreign.status).toBe(409);
    const quote = await quoted(owned, toLarge(owned));
    expect((await post(other.customerId, '', { quoteId: quote.id })).status).toBe(404);
    await bindings.ORDERS_DB.prepare('UPDATE instance_quotes SET expires_at = 1 WHERE id = ?')
      .bind(quote.id)
      .run();
    expect((await post(owned.customerId, '', { quoteId: quote.id })).status).toBe(409);
    await tellOf(owned.customerId, { ...owned.instance, refused: 'Something else is being done.' });
    expect((await post(owned.customerId, '/quotes', body)).status).toBe(409);
  });
});

describe('a renewal', () => {
  it('costs the price of the lists for each unit and adds its term to what is paid for', async () => {
    const owned = await bought({ quantity: 3 });
    const quote = await quoted(owned, { change: 'renewal' });
    const endsAt = (owned.instance.endsAt ?? 0) + TERM_DAYS * DAY_MS;
    expect(quote).toMatchObject({
      total: EUR(9_000),
      unused: EUR(0),
      takesEffect: 'at_once',
      endsAt: new Date(endsAt).toISOString(),
    });
    const order = await accept(owned, quote);
    expect(order.changeOf?.covers.map(({ amount }) => amount)).toEqual([EUR(4_500), EUR(9_000)]);
    await pay(order);
    await until(order, 'provisioning');
    const document = await documentOf(order);
    expect(document.changeOf).toMatchObject({ kind: 'renew', days: TERM_DAYS });
    await tellOf(owned.customerId, { ...owned.instance, endsAt });
    await tellOf(owned.customerId, { ...owned.instance, endsAt: endsAt + 1 });
    const ahead = await post(owned.customerId, '/quotes', {
      instanceId: owned.instance.instanceId,
      change: 'renewal',
    });
    expect(ahead.status).toBe(409);
  });
});

describe('a renewal by itself', () => {
  const made = ports(bindings);
  /** The sweeper comes by at that time, as if it had been due. */
  async function sweepAt({ instance }: Bought, now: number) {
    await bindings.ORDERS_DB.prepare(
      'UPDATE instance_renewals SET look_at = 1 WHERE instance_id = ? AND look_at IS NOT NULL',
    )
      .bind(instance.instanceId)
      .run();
    await renewDue(made, 'request-of-the-test', now, 100);
  }
  const settings = ({ customerId, instance }: Bought, method: string, body?: object) =>
    request(method, `/v1/instance-renewals/${instance.instanceId}`, {
      as: [customerId, 'customer'],
      ...(body === undefined ? {} : { body }),
    });
  async function agreed(owned: Bought): Promise<void> {
    const answer = await settings(owned, 'PUT', { paymentMethodId: 'pm_kept', agreed: true, locale: 'de' });
    expect(answer.status).toBe(200);
  }
  const present = async (owned: Bought): Promise<InstanceRenewal> =>
    instanceRenewalSchema.parse(await (await settings(owned, 'GET')).json());
  const told = ({ instance }: Bought) =>
    mails.filter(({ idempotencyKey }) => idempotencyKey.startsWith(`renewal:${instance.instanceId}`));
  const orderOfRenewal = async (owned: Bought): Promise<Order> => {
    const { orderId } = await present(owned);
    return orderOf(await request('GET', `/v1/orders/${orderId}`, { as: [owned.customerId, 'customer'] }));
  };

  it('is agreed to, reminded of a week before, charged the day before to what is kept, and goes on with the next term', async () => {
    const owned = await bought();
    const endsAt = owned.instance.endsAt ?? 0;
    expect((await settings(owned, 'PUT', { paymentMethodId: 'pm_kept', agreed: false })).status).toBe(422);
    expect((await settings(await bought(), 'GET')).status).toBe(404);
    await agreed(owned);
    await sweepAt(owned, endsAt - 8 * DAY_MS);
    expect(told(owned)).toEqual([]);
    await sweepAt(owned, endsAt - 6 * DAY_MS);
    await sweepAt(owned, endsAt - 5 * DAY_MS);
    expect(told(owned).map(({ subject }) => subject)).toEqual(['Ihr Produkt wird bald verlängert']);
    expect(told(owned)[0]?.text).toContain('30.00 EUR');
    expect(await present(owned)).toMatchObject({ state: 'on', orderId: null });

    await sweepAt(owned, endsAt - DAY_MS / 2);
    const order = await orderOfRenewal(owned);
    expect(order).toMatchObject({ total: EUR(3_000), changeOf: { change: 'renewal' } });
    const document = await documentOf(order);
    expect(document.request.paymentMethodId).toBe('pm_kept');
    await sweepAt(owned, endsAt - DAY_MS / 3);
    expect((await present(owned)).orderId).toBe(order.id);
    await pay(order);
    await until(order, 'provisioning');
    await tell(order, 'line.provisioned');
    await until(order, 'capturing');
    await tell(order, 'line.activated');
    await until(order, 'completed');
    await tellOf(owned.customerId, { ...owned.instance, endsAt: endsAt + TERM_DAYS * DAY_MS });
    await sweepAt(owned, endsAt);
    expect(await present(owned)).toMatchObject({ state: 'on', attempts: 0, orderId: null });
    await sweepAt(owned, endsAt + DAY_MS);
    expect(told(owned)).toHaveLength(1);
  });

  it('that is not paid is tried four times and no more, of which its owner is told; switched off it is never tried', async () => {
    const owned = await bought();
    const endsAt = owned.instance.endsAt ?? 0;
    await agreed(owned);
    await sweepAt(owned, endsAt - 2 * DAY_MS);
    const orders = new Set<string>();
    for (const attempt of [0, 1, 2, 3]) {
      await sweepAt(owned, endsAt + attempt * 3 * DAY_MS);
      const order = await orderOfRenewal(owned);
      orders.add(order.id);
      await ask(order, '/cancel', {}, [owned.customerId, 'customer']);
      await until(order, 'cancelled');
      await sweepAt(owned, endsAt + attempt * 3 * DAY_MS + 1);
    }
    expect(orders.size).toBe(4);
    await sweepAt(owned, endsAt + 20 * DAY_MS);
    expect(await present(owned)).toMatchObject({ state: 'failed', attempts: 4, orderId: null });
    expect(told(owned).map(({ subject }) => subject)).toEqual([
      'Ihr Produkt wird bald verlängert',
      'Ihr Produkt wurde nicht verlängert',
    ]);

    await agreed(owned);
    expect((await settings(owned, 'DELETE')).status).toBe(204);
    await sweepAt(owned, endsAt);
    expect((await settings(owned, 'GET')).status).toBe(404);
    expect((await settings(owned, 'DELETE')).status).toBe(204);
  });
});
