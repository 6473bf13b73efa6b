import { exports } from 'cloudflare:workers';
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { CatalogueService, StockDirectory } from '#shared/contracts/catalogue.ts';
import type { stockEventMessageSchema } from '#shared/contracts/messages.ts';
import { productAdminSchema, productPageSchema, productSchema } from '#shared/contracts/http/products.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import worker from './index.ts';
import {
  create,
  get,
  imported,
  operator,
  problemOf,
  productInput,
  send,
  unique,
} from './testing/requests.ts';

beforeAll(migrateDatabases);

const rpc = (exports as unknown as { CatalogueRpc: CatalogueService & StockDirectory }).CatalogueRpc;
const event = (
  sku: string,
  available: number,
  sequence: number,
): z.input<typeof stockEventMessageSchema> => ({
  type: 'stock.changed',
  requestId: 'stock-test-1',
  messageId: `stock-${sku}-${sequence}`,
  sku,
  available,
  sequence,
});

async function deliver(queue: string, bodies: readonly unknown[]) {
  const batch = createMessageBatch(
    queue,
    bodies.map((body) => ({ id: unique('m'), timestamp: new Date(), attempts: 1, body })),
  );
  const ctx = createExecutionContext();
  await worker.queue(batch, workerEnv<Env>(), ctx);
  return getQueueResult(batch, ctx);
}

async function tracked(onHand: number | null = 10) {
  const sku = unique('sku');
  const variants = [{ sku, prices: [{ amount: 1, currency: 'EUR' }], stockTracked: true, onHand }];
  const tag = unique('tag');
  const { product } = await create(
    productInput({
      kind: 'physical',
      fulfilment: { template: 'parcel', weightGrams: 1 },
      variants,
      tags: [tag],
    }),
  );
  const shown = async () => {
    const read = await get(`/v1/products/${product.id}`, await operator());
    const [variant] = productAdminSchema.parse(await read.json()).variants;
    return [variant?.available, variant?.availability];
  };
  const listed = async () => {
    const page = await get(`/v1/products?tag=${tag}`, await operator());
    return productPageSchema.parse(await page.json()).items[0]?.availability;
  };
  return { sku, product, shown, listed };
}

