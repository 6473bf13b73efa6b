import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Role } from '#shared/auth/permissions.ts';
import { stockLevelSchema, stockMovementPageSchema, stockPageSchema } from '#shared/contracts/http/stock.ts';
import { newId } from '#shared/ids/ids.ts';
import { answer, namespaces, openShop, pay, place, read, request, stocked, until } from './testing/shop.ts';

beforeAll(openShop);

const staff = newId('user');
const send = (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  role: Role = 'operator',
) =>
  request(method, `/v1/stock${path}`, {
    as: [staff, role],
    headers,
    ...(body === undefined ? {} : { body }),
  });
const level = async (sku: string) => stockLevelSchema.parse(await (await send('GET', `/${sku}`)).json());
const keyed = () => ({ 'idempotency-key': crypto.randomUUID() });

async function counted(onHand: number): Promise<string> {
  const sku = `SKU-${crypto.randomUUID()}`;
  expect((await send('PUT', `/${sku}`, { onHand })).status).toBe(200);
  return sku;
}

describe('stock over HTTP', () => {
  it('changes settings only as the caller read them', async () => {
    const sku = await counted(3);
    const etag = (await send('GET', `/${sku}`)).headers.get('etag') ?? '';
    expect((await send('GET', `/${sku}`, undefined, { 'if-none-match': etag })).status).toBe(304);
    const patch = (body: unknown, headers = {}) => send('PATCH', `/${sku}`, body, headers);
    expect((await patch({ lowStockThreshold: 2 })).status).toBe(428);
    expect((await patch({ lowStockThreshold: 2 }, { 'if-match': '"x"' })).status).toBe(412);
    expect((await patch({ lowStockThreshold: 2 }, { 'if-match': etag })).status).toBe(200);
    expect(await level(sku)).toMatchObject({ lowStockThreshold: 2, availability: 'in_stock', version: 2 });
    expect((await patch({ lowStockThreshold: 9 }, { 'if-match': etag })).status).toBe(412);
    expect((await patch({ shards: 33 }, { 'if-match': '*' })).status).toBe(422);
    const elsewhere = await send('PATCH', '/nobody-declared-it', { shards: 2 }, { 'if-match': '*' });
    expect(elsewhere.status).toBe(404);
  });

  it('keeps units at locations, moves free ones, and closes none that has some', async () => {
    const sku = await counted(4);
    const locations = [
      { code: 'main', priority: 1 },
      { code: 'shop', priority: 0 },
    ];
    await send('PATCH', `/${sku}`, { locations }, { 'if-match': '*' });
    expect((await send('PUT', `/${sku}`, { onHand: 1 })).status).toBe(422);
    const transfer = (quantity: number, headers = keyed()) =>
      send(
        'POST',
        `/${sku}/transfer`,
        { from: 'main', to: 'shop', quantity, reason: 'for the window' },
        headers,
      );
    const once = keyed();
    expect((await transfer(3, once)).status).toBe(200);
    const again = await transfer(3, once);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await transfer(2, once)).status).toBe(422);
    expect((await transfer(2)).status).toBe(409);
    expect(await level(sku)).toMatchObject({
      onHand: 4,
      locations: [
        { code: 'shop', onHand: 3 },
        { code: 'main', onHand: 1 },
      ],
    });
    const closing = await send(
      'PATCH',
      `/${sku}`,
      { locations: [{ code: 'shop', priority: 0 }] },
      { 'if-match': '*' },
    );
    expect(closing.status).toBe(409);
    const page = await send('GET', `/${sku}/movements?limit=2`);
    const ledger = stockMovementPageSchema.parse(await page.json());
    expect(ledger.items).toMatchObject([
      { type: 'transfer', location: 'shop', onHand: 3, by: staff, reason: 'for the window' },
      { type: 'transfer', location: 'main', onHand: -3 },
    ]);
    const older = await send('GET', `/${sku}/movements?limit=2&cursor=${ledger.next}`);
    expect(stockMovementPageSchema.parse(await older.json()).items).toMatchObject([
      { type: 'count', onHand: 4 },
    ]);
  });

  it('takes in what two people report under the same key, and what one repeats once', async () => {
    const sku = await counted(0);
    for (const who of [newId('user'), staff, staff]) {
      const sent = await request('POST', `/v1/stock/${sku}/restock`, {
        as: [who, 'operator'],
        headers: { 'idempotency-key': 'delivery-1' },
        body: { quantity: 5 },
      });
      expect(sent.status).toBe(200);
    }
    expect(await level(sku)).toMatchObject({ onHand: 10 });
  });

  it('answers a repeat as before, whatever has become of the locations', async () => {
    const sku = await counted(0);
    const opened = (...codes: string[]) => {
      const locations = codes.map((code) => ({ code, priority: 0 }));
      return send('PATCH', `/${sku}`, { locations }, { 'if-match': '*' });
    };
    const [arrived, moved] = [keyed(), keyed()];
    const restock = () => send('POST', `/${sku}/restock`, { quantity: 5 }, arrived);
    const transfer = () => send('POST', `/${sku}/transfer`, { from: 'main', to: 'shop', quantity: 5 }, moved);
    expect((await restock()).status).toBe(200);
    await opened('main', 'shop');
    expect((await transfer()).status).toBe(200);
    for (const again of [restock, transfer])
      expect((await again()).headers.get('idempotent-replayed')).toBe('true');
    expect((await opened('shop')).status).toBe(200);
    expect((await transfer()).headers.get('idempotent-replayed')).toBe('true');
    expect(await level(sku)).toMatchObject({ onHand: 5 });
  });

  it('lists what is scarce, page by page', async () => {
    const first = await send('GET', '?low=true&limit=1');
    const page = stockPageSchema.parse(await first.json());
    expect(page.items.map(({ sku }) => sku)).toEqual(['A']);
    expect(first.headers.get('link')).toContain('rel="next"');
    const second = await send('GET', `?low=true&limit=1&cursor=${page.next}`);
    expect(await second.json()).toMatchObject({ items: [{ sku: 'B' }], next: null });
  });

  it.each([
    ['GET', '', 'customer', 403],
    ['GET', '/any/movements', 'customer', 403],
    ['GET', '/any/movements', 'support', 404],
    ['PATCH', '/any', 'support', 403],
    ['POST', '/any/restock', 'support', 403],
    ['POST', '/any/transfer', 'support', 403],
    ['PUT', '/a%09b', 'operator', 422],
  ] as const)('%s /v1/stock%s as %s: %i', async (method, path, role, status) => {
    const body = method === 'GET' ? undefined : { onHand: 1 };
    expect((await send(method, path, body, keyed(), role)).status).toBe(status);
  });

  it('sells on backorder, and makes nothing before the units have come', async () => {
    const thing = await stocked(0);
    const expectedAt = '2027-01-02T00:00:00.000Z';
    await send('PATCH', `/${thing.sku}`, { backorder: { limit: 2, expectedAt } }, { 'if-match': '*' });
    expect(await level(thing.sku)).toMatchObject({
      availability: 'backorder',
      backorder: { limit: 2, expectedAt },
    });
    const customer = newId('user');
    const order = await place(customer, { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    await pay(order);
    await until(order, 'provisioning');
    await vi.waitFor(async () =>
      expect((await read(order)).lines).toMatchObject([
        { state: 'pending', detail: 'Waiting for units on backorder' },
      ]),
    );
    expect(await level(thing.sku)).toMatchObject({ backorder: { open: 1 }, available: 0 });
    const restocked = await send('POST', `/${thing.sku}/restock`, { quantity: 3 }, keyed());
    expect(await restocked.json()).toMatchObject({ onHand: 2, backorder: { open: 0 } });
    await runDurableObjectAlarm(namespaces.STOCK.getByName(thing.sku));
    await vi.waitFor(async () =>
      expect((await read(order)).lines).toMatchObject([{ state: 'provisioning' }]),
    );
    await answer(order, 'line.provisioned');
    await answer(order, 'line.activated');
    await until(order, 'completed');
  });
});
