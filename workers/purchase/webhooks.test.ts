import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type WebhookDelivery,
  webhookDeliveryDetailSchema,
  webhookDeliveryPageSchema,
  type WebhookEndpointView,
  webhookEndpointPageSchema,
  webhookEndpointSchema,
  webhookEndpointWithSecretSchema,
} from '#shared/contracts/http/webhook-endpoints.ts';
import { cloudEventSchema, PUBLIC_EVENTS, type PublicEventType } from '#shared/contracts/order-events.ts';
import type { WebhookEndpointFace } from '#objects/webhook-endpoint/face.ts';
import { fromBase64 } from '#shared/crypto/bytes.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import {
  catchWebhooks,
  names,
  noNames,
  type Received,
  received,
  receivedBy,
  receiver,
  receivers,
} from './testing/receivers.ts';
import { bindings, deliver, fulfil, OPERATOR, pay, place, request, stocked } from './testing/shop.ts';

beforeAll(async () => {
  catchWebhooks();
  await migrateDatabases();
});

const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  request(method, `/v1/webhook-endpoints${path}`, {
    as: OPERATOR,
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });
const post = (body: unknown, key: string = crypto.randomUUID()) =>
  send('POST', '', body, { 'idempotency-key': key });

async function create(body: Record<string, unknown>) {
  const response = await post({ eventTypes: ['*'], ...body });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return webhookEndpointWithSecretSchema.parse(await response.json());
}
const read = async (id: string): Promise<WebhookEndpointView> =>
  webhookEndpointSchema.parse(await (await send('GET', `/${id}`)).json());
const deliveriesOf = async (id: string, query = ''): Promise<WebhookDelivery[]> =>
  webhookDeliveryPageSchema.parse(await (await send('GET', `/${id}/deliveries${query}`)).json()).items;
const detailOf = async (id: string, deliveryId: string) =>
  webhookDeliveryDetailSchema.parse(await (await send('GET', `/${id}/deliveries/${deliveryId}`)).json());

/** A public event on its way to the endpoints. */
async function announce(type: PublicEventType = 'order.paid', sequence = 1) {
  const orderId = newId('order');
  const event = cloudEventSchema.parse({
    specversion: '1.0',
    id: `${orderId}:${sequence}`,
    source: 'https://shop.test/v1/orders',
    type,
    subject: orderId,
    time: new Date().toISOString(),
    sequence,
    datacontenttype: 'application/json',
    data: { note: 'a tester’s event' },
  });
  const message = { requestId: 'request-of-the-test', messageId: event.id, orderId, event };
  await deliver('order-events', message);
  return { event, again: () => deliver('order-events', message) };
}

const stubOf = (id: string) =>
  (bindings as unknown as { WEBHOOK_ENDPOINT: DurableObjectNamespace }).WEBHOOK_ENDPOINT.getByName(id);
/** Time passes for an endpoint: everything it wrote down is that much older, and what is due rings. */
async function later(id: string, ms: number): Promise<void> {
  await runInDurableObject(stubOf(id), async (_, state) => {
    const { sql } = state.storage;
    sql.exec('UPDATE deliveries SET next_at = next_at - ?, created_at = created_at - ?', ms, ms);
    sql.exec('UPDATE signing_keys SET expires_at = expires_at - ? WHERE expires_at IS NOT NULL', ms);
    sql.exec(
      `UPDATE settings SET settings = json_set(settings, '$.failingSince', json_extract(settings, '$.failingSince') - ?)
       WHERE json_extract(settings, '$.failingSince') IS NOT NULL`,
      ms,
    );
    sql.exec('UPDATE _alarms SET at = at - ?', ms);
    await state.storage.setAlarm(Date.now() + 60_000);
  });
  await runDurableObjectAlarm(stubOf(id));
}
const verify = (secret: string | null, { body, headers }: Received): unknown =>
  new Webhook(secret ?? '').verify(body, headers);

