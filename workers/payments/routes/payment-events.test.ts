import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { deliver, env, intentEvent, newEventId, newOrderId, recordingQueue, request } from '../testing.ts';
import worker from '../index.ts';
import { PaymentsRpc } from '../rpc.ts';

beforeAll(migrateDatabases);
const OPERATOR = 'usr_0000000000000000000000000000000a';
const operator = () => signedIn(OPERATOR, 'operator');

interface Page {
  items: { id: string; state: string; orderId: string | null; receivedAt: string }[];
  next: string | null;
}
const list = async (query: string): Promise<Page> => {
  const response = await request(`/v1/payment-events?${query}`, { headers: await operator() });
  expect(response.status).toBe(200);
  return response.json();
};

describe('who may look at and replay payment events', () => {
  it.each([
    ['nobody', null, 401, 401],
    ['customer', 'customer', 403, 403],
    ['support', 'support', 403, 403],
    ['operator', 'operator', 200, 404],
    ['admin', 'admin', 200, 404],
  ] as const)('%s', async (_who, role, readStatus, replayStatus) => {
    const headers: Record<string, string> = role === null ? {} : await signedIn(OPERATOR, role);
    const read = await request('/v1/payment-events', { headers });
    const replay = await request(`/v1/payment-events/${newEventId()}/replay`, { method: 'POST', headers });
    expect([read.status, replay.status]).toEqual([readStatus, replayStatus]);
  });
});

describe('the inbox', () => {
  it('is read page by page, newest first, by order', async () => {
    const orderId = newOrderId();
    const events = Array.from({ length: 5 }, () => intentEvent({}, { metadata: { order_id: orderId } }));
    for (const event of events) await deliver(event);

    const first = await list(`orderId=${orderId}&limit=3`);
    const second = await list(`orderId=${orderId}&limit=3&cursor=${first.next ?? ''}`);
    const seen = [...first.items, ...second.items];
    expect([first.items.length, second.items.length, second.next]).toEqual([3, 2, null]);
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)));
    const times = seen.map(({ receivedAt }) => receivedAt);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('is filtered by state', async () => {
    const orderId = newOrderId();
    const waiting = intentEvent({}, { metadata: { order_id: orderId } });
    await deliver(waiting, { bindings: { PAYMENT_EVENTS: recordingQueue({ failing: true }).queue } });
    await deliver(intentEvent({}, { metadata: { order_id: orderId } }));
    const { items } = await list(`orderId=${orderId}&state=received`);
    expect(items.map(({ id }) => id)).toEqual([waiting.id]);
  });

  it('is filtered by type, payment and time, together', async () => {
    const first = intentEvent({ type: 'payment_intent.processing' });
    const second = intentEvent({ type: 'payment_intent.succeeded' }, { id: first.data.object.id });
    await deliver(first);
    await deliver(second);
    const of = async (query: string) =>
      (await list(`paymentId=${first.data.object.id}&${query}`)).items.map(({ id }) => id);
    const soon = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect((await of('limit=5')).toSorted()).toEqual([first.id, second.id].toSorted());
    expect(await of('type=payment_intent.processing')).toEqual([first.id]);
    expect(await of(`from=${soon}`)).toEqual([]);
    expect(await of(`to=${soon}&type=payment_intent.succeeded`)).toEqual([second.id]);
  });

  it('shows one event with what the provider sent, without secrets and without who the customer is', async () => {
    const event = intentEvent(
      {},
      {
        receipt_email: 'ada@mail.test',
        shipping: { name: 'Ada Lovelace', address: { line1: 'Lantern Street 7' } },
        description: 'card 4242 4242 4242 4242',
        cvc: '987',
        card: { cvc: ['987'], number: 4242424242424242, boxes: ['4242', '4242', '4242', '4242'] },
        '5555555555554444': 1,
      },
    );
    await deliver(event);
    const response = await request(`/v1/payment-events/${event.id}`, { headers: await operator() });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ id: event.id, body: { id: event.id, type: event.type } });
    expect(text).not.toMatch(
      /ada@|Lovelace|Lantern|4242 4242|4242424242424242|"4242"|5555555555554444|"987"|client_secret/,
    );
    const unknown = await request(`/v1/payment-events/${newEventId()}`, { headers: await operator() });
    expect(unknown.status).toBe(404);
  });

  it.each(['limit=0', 'limit=101', 'state=lost', 'orderId=42', 'limit=x'])('refuses %s', async (query) => {
    const response = await request(`/v1/payment-events?${query}`, { headers: await operator() });
    expect(response.status).toBe(422);
  });

  it('refuses a cursor it did not give', async () => {
    const response = await request('/v1/payment-events?cursor=nonsense', { headers: await operator() });
    expect(await response.json()).toMatchObject({ type: '/problems/invalid-cursor' });
  });
});

describe('replaying', () => {
  it('wakes the order again with a message of its own', async () => {
    const event = intentEvent();
    await deliver(event);
    const { sent, queue } = recordingQueue();
    const path = `/v1/payment-events/${event.id}/replay`;
    const init = { method: 'POST', headers: await operator() };
    const responses = [
      await request(path, init, { PAYMENT_EVENTS: queue }),
      await request(path, init, { PAYMENT_EVENTS: queue }),
    ];
    expect(responses.map(({ status }) => status)).toEqual([202, 202]);
    expect(sent.map(({ eventId }) => eventId)).toEqual([event.id, event.id]);
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(2);
  });

  it('of an event without an order is a conflict, since nobody would be woken', async () => {
    const event = intentEvent({}, { metadata: {} });
    await deliver(event);
    const response = await request(`/v1/payment-events/${event.id}/replay`, {
      method: 'POST',
      headers: await operator(),
    });
    expect(response.status).toBe(409);
  });
});

