import { Webhook } from 'standardwebhooks';
import { describe, expect, it, vi } from 'vitest';
import { receivedAt, shopAnswers } from '../testing/fake-shop.ts';
import { sandbox, setFault } from '../testing/sdk.ts';

const auth = { authorization: 'Bearer partner_unit' };
const webhook = new Webhook('whsec_cGFydG5lcl91bml0');

interface Operation {
  operationId: string;
  serviceId?: string;
  shipmentId?: string;
  state: string;
  result?: Record<string, string>;
  error?: { permanent: boolean };
}

function orderOf(more: Record<string, unknown> = {}) {
  const reference = crypto.randomUUID();
  const path = `/v1/partner-callbacks/${reference}`;
  return { path, body: { reference, plan: 'basic', callbackUrl: `http://shop.test${path}`, ...more } };
}
const order = (body: unknown, key: string = crypto.randomUUID(), kind = 'services') =>
  sandbox(`/partner/${kind}`, {
    method: 'POST',
    headers: { ...auth, 'idempotency-key': key },
    body: JSON.stringify(body),
  });
const operation = async (id: string): Promise<Operation> =>
  (await sandbox(`/partner/operations/${id}`, { headers: auth })).json();
const services = async (reference: string) => {
  const response = await sandbox(`/partner/services?reference=${reference}`, { headers: auth });
  return (await response.json<{ items: { id: string; state: string }[] }>()).items;
};
const callbacks = (path: string, count: number) =>
  vi.waitFor(async () => {
    const received = await receivedAt(path);
    expect(received.length).toBeGreaterThanOrEqual(count);
    return received;
  }, 15_000);

const use = (
  id: string,
  wish: 'suspend' | 'resume',
  sequence: number,
  headers: Record<string, string> = {},
) =>
  sandbox(`/partner/services/${id}/${wish}`, {
    method: 'POST',
    headers: { ...auth, 'idempotency-key': crypto.randomUUID(), ...headers },
    body: JSON.stringify({ sequence }),
  });

describe('a service that runs', () => {
  it('is changed and gets other access data once a key, and heeds the greatest sequence', async () => {
    const { path, body } = orderOf();
    const { serviceId = '' } = await (await order(body)).json<Operation>();
    await callbacks(path, 1);
    const send = (sent: object, key: string) =>
      sandbox(`/partner/services/${serviceId}${'plan' in sent ? '' : '/rotate'}`, {
        method: 'plan' in sent ? 'PATCH' : 'POST',
        headers: { ...auth, 'idempotency-key': key },
        body: JSON.stringify(sent),
      });
    expect((await send({ plan: 'large', parameters: {}, sequence: 2 }, 'two')).status).toBe(200);
    expect((await send({ plan: 'small', parameters: {}, sequence: 1 }, 'one')).status).toBe(200);
    expect(await services(body.reference)).toMatchObject([{ plan: 'large' }]);
    const [first, again, other] = await Promise.all(
      ['a', 'a', 'b'].map(async (key) => (await send({ sequence: 3 }, key)).json<Operation>()),
    );
    expect(again?.result).toEqual(first?.result);
    expect(other?.result).not.toEqual(first?.result);
  });
});

describe('the use of a service', () => {
  it('is suspended and resumed by the wish with the greatest sequence, however late an older one comes', async () => {
    const { path, body } = orderOf();
    const { serviceId = '' } = await (await order(body)).json<Operation>();
    expect((await use(serviceId, 'suspend', 1)).status).toBe(404);
    await callbacks(path, 1);
    const states: string[] = [];
    for (const [wish, sequence] of [
      ['suspend', 1],
      ['resume', 3],
      ['suspend', 2],
      ['suspend', 4],
    ] as const) {
      states.push((await (await use(serviceId, wish, sequence)).json<{ state: string }>()).state);
    }
    expect(states).toEqual(['suspended', 'active', 'active', 'suspended']);
    expect(await services(body.reference)).toMatchObject([{ id: serviceId, state: 'suspended' }]);
  });

  it('is nothing of a service that is gone, and wants a key', async () => {
    const { path, body } = orderOf();
    const { serviceId = '' } = await (await order(body)).json<Operation>();
    await callbacks(path, 1);
    expect((await use(serviceId, 'suspend', 1, { 'idempotency-key': '' })).status).toBe(400);
    await sandbox(`/partner/services/${serviceId}`, { method: 'DELETE', headers: auth });
    expect((await use(serviceId, 'suspend', 1)).status).toBe(404);
  });
});