describe('a webhook endpoint', () => {
  it('gets each event it wants once, signed so that the library of Standard Webhooks accepts it', async () => {
    const target = receiver();
    const { endpoint, secret } = await create({ url: target.url, eventTypes: ['order.paid'] });
    const { event, again } = await announce('order.paid');
    await again();
    await announce('order.cancelled');
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(1));
    const [one] = receivedBy(target);
    expect(one === undefined ? null : verify(secret, one)).toEqual(event);
    expect(one?.headers).toMatchObject({ 'webhook-id': event.id, 'content-type': 'application/json' });
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([
        { eventId: event.id, state: 'delivered', attempts: 1, lastStatus: 200, nextAttemptAt: null },
      ]),
    );
  });

  it('can verify with a public key alone, so that nobody but us can sign', async () => {
    const target = receiver();
    const { endpoint, secret } = await create({ url: target.url, signing: 'ed25519' });
    expect(secret).toBeNull();
    await announce();
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(1));
    const { headers = {}, body = '' } = receivedBy(target)[0] ?? {};
    const raw = fromBase64((endpoint.keys[0]?.publicKey ?? '').replace('whpk_', ''));
    const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
    const [version, signature = ''] = (headers['webhook-signature'] ?? '').split(',');
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const isGenuine = (text: string) =>
      crypto.subtle.verify('Ed25519', key, fromBase64(signature), new TextEncoder().encode(text));
    expect([version, await isGenuine(content), await isGenuine(`${content} `)]).toEqual(['v1a', true, false]);
  });

  it('tells its secret once and never again, not even to a repeat of the request', async () => {
    const body = { url: receiver().url, eventTypes: ['*'] };
    const key = crypto.randomUUID();
    const [first, second] = [await post(body, key), await post(body, key)];
    const made = webhookEndpointWithSecretSchema.parse(await first.json());
    const repeated = webhookEndpointWithSecretSchema.parse(await second.json());
    expect(made.secret).toMatch(/^whsec_/);
    expect(repeated).toEqual({ endpoint: made.endpoint, secret: null });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect((await post({ ...body, description: 'another' }, key)).status).toBe(422);
    const { id } = made.endpoint;
    const shown = JSON.stringify([await read(id), await deliveriesOf(id)]);
    const stored = await runInDurableObject(stubOf(id), (_, state) =>
      JSON.stringify(
        ['signing_keys', 'settings', '_outbox'].map((table) =>
          state.storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
        ),
      ),
    );
    const secret = (made.secret ?? '').replace('whsec_', '');
    expect([shown.includes(secret), stored.includes(secret)]).toEqual([false, false]);
  });

  it('signs with the old and the new key while they overlap, so that a receiver changes over in peace', async () => {
    const target = receiver();
    const { endpoint, secret: old } = await create({ url: target.url });
    const rotated = await send('POST', `/${endpoint.id}/rotate-key`, { overlapSeconds: 3600 });
    const { secret } = webhookEndpointWithSecretSchema.parse(await rotated.json());
    await announce();
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(1));
    const [both] = receivedBy(target);
    if (both === undefined) throw new Error('nothing came');
    expect(() => [verify(old, both), verify(secret, both)]).not.toThrow();
    await later(endpoint.id, 2 * HOUR_MS);
    await announce();
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(2));
    const [, one] = receivedBy(target);
    if (one === undefined) throw new Error('nothing came');
    expect(() => verify(secret, one)).not.toThrow();
    expect(() => verify(old, one)).toThrow('No matching signature found');
    expect((await read(endpoint.id)).keys).toHaveLength(1);
  });

  it('signs with each key until its overlap ends, however often it is rotated; one too many is refused', async () => {
    const target = receiver();
    const { endpoint, secret: first } = await create({ url: target.url });
    const rotate = (overlapSeconds: number) => send('POST', `/${endpoint.id}/rotate-key`, { overlapSeconds });
    const secretOf = async (answer: Response) =>
      webhookEndpointWithSecretSchema.parse(await answer.json()).secret;
    const secrets = [first];
    for (let time = 0; time < 4; time += 1) secrets.push(await secretOf(await rotate(3600)));
    const { version, keys } = await read(endpoint.id);
    const refused = await rotate(3600);
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining(keys.at(-1)?.expiresAt ?? 'never') as string },
    ]);
    expect((await read(endpoint.id)).version).toBe(version);
    await announce();
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(1));
    for (const secret of secrets) {
      const [sent] = receivedBy(target);
      if (sent === undefined) throw new Error('nothing came');
      expect(() => verify(secret, sent)).not.toThrow();
    }
    expect((await rotate(0)).status).toBe(200);
    expect((await read(endpoint.id)).keys).toHaveLength(1);
  });

  it('is asked again after a failure, with the same id and body, until it takes the event', async () => {
    let broken = true;
    const target = receiver(() => new Response('one moment', { status: broken ? 503 : 200 }));
    const { endpoint } = await create({ url: target.url });
    await announce();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'pending', lastStatus: 503 }]),
    );
    expect((await read(endpoint.id)).failingSince).not.toBeNull();
    broken = false;
    await later(endpoint.id, 10_000);
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 2 }]),
    );
    const [first, second] = receivedBy(target);
    expect([second?.body, second?.headers['webhook-id']]).toEqual([
      first?.body,
      first?.headers['webhook-id'],
    ]);
    expect((await read(endpoint.id)).failingSince).toBeNull();
    const [delivery] = await deliveriesOf(endpoint.id);
    const detail = await detailOf(endpoint.id, delivery?.id ?? '');
    expect(detail.log.map(({ status, responseBody }) => [status, responseBody])).toEqual([
      [200, 'one moment'],
      [503, 'one moment'],
    ]);
    expect(detail.requestBody).toBe(first?.body);
  });

  it('is disabled after three days without a success, operators are told once, and the failed events can be sent again', async () => {
    let broken = true;
    const target = receiver(() => new Response(null, { status: broken ? 500 : 200 }));
    const { endpoint } = await create({ url: target.url });
    await announce('order.paid');
    for (let round = 0; round < 9; round += 1) {
      await vi.waitFor(async () => expect((await deliveriesOf(endpoint.id))[0]?.attempts).toBe(round + 1));
      await later(endpoint.id, 27 * HOUR_MS);
      if ((await read(endpoint.id)).disabledReason !== null) break;
    }
    await vi.waitFor(async () =>
      expect(await read(endpoint.id)).toMatchObject({ enabled: false, disabledReason: 'failing' }),
    );
    expect(await deliveriesOf(endpoint.id, '?state=failed')).toHaveLength(1);
    const notices = () =>
      received.filter(({ url, body }) => url.endsWith('/emails') && body.includes(endpoint.id));
    await vi.waitFor(() => expect(notices()).toHaveLength(1));
    expect(JSON.parse(notices()[0]?.body ?? '{}')).toMatchObject({ to: 'operators@mail.test' });
    const sent = receivedBy(target).length;
    await announce();
    expect(
      (await send('POST', `/${endpoint.id}/redeliver`, { since: new Date(0).toISOString() })).status,
    ).toBe(409);
    expect(receivedBy(target)).toHaveLength(sent);
    broken = false;
    const etag = `"${(await read(endpoint.id)).version}"`;
    expect((await send('PATCH', `/${endpoint.id}`, { enabled: true }, { 'if-match': etag })).status).toBe(
      200,
    );
    const again = await send('POST', `/${endpoint.id}/redeliver`, { since: new Date(0).toISOString() });
    expect([again.status, await again.json()]).toEqual([202, { count: 1 }]);
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 1 }]),
    );
  });

  it('is disabled at once by 410, because the receiver says it is gone', async () => {
    const target = receiver(() => new Response(null, { status: 410 }));
    const { endpoint } = await create({ url: target.url });
    await announce();
    await vi.waitFor(async () =>
      expect(await read(endpoint.id)).toMatchObject({ enabled: false, disabledReason: 'gone' }),
    );
    expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'failed', lastStatus: 410 }]);
    const page = webhookEndpointPageSchema.parse(await (await send('GET', '?limit=100')).json());
    expect(page.items.find(({ id }) => id === endpoint.id)).toMatchObject({
      enabled: false,
      disabledReason: 'gone',
    });
  });

  it('is not disabled at its new address for what its old one did, because nobody could move it in peace', async () => {
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let isOldGone = false;
    const old = receiver(async () => {
      if (isOldGone) await asked;
      return new Response(null, { status: isOldGone ? 410 : 500 });
    });
    const { endpoint } = await create({ url: old.url });
    await announce();
    await vi.waitFor(async () => expect((await deliveriesOf(endpoint.id))[0]?.attempts).toBe(1));
    await later(endpoint.id, 71 * HOUR_MS);
    await vi.waitFor(async () => expect((await deliveriesOf(endpoint.id))[0]?.attempts).toBe(2));
    isOldGone = true;
    await announce('order.completed');
    await vi.waitFor(() => expect(receivedBy(old)).toHaveLength(3));
    const fresh = receiver(() => new Response(null, { status: 500 }));
    const moved = await send('PATCH', `/${endpoint.id}`, { url: fresh.url }, { 'if-match': '*' });
    expect(moved.status).toBe(200);
    answer();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toContainEqual(expect.objectContaining({ lastStatus: 410 })),
    );
    await later(endpoint.id, 2 * HOUR_MS);
    await vi.waitFor(() => expect(receivedBy(fresh).length).toBeGreaterThan(0));
    await vi.waitFor(async () =>
      expect((await deliveriesOf(endpoint.id)).map(({ lastStatus }) => lastStatus)).toEqual([500, 500]),
    );
    expect(await read(endpoint.id)).toMatchObject({ enabled: true, disabledReason: null });
  });

  it('follows no redirect, reads a bounded part of the answer and waits as long as it is asked to', async () => {
    const moved = receiver(() => Response.redirect('https://elsewhere.merchant.example/', 308));
    const chatty = receiver(
      () => new Response('x'.repeat(1_000_000), { status: 429, headers: { 'retry-after': '7200' } }),
    );
    const [one, two] = [await create({ url: moved.url }), await create({ url: chatty.url })];
    await announce();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(one.endpoint.id)).toMatchObject([{ state: 'pending', lastStatus: 308 }]),
    );
    expect(received.some(({ url }) => url.includes('elsewhere'))).toBe(false);
    await vi.waitFor(async () =>
      expect(await deliveriesOf(two.endpoint.id)).toMatchObject([{ lastStatus: 429 }]),
    );
    const [delivery] = await deliveriesOf(two.endpoint.id);
    expect((await detailOf(two.endpoint.id, delivery?.id ?? '')).log[0]?.responseBody).toHaveLength(4_096);
    expect(Date.parse(delivery?.nextAttemptAt ?? '') - Date.now()).toBeGreaterThan(HOUR_MS);
  });

  it('has at most five deliveries under way, because a burst must not run a receiver over', async () => {
    let now = 0;
    let most = 0;
    const target = receiver(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      now -= 1;
      return new Response();
    });
    const { endpoint } = await create({ url: target.url });
    for (let index = 0; index < 12; index += 1) await announce();
    await vi.waitFor(async () =>
      expect((await deliveriesOf(endpoint.id, '?state=delivered')).length).toBe(12),
    );
    expect(most).toBe(5);
  });

  it('answers a ping while somebody waits, disabled or not, and a failed one is nobody’s failure', async () => {
    const target = receiver(() => new Response('pong', { status: 500 }));
    const { endpoint, secret } = await create({ url: target.url });
    expect((await send('PATCH', `/${endpoint.id}`, { enabled: false }, { 'if-match': '*' })).status).toBe(
      200,
    );
    const sent = await send('POST', `/${endpoint.id}/ping`);
    expect([sent.status, await sent.json()]).toMatchObject([
      200,
      { eventType: 'webhook.ping', state: 'failed', attempts: 1, lastStatus: 500 },
    ]);
    const [one] = receivedBy(target);
    expect(one === undefined ? null : verify(secret, one)).toMatchObject({ type: 'webhook.ping' });
    expect((await read(endpoint.id)).failingSince).toBeNull();
  });

  it('sends one event again by hand, under the same id', async () => {
    const target = receiver();
    const { endpoint } = await create({ url: target.url });
    const { event } = await announce();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'delivered' }]),
    );
    const [delivery] = await deliveriesOf(endpoint.id);
    expect((await send('POST', `/${endpoint.id}/deliveries/${delivery?.id}/redeliver`)).status).toBe(202);
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(2));
    expect(new Set(receivedBy(target).map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([event.id]),
    );
    expect(
      (await send('POST', `/${endpoint.id}/deliveries/${newId('webhookDelivery')}/redeliver`)).status,
    ).toBe(404);
  });

  it('sends a delivery that waits for its next attempt at once when somebody says so', async () => {
    let broken = true;
    const target = receiver(() => new Response(null, { status: broken ? 500 : 200 }));
    const { endpoint } = await create({ url: target.url });
    const waits = (attempts: number) =>
      vi.waitFor(async () => {
        expect(await deliveriesOf(endpoint.id)).toMatchObject([
          { state: 'pending', attempts, lastStatus: 500 },
        ]);
      });
    await announce();
    await waits(1);
    const [delivery] = await deliveriesOf(endpoint.id);
    expect((await send('POST', `/${endpoint.id}/deliveries/${delivery?.id}/redeliver`)).status).toBe(202);
    await waits(2);
    broken = false;
    const all = await send('POST', `/${endpoint.id}/redeliver`, { since: new Date(0).toISOString() });
    expect([all.status, await all.json()]).toEqual([202, { count: 1 }]);
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 3 }]),
    );
  });

  it('goes on after its process died with a delivery under way', async () => {
    const held: ((response: Response) => void)[] = [];
    const target = receiver(() => new Promise<Response>((resolve) => held.push(resolve)));
    const { endpoint } = await create({ url: target.url });
    await announce();
    await vi.waitFor(() => expect(held).toHaveLength(1));
    await runInDurableObject(stubOf(endpoint.id), (_, state) => state.abort('crash')).catch(() => {});
    receivers.set(target.host, () => new Response());
    await later(endpoint.id, HOUR_MS);
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'delivered' }]),
    );
    expect(receivedBy(target)).toHaveLength(2);
  });

  it('forgets what was settled thirty days ago, and nothing before', async () => {
    const { endpoint } = await create({ url: receiver().url });
    await announce();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'delivered' }]),
    );
    await later(endpoint.id, 29 * DAY_MS);
    expect(await deliveriesOf(endpoint.id)).toHaveLength(1);
    await later(endpoint.id, 2 * DAY_MS);
    expect(await deliveriesOf(endpoint.id)).toHaveLength(0);
  });

  it('pages through its log without losing or repeating a line', async () => {
    const { endpoint } = await create({ url: receiver().url });
    for (let index = 0; index < 5; index += 1) await announce();
    const seen: string[] = [];
    for (let path = `/${endpoint.id}/deliveries?limit=2`; ;) {
      const page = webhookDeliveryPageSchema.parse(await (await send('GET', path)).json());
      seen.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      path = `/${endpoint.id}/deliveries?limit=2&cursor=${page.next}`;
    }
    expect(seen).toHaveLength(5);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => (a < b ? 1 : -1)));
  });

  it('leaves nothing behind when it is deleted while it is changed or pinged', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const target = receiver(async () => {
      await held;
      return new Response('late');
    });
    const { endpoint } = await create({ url: target.url });
    const ping = send('POST', `/${endpoint.id}/ping`);
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(1));
    await runInDurableObject(stubOf(endpoint.id), async (object) => {
      const face = object as unknown as WebhookEndpointFace;
      const call = { requestId: 'request-of-the-test' };
      const change = { readVersion: null, changes: { description: 'once more' } };
      await Promise.all([face.change(call, change), face.remove(call)]);
    });
    release();
    expect((await ping).status).toBe(404);
    const page = webhookEndpointPageSchema.parse(await (await send('GET', '?limit=100')).json());
    expect(page.items.map(({ id }) => id)).not.toContain(endpoint.id);
  });

  it('is sent again as often as ever when that is asked for during its last attempt', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const target: { url: string; host: string } = receiver(async () => {
      if (receivedBy(target).length > 1) await held;
      return new Response('no', { status: 503 });
    });
    const { endpoint } = await create({ url: target.url });
    await announce();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([{ attempts: 1, lastStatus: 503 }]),
    );
    await runInDurableObject(stubOf(endpoint.id), (_, { storage }) => {
      storage.sql.exec('UPDATE deliveries SET attempts_max = 2');
    });
    const last = later(endpoint.id, HOUR_MS);
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(2));
    const [delivery] = await deliveriesOf(endpoint.id);
    expect((await send('POST', `/${endpoint.id}/deliveries/${delivery?.id}/redeliver`)).status).toBe(202);
    release();
    await last;
    expect(await deliveriesOf(endpoint.id)).toMatchObject([{ state: 'pending', attempts: 0 }]);
  });

  it('is changed only as it was read, and deleted with all it had', async () => {
    const target = receiver();
    const { endpoint } = await create({ url: target.url });
    const patch = (body: unknown, headers?: Record<string, string>) =>
      send('PATCH', `/${endpoint.id}`, body, headers);
    expect((await patch({ description: 'new' })).status).toBe(428);
    expect((await patch({ description: 'new' }, { 'if-match': '"7"' })).status).toBe(412);
    expect((await patch({ nonsense: 1 }, { 'if-match': '"1"' })).status).toBe(422);
    const changed = await patch(
      { description: 'new', eventTypes: ['order.completed'] },
      { 'if-match': '"1"' },
    );
    expect(await changed.json()).toMatchObject({
      description: 'new',
      version: 2,
      eventTypes: ['order.completed'],
    });
    expect((await send('DELETE', `/${endpoint.id}`)).status).toBe(204);
    expect((await send('GET', `/${endpoint.id}`)).status).toBe(404);
    expect((await send('DELETE', `/${endpoint.id}`)).status).toBe(404);
    await announce('order.completed');
    expect(receivedBy(target)).toEqual([]);
    const tables = await runInDurableObject(stubOf(endpoint.id), (_, state) =>
      state.storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
    );
    expect(tables).toEqual([]);
  });
});

