import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { receivedAt, shopAnswers } from '../testing/fake-shop.ts';
import { sandbox } from '../testing/sdk.ts';
import type { GoodsDocument } from './order.ts';

const SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';
const webhook = new Webhook(SECRET);

const call = (method: string, path: string, body: object | null = null, key = 'key'): Promise<Response> => {
  const text = body === null ? '' : JSON.stringify(body);
  const at = new Date();
  return sandbox(`/fulfilment/fulfilment-orders${path}`, {
    method,
    headers: {
      'idempotency-key': key,
      'webhook-id': key,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': webhook.sign(key, at, text),
    },
    ...(body === null ? {} : { body: text }),
  });
};
const newOrder = (quantity: number) => {
  const reference = crypto.randomUUID();
  const callback = `/v1/connector-callbacks/${reference}`;
  const items = [{ sku: 'MUG', title: '', quantity }];
  const address = { name: 'A', city: 'B' };
  const body = { reference, address, weightGrams: 1, items, callbackUrl: `http://shop.test${callback}` };
  return { callback, body, key: reference };
};

beforeAll(async () => {
  await sandbox('/control/warehouse', { method: 'PUT', body: JSON.stringify({ secret: SECRET }) });
});

describe('the warehouse', () => {
  it('sends one unit first and the rest after it, and tells each step until it is heard', async () => {
    const { callback, body, key } = newOrder(3);
    await shopAnswers(callback, 500, 1);
    const taken = await call('POST', '', body, key);
    expect(taken.status).toBe(201);
    const { id } = await taken.json<GoodsDocument>();
    expect(await (await call('POST', '', body, key)).json()).toMatchObject({ id });
    await vi.waitFor(
      async () => {
        const told = await receivedAt(callback);
        expect(told.length).toBe(3);
        for (const { body: text, headers } of told) webhook.verify(text, headers);
        const [, , last] = told.map(({ body: text }) => JSON.parse(text) as GoodsDocument);
        expect(last?.state).toBe('shipped');
      },
      { timeout: 15_000, interval: 100 },
    );
    const now = await (await call('GET', `/${id}`)).json<GoodsDocument>();
    expect(now.shipments.map(({ items }) => items[0]?.quantity)).toEqual([1, 2]);
    expect((await call('DELETE', `/${id}`)).status).toBe(409);
  });

  it('stops what has not left, and takes nothing that is not signed', async () => {
    const { body, key } = newOrder(1);
    const { id } = await (await call('POST', '', body, key)).json<GoodsDocument>();
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    expect(await (await call('GET', `/${id}`)).json()).toMatchObject({ state: 'cancelled', shipments: [] });
    const unsigned = await sandbox(`/fulfilment/fulfilment-orders/${id}`, {});
    expect(unsigned.status).toBe(401);
  });
});
