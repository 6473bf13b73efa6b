import { beforeAll, describe, expect, it } from 'vitest';
import { productAdminSchema } from '#shared/contracts/http/products.ts';
import { productVersionPageSchema, productVersionSchema } from '#shared/contracts/http/product-versions.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { VERSIONS_KEPT } from './limits.ts';
import { portsOf } from './ports.ts';
import { create, customer, get, operator, productInput, send, unique } from './testing/requests.ts';
import { authoredContext } from './usecases/save-product.ts';

beforeAll(migrateDatabases);

const versionsOf = async (id: string, query = '') => {
  const response = await get(`/v1/products/${id}/versions${query}`, await operator());
  return productVersionPageSchema.parse(await response.json());
};
const versionOf = async (id: string, version: number) => {
  const response = await get(`/v1/products/${id}/versions/${version}`, await operator());
  return productVersionSchema.parse(await response.json());
};

describe('the versions of a product', () => {
  it('tell who made which change, when and why, because somebody will ask', async () => {
    const person = newId('user');
    const headers = { ...(await signedIn(person, 'operator')), 'if-match': '*' };
    const input = productInput({ title: 'First', customisationSchema: { type: 'object' } });
    const { product } = await create(input);
    await send('PUT', `/v1/products/${product.id}`, { ...input, title: 'Second' }, headers);
    await send('DELETE', `/v1/products/${product.id}`, undefined, headers);
    const { items } = await versionsOf(product.id);
    expect(items.map(({ version, reason, changed }) => [version, reason, changed])).toEqual([
      [3, 'request', ['/status']],
      [2, 'request', ['/title']],
      [1, 'request', null],
    ]);
    expect(items.slice(0, 2).map(({ actorId }) => actorId)).toEqual([person, person]);
    const second = await versionOf(product.id, 2);
    expect(second.changes).toEqual([{ pointer: '/title', from: 'First', to: 'Second' }]);
    expect(second.statement).toMatchObject({
      handle: product.handle,
      status: 'published',
      customisationSchema: { type: 'object' },
      variants: [{ sku: product.variants[0]?.sku, stockTracked: false, onHand: null }],
    });
  });

  it('can be restored as a new version, all but quantities on hand, by whoever has seen the present one', async () => {
    const sku = unique('sku');
    const price = (amount: number) => [{ amount, currency: 'EUR' }];
    const tracked = { sku, stockTracked: true };
    const input = productInput({
      kind: 'physical',
      fulfilment: { template: 'parcel', weightGrams: 5 },
      collections: [{ handle: unique('col'), title: 'Winter' }],
      variants: [{ ...tracked, prices: price(500), onHand: 7 }],
    });
    const { product, etag } = await create(input);
    const changed = { ...input, collections: [], variants: [{ ...tracked, prices: price(900), onHand: 9 }] };
    const headers = await operator();
    await send('PUT', `/v1/products/${product.id}`, changed, { ...headers, 'if-match': etag });
    const restore = (match?: string) =>
      send('POST', `/v1/products/${product.id}/versions/1/restore`, undefined, {
        ...headers,
        ...(match === undefined ? {} : { 'if-match': match }),
      });
    expect([(await restore()).status, (await restore(etag)).status]).toEqual([428, 412]);
    const restored = await restore('*');
    expect(restored.status).toBe(200);
    expect(productAdminSchema.parse(await restored.json())).toMatchObject({
      version: 3,
      collections: [{ title: 'Winter' }],
      variants: [{ prices: price(500) }],
      stock: [{ onHand: 9 }],
    });
    expect((await versionsOf(product.id)).items[0]).toMatchObject({ reason: 'restore', restoredFrom: 1 });
    expect((await restore('*')).status).toBe(200);
    expect((await versionsOf(product.id)).items).toHaveLength(3);
  });

  it('cannot be restored when somebody else has its SKU by now, or when it breaks a rule of today', async () => {
    const [sku, other] = [unique('sku'), unique('sku')];
    const variants = (each: string) => [{ sku: each, prices: [{ amount: 1, currency: 'EUR' }] }];
    const input = productInput({ variants: variants(sku) });
    const { product } = await create(input);
    const headers = { ...(await operator()), 'if-match': '*' };
    await send('PUT', `/v1/products/${product.id}`, { ...input, variants: variants(other) }, headers);
    await create(productInput({ variants: variants(sku) }));
    const path = `/v1/products/${product.id}/versions`;
    expect((await send('POST', `${path}/1/restore`, undefined, headers)).status).toBe(409);
    await workerEnv<Env>()
      .CATALOGUE_DB.prepare(
        `UPDATE product_versions SET statement = json_set(statement, '$.quantityMax', 0) WHERE product_id = ? AND version = 1`,
      )
      .bind(product.id)
      .run();
    const refused = await send('POST', `${path}/1/restore`, undefined, headers);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('/quantityMax');
    expect((await send('POST', `${path}/9/restore`, undefined, headers)).status).toBe(404);
    expect((await get(`${path}/9`, headers)).status).toBe(404);
  });

  it(`are the newest ${VERSIONS_KEPT}, in pages`, async () => {
    const input = productInput();
    const { product } = await create(input);
    const headers = { ...(await operator()), 'if-match': '*' };
    for (let n = 2; n <= VERSIONS_KEPT + 2; n += 1)
      await send('PUT', `/v1/products/${product.id}`, { ...input, title: `Title ${n}` }, headers);
    const seen: number[] = [];
    for (let query = '?limit=10'; query !== '';) {
      const { items, next } = await versionsOf(product.id, query);
      seen.push(...items.map(({ version }) => version));
      query = next === null ? '' : `?limit=10&cursor=${next}`;
    }
    expect(seen).toEqual(Array.from({ length: VERSIONS_KEPT }, (_, n) => VERSIONS_KEPT + 2 - n));
  });

  it('are made by the clock too, in nobody’s name', async () => {
    const input = productInput({ status: 'scheduled', publishAt: '2030-01-01T00:00:00.000Z' });
    const { product } = await create(input);
    const ports = portsOf(workerEnv<Env>(), 'versions-test', { later: () => undefined });
    const nowMs = Date.parse('2030-01-01T00:00:00.000Z');
    await ports.catalogue.publishDue({ ...authoredContext(ports), nowMs });
    expect(await versionOf(product.id, 2)).toMatchObject({
      reason: 'schedule',
      actorId: null,
      statement: { status: 'published', publishAt: null },
    });
  });

  it('are for operators', async () => {
    const { product } = await create(productInput());
    const path = `/v1/products/${product.handle}/versions`;
    expect((await get(path)).status).toBe(401);
    expect((await get(path, await customer())).status).toBe(403);
    expect((await get(`${path}?limit=0`, await operator())).status).toBe(422);
    expect((await get(`${path}?cursor=x`, await operator())).status).toBe(400);
  });
});
