import {
  createMessageBatch,
  createExecutionContext,
  getQueueResult,
  runInDurableObject,
} from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { consume } from './consumers.ts';
import {
  bindings,
  deliver,
  namespaces,
  openShop,
  place,
  read,
  request,
  stockOf,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);
async function batchOf(queue: string, ...bodies: unknown[]) {
  const messages = bodies.map((body, index) => ({
    id: `${index}-${crypto.randomUUID()}`,
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch(queue, messages);
  await consume(batch, bindings);
  const { explicitAcks, retryMessages, ackAll } = await getQueueResult(batch, createExecutionContext());
  return {
    ids: messages.map(({ id }) => id),
    acked: explicitAcks,
    retried: retryMessages.map((one) => one.msgId),
    ackAll,
  };
}
const payment = (orderId: string) => ({
  type: 'payment.changed',
  requestId: 'request-of-the-test',
  messageId: crypto.randomUUID(),
  eventId: crypto.randomUUID(),
  eventType: 'payment_intent.succeeded',
  orderId,
  paymentId: 'pi_unknown',
});
const declared = (sku: string, onHand: number, sequence: number) => ({
  type: 'stock.declared',
  requestId: 'request-of-the-test',
  messageId: crypto.randomUUID(),
  sku,
  onHand,
  sequence,
});

describe('the queue consumers', () => {
  it('acknowledge what is about an order that never was, and store nothing for it', async () => {
    const orderId = newId('order');
    const result = { orderId, lineId: newId('line'), instanceId: newId('instance'), code: null, detail: '' };
    const one = await batchOf('payment-events', payment(orderId));
    const two = await batchOf('provisioning-results', {
      ...result,
      type: 'line.provisioned',
      requestId: 'request-of-the-test',
      messageId: 'm',
    });
    expect([one.acked, two.acked]).toEqual([one.ids, two.ids]);
    const tables = await runInDurableObject(namespaces.ORDER.getByName(orderId), (_, state) =>
      state.storage.sql.exec('SELECT count(*) AS n FROM sqlite_master').one(),
    );
    expect(tables).toEqual({ n: 0 });
  });

  it('send what they cannot read back, so that it ends among the dead letters, and take the rest', async () => {
    const sku = `SKU-${crypto.randomUUID()}`;
    const { ids, acked, retried } = await batchOf(
      'catalogue-events',
      { type: 'nonsense' },
      declared(sku, 4, 1),
    );
    expect(retried).toEqual([ids[0]]);
    expect(acked).toEqual([ids[1]]);
    expect(await stockOf(sku)).toMatchObject({ onHand: 4 });
  });

  it('take the latest declaration of a SKU, in whatever order and however often they come', async () => {
    const sku = `SKU-${crypto.randomUUID()}`;
    await deliver('catalogue-events', declared(sku, 5, 2), declared(sku, 9, 1), declared(sku, 5, 2));
    expect(await stockOf(sku)).toMatchObject({ onHand: 5 });
  });

  it('never believe a payment of another order or an instance of another line', async () => {
    const thing = await variant();
    const lines = [{ variantId: thing.variantId, quantity: 1 }];
    const [order, other] = await Promise.all([
      place(newId('user'), { lines }),
      place(newId('user'), { lines }),
    ]);
    await deliver('payment-events', { ...payment(order.id), paymentId: other.payment?.paymentId ?? '' });
    await deliver('provisioning-results', {
      type: 'line.provisioned',
      requestId: 'request-of-the-test',
      messageId: crypto.randomUUID(),
      orderId: order.id,
      lineId: order.lines[0]?.id,
      instanceId: newId('instance'),
      code: null,
      detail: '',
    });
    expect(await read(order)).toMatchObject({
      state: 'awaiting_payment',
      payment: { paymentId: order.payment?.paymentId },
      lines: [{ state: 'pending' }],
    });
  });

  it('keep dead letters until an operator sends them again', async () => {
    const sku = `SKU-${crypto.randomUUID()}`;
    const message = declared(sku, 3, 1);
    const { ids, ackAll } = await batchOf('catalogue-events-dlq', message);
    expect(ackAll).toBe(true);
    const as: [string, 'operator'] = [newId('user'), 'operator'];
    const list = async (query: string) =>
      (await request('GET', `/v1/dead-letters/purchase?limit=100${query}`, { as })).json<{
        items: { id: string; queue: string; body: unknown }[];
      }>();
    const id = `dl_${ids[0]}`;
    expect((await list('')).items).toContainEqual(
      expect.objectContaining({ id, queue: 'catalogue-events', body: message, replayedAt: null }),
    );
    const replayed = await request('POST', `/v1/dead-letters/purchase/${id}/replay`, { as });
    expect([replayed.status, await replayed.json()]).toEqual([202, { id, replayed: true }]);
    expect((await list('&replayed=true')).items.map((item) => item.id)).toContain(id);
    await expect.poll(() => stockOf(sku), { timeout: 5_000 }).toMatchObject({ onHand: 3 });
  });

  it('page through dead letters without losing or repeating one', async () => {
    await batchOf('payment-events-dlq', ...Array.from({ length: 5 }, () => payment(newId('order'))));
    const as: [string, 'operator'] = [newId('user'), 'operator'];
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const response = await request('GET', `/v1/dead-letters/purchase?limit=2${query}`, { as });
      const page: { items: { id: string }[]; next: string | null } = await response.json();
      seen.push(...page.items.map((item) => item.id));
      cursor = page.next;
    }
    const { results } = await bindings.ORDERS_DB.prepare(
      'SELECT id FROM dead_letters WHERE replayed_at IS NULL ORDER BY received_at, id',
    ).all<{ id: string }>();
    expect(seen).toEqual(results.map((row) => row.id));
  });
});

describe('the inbox of payment events', () => {
  const batch = (queue: string, ...bodies: unknown[]) =>
    createMessageBatch(
      queue,
      bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body })),
    );
  const told = async (queue: string, ...bodies: unknown[]) => {
    const calls: unknown[] = [];
    const settleEvents = async (_: unknown, input: unknown) => {
      calls.push(input);
      throw new Error('the inbox is away');
    };
    const PAYMENTS = { settleEvents } as unknown as typeof bindings.PAYMENTS;
    await consume(batch(queue, ...bodies), { ...bindings, PAYMENTS });
    return calls;
  };

  it('is told of a whole batch in one call, and whether it listens changes nothing', async () => {
    const { variantId } = await variant();
    const order = await place(newId('user'), { lines: [{ variantId, quantity: 1 }] });
    const messages = [payment(order.id), payment(order.id)];
    expect(await told('payment-events', ...messages)).toEqual([
      { eventIds: messages.map(({ eventId }) => eventId), outcome: 'handled', detail: null },
    ]);
  });

  it('is told of what could not be taken in', async () => {
    const [stray, dead] = [payment(newId('order')), payment(newId('order'))];
    expect(await told('payment-events', stray)).toMatchObject([
      { eventIds: [stray.eventId], outcome: 'failed' },
    ]);
    expect(await told('payment-events-dlq', dead, { nonsense: true })).toMatchObject([
      { eventIds: [dead.eventId], outcome: 'failed' },
    ]);
  });
});
