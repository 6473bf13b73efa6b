import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CLOSE, type ListenerMessage, LISTENERS_MAX } from '#objects/order/listeners.ts';
import type { Role } from '#shared/auth/permissions.ts';
import type { Order, TimelineEntry } from '#shared/contracts/http/orders.ts';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn } from '#shared/testing/runtime.ts';
import {
  auth,
  fulfil,
  namespaces,
  openShop,
  OPERATOR,
  pay,
  place,
  request,
  timelineOf,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

async function ordered(): Promise<Order> {
  const thing = await variant();
  return place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
}
async function finish(order: Order): Promise<void> {
  await pay(order);
  await fulfil(order);
}
const customerOf = (order: Order): [string, Role] => [order.customerId, 'customer'];

interface Event {
  id: string | null;
  event: string | null;
  data: string;
}
/** Reads Server-Sent Events as a browser does. */
class Events {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';
  retry: string | null = null;

  constructor(response: Response) {
    if (response.body === null) throw new Error('no body');
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** The next event; null at the end of the stream. */
  async next(): Promise<Event | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return null;
        this.#text += this.#decoder.decode(value, { stream: true });
        continue;
      }
      const fields = new Map(
        this.#text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      this.#text = this.#text.slice(end + 2);
      this.retry = fields.get('retry') ?? this.retry;
      const data = fields.get('data');
      if (data === undefined) continue;
      return { id: fields.get('id') ?? null, event: fields.get('event') ?? null, data };
    }
  }
  async take(count: number): Promise<Event[]> {
    const events: Event[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === null) break;
      events.push(event);
    }
    return events;
  }
  cancel = () => this.#reader.cancel();
}
async function stream(order: { id: string }, as: [string, Role], headers: Record<string, string> = {}) {
  const response = await request('GET', `/v1/orders/${order.id}/events`, { as, headers });
  return { response, events: response.status === 200 ? new Events(response) : null };
}
async function streaming(...parameters: Parameters<typeof stream>): Promise<Events> {
  const { response, events } = await stream(...parameters);
  if (events === null) throw new Error(`not a stream: ${response.status}`);
  return events;
}
const sequences = (events: Event[]): number[] => events.map((event) => Number(event.id));

/** A WebSocket that keeps what it is sent. */
async function connect(order: { id: string }, as: [string, Role], after = 0) {
  const { authorization } = await signedIn(...as);
  const response = await self.fetch(`https://shop.test/v1/orders/${order.id}/events?after=${after}`, {
    headers: {
      upgrade: 'websocket',
      'sec-websocket-protocol': `tradepost.v1, bearer.${authorization.replace('Bearer ', '')}`,
    },
  });
  const socket = response.webSocket;
  const messages: ListenerMessage[] = [];
  const raw: string[] = [];
  const closed = { code: null as number | null };
  if (socket !== null) {
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') raw.push('pong');
      else messages.push(JSON.parse(String(data)) as ListenerMessage);
    });
    socket.addEventListener('close', ({ code }) => {
      closed.code = code;
    });
    socket.accept();
  }
  const entries = (): TimelineEntry[] =>
    messages.flatMap((message) => (message.type === 'entry' ? [message.entry] : []));
  return { response, socket, messages, entries, raw, closed };
}
const listenersOf = (order: { id: string }): Promise<number> =>
  runInDurableObject(namespaces.ORDER.getByName(order.id), (_, state) => state.getWebSockets().length);