describe('where an endpoint may lead', () => {
  it.each([
    'http://merchant.example/in',
    'https://localhost/in',
    'https://0x7f000001/',
    'https://[::ffff:10.0.0.1]/in',
    'https://169.254.169.254/',
  ])('is never %s in a deployed shop', async (url) => {
    const refused = await post({ url, eventTypes: ['*'] });
    expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ pointer: '/url' }] }]);
  });

  it('is not a name that leads inside, nor one that does not exist', async () => {
    names.set('inside.merchant.example', ['93.184.215.14', '10.0.0.7']);
    const inside = await post({ url: 'https://inside.merchant.example/', eventTypes: ['*'] });
    expect(await inside.json()).toMatchObject({ errors: [{ detail: 'must not lead to a private address' }] });
    const nowhere = await post({ url: 'https://nowhere.merchant.example/', eventTypes: ['*'] });
    expect(await nowhere.json()).toMatchObject({ errors: [{ detail: 'must name a host that exists' }] });
  });

  it('is refused while names cannot be looked up, and what waits is tried later', async () => {
    const target = receiver();
    const { endpoint } = await create({ url: target.url });
    noNames.now = true;
    const refused = await post({ url: receiver().url, eventTypes: ['*'] });
    await announce();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([
        { state: 'pending', lastStatus: null, lastError: 'names cannot be looked up: 503' },
      ]),
    );
    noNames.now = false;
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { errors: [{ detail: 'cannot be looked up at the moment; repeat the request later' }] },
    ]);
    expect(receivedBy(target)).toEqual([]);
    await later(endpoint.id, HOUR_MS);
    await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(1));
  });

  it('is looked at again before each attempt, because a name may lead inside later', async () => {
    const target = receiver();
    const { endpoint } = await create({ url: target.url });
    names.set(target.host, ['127.0.0.1']);
    await announce();
    await vi.waitFor(async () =>
      expect(await deliveriesOf(endpoint.id)).toMatchObject([
        { state: 'pending', lastStatus: null, lastError: 'url must not lead to a private address' },
      ]),
    );
    expect(receivedBy(target)).toEqual([]);
  });
});

