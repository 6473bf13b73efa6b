import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { deliver, env, intentEvent, newEventId, newOrderId, recordingQueue, request } from '../testing.ts';
import worker from '../index.ts';

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