describe('Server-Sent Events of an order', () => {
  it('tell everything from the beginning to the end, then end the stream', async () => {
    const order = await ordered();
    const events = await streaming(order, customerOf(order));
    const [done] = await Promise.all([events.take(1_000), finish(order)]);
    const timeline = await timelineOf(order);
    expect(done.slice(0, -1).map((event) => JSON.parse(event.data) as unknown)).toEqual(timeline);
    expect(sequences(done.slice(0, -1))).toEqual(timeline.map((entry) => entry.sequence));
    expect(done.at(-1)).toEqual({
      id: String(timeline.at(-1)?.sequence),
      event: 'end',
      data: '{"state":"completed"}',
    });
    expect(events.retry).toBe('2000');
  });

  it('go on after the last one received, without loss and without repeat', async () => {
    const order = await ordered();
    const first = await streaming(order, customerOf(order));
    const received = sequences(await first.take(2));
    await first.cancel();
    await finish(order);
    const second = await streaming(order, customerOf(order), { 'last-event-id': String(received.at(-1)) });
    received.push(...sequences((await second.take(1_000)).filter(({ event }) => event === null)));
    expect(received).toEqual((await timelineOf(order)).map((entry) => entry.sequence));
  });

  it('are refused with 204 once there is nothing more to come, because EventSource would come back for ever', async () => {
    const order = await ordered();
    await finish(order);
    const last = (await timelineOf(order)).at(-1)?.sequence ?? 0;
    const headers = { 'last-event-id': String(last) };
    expect((await stream(order, customerOf(order), headers)).response.status).toBe(204);
    expect(
      await (await streaming(order, customerOf(order), { 'last-event-id': String(last - 1) })).take(9),
    ).toHaveLength(2);
  });

  it('leave the object without a listener when the client goes', async () => {
    const order = await ordered();
    const events = await streaming(order, customerOf(order));
    await events.take(1);
    expect(await listenersOf(order)).toBe(1);
    await events.cancel();
    await vi.waitFor(async () => expect(await listenersOf(order)).toBe(0));
  });

  it('are for the owner and for staff; for others there is no such order', async () => {
    const order = await ordered();
    const stranger = newId('user');
    expect((await stream(order, [stranger, 'customer'])).response.status).toBe(404);
    expect((await stream({ id: newId('order') }, [stranger, 'support'])).response.status).toBe(404);
    expect((await request('GET', `/v1/orders/${order.id}/events`)).status).toBe(401);
    const staff = await streaming(order, [stranger, 'support']);
    expect(await staff.take(1)).toHaveLength(1);
    await staff.cancel();
    expect((await stream(order, customerOf(order), { 'last-event-id': 'x' })).response.status).toBe(422);
  });

  it('are told from the log of an order that was put to sleep meanwhile', async () => {
    const order = await ordered();
    const events = await streaming(order, customerOf(order));
    await events.take(2);
    await evictDurableObject(namespaces.ORDER.getByName(order.id));
    const [rest] = await Promise.all([events.take(1_000), finish(order)]);
    expect(sequences(rest).slice(0, -1)).toEqual(
      (await timelineOf(order)).slice(2).map((entry) => entry.sequence),
    );
  });
});

describe('what is told after the end', () => {
  const refund = (order: { id: string }) =>
    request('POST', `/v1/orders/${order.id}/refunds`, {
      as: OPERATOR,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { amount: 1, reason: 'sorry' },
    });

  it('reaches those who stay, over an open stream and one that is opened later', async () => {
    const order = await ordered();
    const path = `/v1/orders/${order.id}/events?beyondEnd=true`;
    const open = async (after: number) => {
      const response = await request('GET', `${path}&after=${after}`, { as: customerOf(order) });
      const events = response.status === 200 ? new Events(response) : null;
      return { response, events };
    };
    const early = await open(0);
    await finish(order);
    const last = (await timelineOf(order)).at(-1)?.sequence ?? 0;
    const late = await open(last);
    expect(late.response.status).toBe(200);
    expect((await refund(order)).status).toBe(200);
    for (const { events } of [early, late]) {
      const told: (string | null)[] = [];
      for (
        let event = await events?.next();
        event !== null && event !== undefined;
        event = await events?.next()
      ) {
        told.push(event.event ?? event.data);
        if (event.data.includes('refund.granted')) break;
      }
      expect(told.at(-1)).toContain('refund.granted');
      expect(told.filter((one) => one === 'end')).toHaveLength(1);
      await events?.cancel();
    }
  });
});