describe('replaying many', () => {
  const replay = async (body: unknown, bindings = {}) =>
    request(
      '/v1/payment-events/replay',
      {
        method: 'POST',
        headers: { ...(await operator()), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      bindings,
    );

  /** Of the events of a payment, in any order. */
  const receivedAt = (paymentId: string, seconds: number[]) =>
    env.PAYMENTS_DB.prepare(
      `UPDATE payment_events SET received_at = (
         SELECT '2026-01-01T00:00:0' || json_extract(?2, '$[' || (place - 1) || ']') || '.000Z'
         FROM (SELECT event_id, row_number() OVER (ORDER BY event_id) AS place FROM payment_events WHERE payment_id = ?1) AS placed
         WHERE placed.event_id = payment_events.event_id) WHERE payment_id = ?1`,
    )
      .bind(paymentId, JSON.stringify(seconds))
      .run();

  it('wakes the orders of all events that fit, as many as asked for, and says where to go on', async () => {
    const payment = intentEvent().data.object;
    const events = Array.from({ length: 4 }, () => intentEvent({}, payment));
    for (const event of events) await deliver(event);
    await receivedAt(payment.id, [1, 2, 3, 4]);
    const { sent, queue } = recordingQueue();
    const first = await replay({ paymentId: payment.id, limit: 3 }, { PAYMENT_EVENTS: queue });
    expect(first.status).toBe(202);
    expect(await first.json()).toMatchObject({ replayed: 3, skipped: 0, more: true });
    expect(sent).toHaveLength(3);
    const rest = await replay({ paymentId: payment.id });
    expect(await rest.json()).toMatchObject({ replayed: 4, more: false });
  });

  it.each([
    { seconds: [1, 1, 2, 3], limit: 3 },
    { seconds: [1, 2, 2, 3], limit: 2 },
    { seconds: [1, 1, 1, 1], limit: 2 },
    { seconds: [1, 2, 2, 2], limit: 1 },
  ])('misses none that came at the same moment ($seconds, $limit at a time)', async ({ seconds, limit }) => {
    const payment = intentEvent().data.object;
    const events = seconds.map(() => intentEvent({}, payment));
    for (const event of events) await deliver(event);
    await receivedAt(payment.id, seconds);
    const { sent, queue } = recordingQueue();
    let to: string | undefined;
    for (let more = true; more;) {
      const body = { paymentId: payment.id, limit, ...(to === undefined ? {} : { to }) };
      const answer: { more: boolean; oldestReceivedAt: string } = await (
        await replay(body, { PAYMENT_EVENTS: queue })
      ).json();
      ({ more, oldestReceivedAt: to } = answer);
    }
    expect(sent.map(({ eventId }) => eventId).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  });

  it.each([{ limit: 501 }, { state: 'lost' }, { from: 'yesterday' }, { everything: true }])(
    'refuses %j',
    async (body) => {
      expect((await replay(body)).status).toBe(422);
    },
  );

  it('needs the permission to operate', async () => {
    const headers = await signedIn(OPERATOR, 'support');
    const response = await request('/v1/payment-events/replay', { method: 'POST', headers });
    expect(response.status).toBe(403);
  });
});

describe('the sweeper', () => {
  const sweep = async (queue: typeof env.PAYMENT_EVENTS) => {
    const context = createExecutionContext();
    await worker.scheduled(createScheduledController(), { ...env, PAYMENT_EVENTS: queue });
    await waitOnExecutionContext(context);
  };
  const age = (eventId: string, days: number) =>
    env.PAYMENTS_DB.prepare('UPDATE payment_events SET received_at = ? WHERE event_id = ?')
      .bind(new Date(Date.now() - days * 86_400_000).toISOString(), eventId)
      .run();

  it('sends on what was kept but never reached the queue, once', async () => {
    const events = Array.from({ length: 3 }, () => intentEvent());
    const down = recordingQueue({ failing: true });
    for (const event of events) await deliver(event, { bindings: { PAYMENT_EVENTS: down.queue } });
    for (const event of events) await age(event.id, 0.01);
    const { sent, queue } = recordingQueue();
    await sweep(queue);
    await sweep(queue);
    const ids = new Set(events.map(({ id }) => id));
    expect(sent.map(({ eventId }) => eventId).filter((id) => ids.has(id))).toHaveLength(3);
  });

  it('forgets what has been settled for 90 days, and never what still waits', async () => {
    const [settled, waiting] = [intentEvent(), intentEvent()];
    const down = recordingQueue({ failing: true });
    await deliver(settled);
    await new PaymentsRpc(createExecutionContext(), env).settleEvents(
      { requestId: 'request-of-the-test' },
      { eventIds: [settled.id], outcome: 'handled', detail: null },
    );
    await deliver(waiting, { bindings: { PAYMENT_EVENTS: down.queue } });
    await age(settled.id, 91);
    await age(waiting.id, 91);
    const kept = async (eventId: string) =>
      (await env.PAYMENTS_DB.prepare('SELECT 1 FROM payment_events WHERE event_id = ?')
        .bind(eventId)
        .first()) !== null;
    await expect(sweep(down.queue)).rejects.toThrow('the queue is down');
    expect(await kept(waiting.id)).toBe(true);
    await sweep(recordingQueue().queue);
    expect(await kept(settled.id)).toBe(false);
  });
});