describe('stock events', () => {
  it('show in the product and, when the availability becomes another one, in lists', async () => {
    const { sku, shown, listed } = await tracked();
    expect([await shown(), await listed()]).toEqual([[10, 'in_stock'], 'in_stock']);
    await deliver('stock-events', [event(sku, 3, 1)]);
    expect([await shown(), await listed()]).toEqual([[3, 'low_stock'], 'low_stock']);
    await deliver('stock-events', [event(sku, 0, 2)]);
    expect([await shown(), await listed()]).toEqual([[0, 'out_of_stock'], 'out_of_stock']);
  });

  it('say themselves how available a SKU is, and a backorder shows when its units should come', async () => {
    const { sku, product, shown, listed } = await tracked();
    const expectedAt = Date.UTC(2027, 0, 2);
    await deliver('stock-events', [
      { ...event(sku, 0, 1), availability: 'backorder', expectedAt, shards: 4 },
    ]);
    expect([await shown(), await listed()]).toEqual([[0, 'backorder'], 'backorder']);
    const read = await get(`/v1/products/${product.id}`, await operator());
    const [variant] = productAdminSchema.parse(await read.json()).variants;
    expect(variant?.expectedAt).toBe('2027-01-02T00:00:00.000Z');
    const { CatalogueRpc } = exports as unknown as { CatalogueRpc: CatalogueService & StockDirectory };
    const resolved = await CatalogueRpc.resolveVariants(
      { requestId: 'stock-test-1' },
      { items: [{ variantId: variant?.id ?? '' }], currency: 'EUR' },
    );
    expect(resolved).toMatchObject({ value: { variants: [{ sku, stockShards: 4 }] } });
    await deliver('stock-events', [{ ...event(sku, 9, 2), availability: 'in_stock' }]);
    expect(await shown()).toEqual([9, 'in_stock']);
  });

  it('show what lies at each location, by the newest sequence alone', async () => {
    const { sku, product } = await tracked();
    const locations = async () => {
      const read = await get(`/v1/products/${product.id}`, await operator());
      return productAdminSchema.parse(await read.json()).variants[0]?.locations;
    };
    const everybody = async () =>
      productSchema.parse(await (await get(`/v1/products/${product.id}`)).json()).variants[0]?.locations;
    expect(await locations()).toEqual([]);
    const newest = {
      ...event(sku, 12, 3),
      lowStockThreshold: 2,
      locations: [
        { code: 'berlin', available: 10 },
        { code: 'oslo', available: 2 },
        { code: 'rome', available: 0 },
      ],
    };
    await deliver('stock-events', [
      newest,
      { ...event(sku, 1, 2), locations: [{ code: 'main', available: 1 }] },
    ]);
    const shown = [
      { code: 'berlin', available: 10, availability: 'in_stock' },
      { code: 'oslo', available: 2, availability: 'low_stock' },
      { code: 'rome', available: 0, availability: 'out_of_stock' },
    ];
    expect([await locations(), await everybody()]).toEqual([shown, shown]);
    await deliver('stock-events', [{ ...event(sku, 0, 4), locations: [{ code: 'rome', available: 0 }] }]);
    expect(await locations()).toEqual([{ code: 'rome', available: 0, availability: 'out_of_stock' }]);
  });

  it('are a list of all stock, from an index when only what is scarce is asked for', async () => {
    const skus = [unique('a-list-1'), unique('a-list-2'), unique('a-list-3')] as const;
    await deliver('stock-events', [
      { ...event(skus[0], 2, 1), availability: 'low_stock' },
      { ...event(skus[1], 90, 1), availability: 'in_stock' },
      { ...event(skus[2], 0, 1), availability: 'out_of_stock' },
    ]);
    const { CatalogueRpc } = exports as unknown as { CatalogueRpc: StockDirectory };
    const page = async (scarceOnly: boolean) =>
      (
        await CatalogueRpc.listStock({ requestId: 'stock-test-1' }, { scarceOnly, after: 'a-list', limit: 3 })
      ).map((row) => row.sku);
    expect(await page(false)).toEqual(skus);
    expect((await page(true)).slice(0, 2)).toEqual([skus[0], skus[2]]);
    const plan = await workerEnv<Env>()
      .CATALOGUE_DB.prepare(
        "EXPLAIN QUERY PLAN SELECT sku FROM stock_levels WHERE sku > ? AND availability IS NOT NULL AND availability IN ('low_stock', 'backorder', 'out_of_stock') ORDER BY sku LIMIT 3",
      )
      .bind('')
      .all<{ detail: string }>();
    expect(plan.results.map((row) => row.detail).join('; ')).not.toMatch(/SCAN|TEMP/);
  });

  it(
    'show in the public read of a product that is cached already, once the isolate’s memory has let go',
    { timeout: 30_000 },
    async () => {
      const { sku, product } = await tracked();
      const read = async () =>
        productSchema.parse(await (await get(`/v1/products/${product.id}`)).json()).variants[0]?.available;
      expect(await read()).toBe(10);
      await deliver('stock-events', [event(sku, 9, 1)]);
      await expect.poll(read, { timeout: 15_000 }).toBe(9);
    },
  );

  it('end at the newest, in whatever order and however often they come', { timeout: 60_000 }, async () => {
    const history = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        async (levels, noise) => {
          const { sku, shown, listed } = await tracked(null);
          const events = levels.map((available, index) => event(sku, available, index + 1));
          const order = [...events, ...events]
            .map((each, index) => ({ each, at: noise[index] ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ each }) => each);
          await deliver('stock-events', order);
          const last = levels.at(-1) ?? 0;
          const availability = last === 0 ? 'out_of_stock' : last <= 5 ? 'low_stock' : 'in_stock';
          expect([await shown(), await listed()]).toEqual([[last, availability], availability]);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('that come before their product are remembered for it', async () => {
    const sku = unique('sku');
    await deliver('stock-events', [event(sku, 4, 7)]);
    const variants = [{ sku, prices: [{ amount: 1, currency: 'EUR' }], stockTracked: true }];
    const { product } = await create(productInput({ variants }));
    expect(product.variants[0]).toMatchObject({ available: 4, availability: 'low_stock' });
  });

  it('that cannot be read are tried again and harm no other in their batch', async () => {
    const { sku, shown } = await tracked();
    const result = await deliver('stock-events', [{ type: 'stock.changed' }, event(sku, 6, 1)]);
    expect([result.explicitAcks.length, result.retryMessages.length]).toEqual([1, 1]);
    expect(await shown()).toEqual([6, 'in_stock']);
  });

  it('that nobody could process are kept for an operator, who sends them again', async () => {
    const { sku } = await tracked();
    const headers = await operator();
    await deliver('stock-events-dlq', [event(sku, 1, 1)]);
    const page = (await (await get('/v1/dead-letters/catalogue?limit=100', headers)).json()) as {
      items: { id: string; body: { sku: string } }[];
    };
    const kept = page.items.find((item) => item.body.sku === sku);
    const replay = await send('POST', `/v1/dead-letters/catalogue/${kept?.id}/replay`, undefined, headers);
    expect(replay.status).toBe(202);
  });
});

describe('a bundle', () => {
  const eur = (amount: number) => [{ amount, currency: 'EUR' }];
  const bundleOf = (components: { sku: string; quantity: number }[], values: object = {}) =>
    productInput({
      kind: 'bundle',
      fulfilment: { template: 'bundle', components },
      variants: [{ sku: unique('kit'), prices: eur(2_500) }],
      ...values,
    });
  const levelOf = async (id: string) => {
    const read = await get(`/v1/products/${id}`, await operator());
    const { availability, variants } = productAdminSchema.parse(await read.json());
    return [variants[0]?.available, variants[0]?.availability, availability];
  };
  const resolve = async (variantId: string) => {
    const items = [{ variantId, quantity: 1 }];
    const resolved = await rpc.resolveVariants({ requestId: 'bundle' }, { items, currency: 'EUR' });
    return resolved.ok ? resolved.value : null;
  };

  it('is as available as what it is made of allows, and bought with its components', async () => {
    const { sku, product } = await tracked(20);
    const { product: licence } = await create(productInput());
    const tag = unique('tag');
    const components = [
      { sku, quantity: 4 },
      { sku: licence.variants[0]?.sku ?? '', quantity: 1 },
    ];
    const { product: bundle } = await create(bundleOf(components, { tags: [tag] }));
    expect(bundle.components.map(({ handle, quantity }) => [handle, quantity])).toEqual([
      [product.handle, 4],
      [licence.handle, 1],
    ]);
    expect(await levelOf(bundle.id)).toEqual([5, 'in_stock', 'in_stock']);
    const [variant] = (await resolve(bundle.variants[0]?.id ?? ''))?.variants ?? [];
    expect(variant).toMatchObject({
      kind: 'bundle',
      unitPrice: { amount: 2_500 },
      stockTracked: false,
      components: [
        { quantity: 4, variant: { sku, stockTracked: true, listPrice: { amount: 1 } } },
        { quantity: 1, variant: { kind: 'licence', listPrice: { amount: 1_900 } } },
      ],
    });
    await deliver('stock-events', [event(sku, 3, 2)]);
    expect(await levelOf(bundle.id)).toEqual([0, 'out_of_stock', 'out_of_stock']);
    const listed = await get(`/v1/products?tag=${tag}`, await operator());
    expect(productPageSchema.parse(await listed.json()).items[0]?.availability).toBe('out_of_stock');
    await deliver('stock-events', [event(sku, 40, 3)]);
    expect(await levelOf(bundle.id)).toEqual([10, 'in_stock', 'in_stock']);
    await send('DELETE', `/v1/products/${licence.id}`, undefined, { ...(await operator()), 'if-match': '*' });
    expect(await levelOf(bundle.id)).toEqual([0, 'out_of_stock', 'out_of_stock']);
    expect(await resolve(bundle.variants[0]?.id ?? '')).toMatchObject({
      refused: [{ reason: 'not_published' }],
    });
  });

  it.each(['draft', 'archived'])('shows the public no part that is %s; operators see all', async (status) => {
    const parts = [(await create(productInput())).product, (await create(productInput())).product];
    const components = parts.map(({ variants }) => ({ sku: variants[0]?.sku ?? '', quantity: 1 }));
    const { product: bundle } = await create(bundleOf(components));
    const shown = async (headers: Record<string, string>) => {
      const read = await get(`/v1/products/${bundle.id}`, headers);
      expect(read.status).toBe(200);
      return (await read.json<typeof bundle>()).components.map(({ handle }) => handle);
    };
    const [first, second] = parts.map(({ handle }) => handle);
    expect(await shown({})).toEqual([first, second]);
    const { id, handle, variants } = parts[1] ?? bundle;
    const kept = variants.map(({ sku, prices }) => ({ sku, prices }));
    const headers = { ...(await operator()), 'if-match': '*' };
    const hidden = productInput({ handle, status, variants: kept });
    expect((await send('PUT', `/v1/products/${id}`, hidden, headers)).status).toBe(200);
    expect(await shown({})).toEqual([first]);
    const fresh = `00000001-00000000-00000000-${'0'.repeat(32)}`;
    expect(await shown({ 'x-d1-bookmark': fresh })).toEqual([first]);
    expect(await shown(await operator())).toEqual([first, second]);
  });

  it('holds variants that are there, no other bundle, and keeps them from being removed', async () => {
    const { sku, product } = await tracked();
    const refusedAt = async (input: object) => {
      const response = await send('POST', '/v1/products', input, await operator());
      return [response.status, ...(await problemOf(response)).pointers];
    };
    const { product: bundle } = await create(bundleOf([{ sku, quantity: 2 }]));
    const inside = bundle.variants[0]?.sku ?? '';
    const at = '/fulfilment/components/0/sku';
    expect(await refusedAt(bundleOf([{ sku: unique('none'), quantity: 1 }]))).toEqual([422, at]);
    expect(await refusedAt(bundleOf([{ sku: inside, quantity: 1 }]))).toEqual([422, at]);
    const own = unique('own');
    const variants = [{ sku: own, prices: eur(1), stockTracked: true, onHand: 1 }];
    expect(await refusedAt(bundleOf([{ sku: own, quantity: 1 }], { variants }))).toEqual([
      422,
      '/variants/0/stockTracked',
      at,
    ]);
    const replaced = { ...productInput({ handle: product.handle }) };
    const headers = { ...(await operator()), 'if-match': '*' };
    const removed = await send('PUT', `/v1/products/${product.id}`, replaced, headers);
    expect([removed.status, (await problemOf(removed)).pointers]).toEqual([422, ['/variants']]);
    const { product: gone } = await create(productInput({ status: 'archived' }));
    const archived = [{ sku: gone.variants[0]?.sku ?? '', quantity: 1 }];
    expect(await refusedAt(bundleOf(archived))).toEqual([422, at]);
  });

  it('is imported beside what it is made of, kept in versions, and exported as it was stated', async () => {
    const part = productInput();
    const sku = `${part.handle}-1`;
    const bundle = bundleOf([{ sku, quantity: 2 }]);
    const lost = bundleOf([{ sku: unique('lost'), quantity: 1 }]);
    const lines = [bundle, part, lost].map((product) => JSON.stringify(product)).join('\n');
    const outcome = await imported(lines, { type: 'application/x-ndjson' });
    expect([outcome.created, outcome.refused]).toEqual([2, 1]);
    const read = await get(`/v1/products/${bundle.handle}`, await operator());
    const { id, fulfilment } = productAdminSchema.parse(await read.json());
    expect(fulfilment).toEqual({ template: 'bundle', components: [{ sku, quantity: 2 }] });
    const version = await get(`/v1/products/${id}/versions/1`, await operator());
    expect(await version.json()).toMatchObject({ statement: { kind: 'bundle', fulfilment } });
  });
});