describe('who may look after webhooks', () => {
  it.each(['customer', 'support'] as const)('is never a %s', async (role) => {
    const as: [string, typeof role] = [newId('user'), role];
    const { endpoint } = await create({ url: receiver().url });
    for (const [method, path] of [
      ['GET', ''],
      ['GET', `/${endpoint.id}`],
      ['DELETE', `/${endpoint.id}`],
      ['POST', `/${endpoint.id}/ping`],
      ['GET', `/${endpoint.id}/deliveries`],
    ] as const) {
      expect(
        (await request(method, `/v1/webhook-endpoints${path}`, { as })).status,
        `${method} ${path}`,
      ).toBe(403);
    }
    expect((await request('GET', '/v1/webhook-endpoints')).status).toBe(401);
  });
});

it('a purchase is told from placed to completed, in order and in the published shape', async () => {
  const target = receiver();
  await create({ url: target.url });
  const thing = await stocked(5);
  const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
  await pay(order);
  await fulfil(order);
  const events = () =>
    receivedBy(target)
      .map(({ body }) => cloudEventSchema.parse(JSON.parse(body)))
      .filter(({ subject }) => subject === order.id)
      .sort((a, b) => a.sequence - b.sequence);
  await vi.waitFor(() =>
    expect(events().map(({ type }) => type)).toEqual([
      'order.placed',
      'order.paid',
      'line.delivered',
      'order.completed',
    ]),
  );
  for (const { type, data } of events()) {
    expect(() => PUBLIC_EVENTS[type as PublicEventType].data.parse(data)).not.toThrow();
  }
});