describe('a service', () => {
  it('is ordered, works for a moment and calls back, signed by Standard Webhooks', async () => {
    const { path, body } = orderOf({ parameters: { hostname: 'a.example' } });
    const response = await order(body);
    expect(response.status).toBe(202);
    const taken = await response.json<Operation>();
    expect((await operation(taken.operationId)).state).toBe('running');

    const [callback] = await callbacks(path, 1);
    const told = webhook.verify(callback?.body ?? '', callback?.headers ?? {}) as Operation;
    expect(told).toMatchObject({ ...taken, state: 'succeeded' });
    expect(Object.keys(told.result ?? {})).toEqual(['accessUrl', 'username', 'password']);
    expect(await operation(taken.operationId)).toEqual(told);
  });

  it('ordered again with the same key is the same one; another order with that key is refused', async () => {
    const { body } = orderOf();
    const key = crypto.randomUUID();
    const [first, again] = await Promise.all([order(body, key), order(body, key)]);
    expect(await again.json()).toEqual(await first.json());
    expect((await order({ ...body, plan: 'other' }, key)).status).toBe(409);
    expect(await services(body.reference)).toHaveLength(1);
  });

  it('is deprovisioned once or often; one that never was is a 404', async () => {
    const { path, body } = orderOf();
    const { serviceId } = await (await order(body)).json<Operation>();
    await callbacks(path, 1);
    const remove = (id: string) => sandbox(`/partner/services/${id}`, { method: 'DELETE', headers: auth });
    const answers = [await remove(serviceId ?? ''), await remove(serviceId ?? ''), await remove('svc_none')];
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 404]);
    expect((await services(body.reference)).map(({ state }) => state)).toEqual(['deleted']);
  });

  it.each<[string, Record<string, unknown>, string | undefined, number]>([
    ['without a plan', { plan: undefined }, undefined, 422],
    ['with an unknown field', { colour: 'red' }, undefined, 422],
    ['with a call-back that is no web address', { callbackUrl: 'file:///etc/passwd' }, undefined, 422],
    ['without a key', {}, '', 400],
  ])('%s is refused', async (_case, more, key, status) => {
    expect((await order(orderOf(more).body, key)).status).toBe(status);
  });

  it('is nobody’s business without the partner’s key', async () => {
    for (const path of ['/partner/services', '/partner/operations/x']) {
      expect((await sandbox(path)).status).toBe(401);
    }
  });
});

describe('trouble', () => {
  it('sandbox-refuse takes the order and fails it for good; nothing exists afterwards', async () => {
    const { path, body } = orderOf({ plan: 'sandbox-refuse' });
    expect((await order(body)).status).toBe(202);
    const [callback] = await callbacks(path, 1);
    expect(JSON.parse(callback?.body ?? '')).toMatchObject({ state: 'failed', error: { permanent: true } });
    expect(await services(body.reference)).toEqual([]);
  });

  it('sandbox-flaky fails twice per key, then works, and makes one service', async () => {
    const { body } = orderOf({ plan: 'sandbox-flaky' });
    const key = crypto.randomUUID();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await order(body, key)).status);
    expect(statuses).toEqual([503, 503, 202, 202]);
    expect(await services(body.reference)).toHaveLength(1);
  });

  it('sandbox-silent works without ever calling back: polling tells', async () => {
    const { path, body } = orderOf({ plan: 'sandbox-silent' });
    const { operationId } = await (await order(body)).json<Operation>();
    await vi.waitFor(async () => expect((await operation(operationId)).state).toBe('succeeded'), 10_000);
    expect(await receivedAt(path)).toEqual([]);
  });

  it('a call-back comes again until it is taken, with the same id', async () => {
    const { path, body } = orderOf();
    await shopAnswers(path, 500, 1);
    await order(body);
    const received = await callbacks(path, 2);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('switches bring garbage first and the true call-back twice', async () => {
    const { path, body } = orderOf();
    await setFault({ kind: 'partner.garbage', match: body.reference });
    await setFault({ kind: 'partner.callback-twice', match: body.reference });
    await order(body);
    const received = await callbacks(path, 3);
    expect(received.map((one) => one.body.startsWith('{'))).toEqual([false, true, true]);
    for (const one of received) {
      expect(() => webhook.verify(one.body, one.headers, { jsonParse: false })).not.toThrow();
    }
  });

  it('switches take it down and lose its replies, without a second service', async () => {
    const { body } = orderOf();
    const key = crypto.randomUUID();
    await setFault({ kind: 'partner.down', match: body.reference });
    expect((await order(body, key)).status).toBe(503);
    await setFault({ kind: 'partner.error-after', match: body.reference });
    expect((await order(body, key)).status).toBe(500);
    expect((await order(body, key)).status).toBe(202);
    expect(await services(body.reference)).toHaveLength(1);
  });
});

describe('a parcel', () => {
  it('is sent and reported with carrier and tracking code', async () => {
    const { path, body } = orderOf();
    const { plan: _plan, ...shipment } = body;
    const response = await order(
      { ...shipment, address: { country: 'DE' }, items: [{ sku: 'A', quantity: 2 }], weightGrams: 300 },
      crypto.randomUUID(),
      'shipments',
    );
    const { shipmentId } = await response.json<Operation>();
    const [callback] = await callbacks(path, 1);
    const told = JSON.parse(callback?.body ?? '') as Operation;
    expect(told).toMatchObject({ shipmentId, state: 'succeeded' });
    expect(Object.keys(told.result ?? {})).toEqual(['carrier', 'trackingCode']);
  });
});