describe('a WebSocket of an order', () => {
  it('carries the same entries and the end, with the token in its subprotocols', async () => {
    const order = await ordered();
    const { response, entries, messages, closed } = await connect(order, customerOf(order));
    expect([response.status, response.headers.get('sec-websocket-protocol')]).toEqual([101, 'tradepost.v1']);
    await finish(order);
    await vi.waitFor(() => expect(closed.code).toBe(CLOSE.ended));
    expect(entries()).toEqual(await timelineOf(order));
    expect(messages.at(-1)).toMatchObject({ type: 'end', state: 'completed' });
  });

  it('goes on after the last one received', async () => {
    const order = await ordered();
    await finish(order);
    const timeline = await timelineOf(order);
    const { entries, closed } = await connect(order, customerOf(order), timeline[2]?.sequence);
    await vi.waitFor(() => expect(closed.code).toBe(CLOSE.ended));
    expect(entries()).toEqual(timeline.slice(3));
  });

  it('is answered its ping, and closed when it says anything else', async () => {
    const order = await ordered();
    const { socket, raw, closed } = await connect(order, customerOf(order));
    socket?.send('ping');
    await vi.waitFor(() => expect(raw).toEqual(['pong']));
    socket?.send('hello?');
    await vi.waitFor(() => expect(closed.code).toBe(CLOSE.unwanted));
  });

  it('ends with its session', async () => {
    const order = await ordered();
    const { closed } = await connect(order, customerOf(order));
    const stub = namespaces.ORDER.getByName(order.id);
    await runInDurableObject(stub, (_, state) => {
      const [socket] = state.getWebSockets();
      socket?.serializeAttachment({ ...(socket.deserializeAttachment() as object), until: 1 });
      state.storage.sql.exec("UPDATE _alarms SET at = 1 WHERE name = 'listeners'");
    });
    await runDurableObjectAlarm(stub);
    await vi.waitFor(() => expect(closed.code).toBe(CLOSE.expired));
  });

  it('tells nothing more once its reader has lost the right, whatever the token says', async () => {
    const order = await ordered();
    const [socket, events] = await Promise.all([
      connect(order, customerOf(order)),
      streaming(order, customerOf(order)),
    ]);
    const staff = await connect(order, [newId('user'), 'support']);
    await vi.waitFor(() => expect(socket.entries().length).toBeGreaterThan(0));
    const told = socket.entries();
    // The object has told nobody anything yet, and so asked auth nothing.
    await auth.revoke(order.customerId);
    await finish(order);
    await vi.waitFor(() => expect(staff.closed.code).toBe(CLOSE.ended));
    expect(socket.closed.code).toBe(CLOSE.expired);
    expect(socket.entries()).toEqual(told);
    expect(sequences(await events.take(1_000))).toEqual(told.map(({ sequence }) => sequence));
  });

  it('is refused beyond a number, for staff apart from customers, and taken again when one has gone', async () => {
    const order = await ordered();
    const open = await Promise.all(
      Array.from({ length: LISTENERS_MAX }, () => connect(order, customerOf(order))),
    );
    expect(open.map(({ response }) => response.status)).toEqual(open.map(() => 101));
    expect((await connect(order, customerOf(order))).response.status).toBe(429);
    expect((await connect(order, [newId('user'), 'support'])).response.status).toBe(101);
    open[0]?.socket?.close(1000);
    await vi.waitFor(async () => expect((await connect(order, customerOf(order))).response.status).toBe(101));
  });

  it('is for the owner alone', async () => {
    const order = await ordered();
    expect((await connect(order, [newId('user'), 'customer'])).response.status).toBe(404);
    const naked = await self.fetch(`https://shop.test/v1/orders/${order.id}/events`, {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'tradepost.v1, bearer.a.b.c' },
    });
    expect(naked.status).toBe(401);
  });
});