it('changes of the catalogue are told to who wants them, once each and in the published shape', async () => {
  const target = receiver();
  const { secret } = await create({
    url: target.url,
    eventTypes: ['product.published', 'price_list.updated'],
  });
  const [productId, priceListId] = [newId('product'), newId('priceList')];
  const message = (type: string, of: object) => ({
    requestId: 'request-of-the-test',
    messageId: crypto.randomUUID(),
    type,
    version: 3,
    at: Date.now(),
    sequence: 7,
    ...of,
  });
  const messages = [
    message('product.published', { productId, status: 'published' }),
    message('product.updated', { productId, status: 'published' }),
    message('price_list.updated', { priceListId, status: 'active' }),
  ];
  for (const one of [...messages, ...messages]) await deliver('catalogue-events', one);
  await vi.waitFor(() => expect(receivedBy(target)).toHaveLength(2));
  const events = receivedBy(target).map((one) => cloudEventSchema.parse(verify(secret, one)));
  events.sort((a, b) => a.type.localeCompare(b.type));
  expect(events.map(({ type, subject, sequence }) => [type, subject, sequence])).toEqual([
    ['price_list.updated', priceListId, 7],
    ['product.published', productId, 7],
  ]);
  for (const { type, data } of events)
    expect(PUBLIC_EVENTS[type as PublicEventType].data.safeParse(data).success).toBe(true);
});
