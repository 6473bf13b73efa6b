import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Costs, meterEnv, newCosts } from '#shared/observability/costs.ts';
import { countingRows } from '#shared/testing/rows-read.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { createCatalogueApp } from './app.ts';
import { BINDINGS, type Env } from './env.ts';
import { portsOf } from './ports.ts';
import {
  create,
  imported,
  importOptions,
  operator,
  ORIGIN,
  productInput,
  streamOf,
  unique,
} from './testing/requests.ts';
import { runJob } from './usecases/jobs/run-job.ts';
import { startImport } from './usecases/jobs/start-import.ts';
import { resolveVariants } from './usecases/resolve-variants.ts';

beforeAll(migrateDatabases);

const app = createCatalogueApp();

/** What one request costs at the platform, what it leaves to `waitUntil` included. */
async function costOf(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; costs: Partial<Costs> }> {
  const costs = newCosts();
  const env = meterEnv(workerEnv<Env>(), BINDINGS, costs);
  const ctx = createExecutionContext();
  const response = await app.fetch(new Request(`${ORIGIN}${path}`, init), env, ctx);
  await response.text();
  await waitOnExecutionContext(ctx);
  return {
    status: response.status,
    costs: Object.fromEntries(Object.entries(costs).filter(([, count]) => count > 0)),
  };
}
const json = (method: string, body: unknown, headers: Record<string, string>): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
/** Brings the key set and the cache's pointer into the isolate's memory. */
const warm = async (headers: Record<string, string>) =>
  costOf(`/v1/products?tag=${unique('warm')}`, { headers });

describe('what each endpoint costs', () => {
  it('GET a product: one round trip, a KV read and a KV write the first time, nothing the second', async () => {
    const { product } = await create(productInput());
    await warm({});
    const path = `/v1/products/${product.handle}`;
    expect(await costOf(path)).toEqual({ status: 200, costs: { d1: 1, d1Statements: 1, kv: 2 } });
    expect(await costOf(path)).toEqual({ status: 200, costs: {} });
  });

  it('GET a list: one round trip the first time, nothing the second', async () => {
    await warm({});
    const path = `/v1/products?tag=${unique('t')}&kind=licence&currency=EUR&priceMin=1&sort=price`;
    expect(await costOf(path)).toEqual({ status: 200, costs: { d1: 1, d1Statements: 4, kv: 2 } });
    expect(await costOf(path)).toEqual({ status: 200, costs: {} });
  });

  it('GET a list with prices: two round trips, however many products and filters', async () => {
    await warm({});
    const query = `limit=100&expand=price&filter=attr.a:${unique()}&filter=attr.b:1..2&priceMin=1`;
    expect((await costOf(`/v1/products?${query}`)).costs.d1).toBe(1);
    const { product } = await create(productInput());
    const named = await costOf(`/v1/products?ids=${product.id}&expand=price`);
    expect(named).toMatchObject({ status: 200, costs: { d1: 2 } });
    expect((await costOf(`/v1/products/${product.id}/json-ld`)).costs).toMatchObject({ d1: 1 });
  });

  it('GET a search with facets: three round trips, no KV; two without words', async () => {
    const word = unique('w');
    const { product } = await create(productInput({ title: `Drum ${word}`, vendor: 'Costs' }));
    // What the shop has decided about searches is read once in five seconds.
    await costOf('/v1/search?limit=1');
    const path = `/v1/search?q=drmu+${word}+-${word}y+"drum+${word}"&filter=vendor:costs&currency=EUR&locale=de`;
    expect(await costOf(path)).toMatchObject({ status: 200, costs: { d1: 3 } });
    expect(await costOf(path)).toEqual({ status: 200, costs: {} });
    const listed = await costOf(`/v1/products?q=${product.handle}`);
    expect(listed.costs).toMatchObject({ d1: 3 });
    expect((await costOf('/v1/search?facets=false')).costs).toMatchObject({ d1: 2 });
  });

  it('GET as an operator: one round trip, no cache', async () => {
    const { product } = await create(productInput());
    const headers = await operator();
    await warm(headers);
    for (const path of [`/v1/products/${product.id}`, '/v1/products', '/v1/collections'])
      expect(await costOf(path, { headers })).toEqual({ status: 200, costs: { d1: 1, d1Statements: 1 } });
  });

  it('POST and PUT a product: three round trips for the truth, eight for what follows from it', async () => {
    const headers = await operator();
    await warm(headers);
    const input = productInput();
    const made = await costOf('/v1/products', json('POST', input, headers));
    expect(made).toMatchObject({ status: 201, costs: { d1: 11, kv: 1 } });
    const read = await app.fetch(
      new Request(`${ORIGIN}/v1/products/${input.handle}`, { headers }),
      workerEnv<Env>(),
      createExecutionContext(),
    );
    const { id } = (await read.json()) as { id: string };
    const put = json('PUT', { ...input, title: 'Changed' }, { ...headers, 'if-match': '*' });
    expect(await costOf(`/v1/products/${id}`, put)).toMatchObject({ status: 200, costs: { d1: 11, kv: 1 } });
  });

  it('the history of a product is two round trips; restoring a version adds them to those of a change', async () => {
    const headers = await operator();
    const input = productInput();
    const { product, etag } = await create(input);
    const path = `/v1/products/${product.id}`;
    await costOf(path, json('PUT', { ...input, title: 'Changed' }, { ...headers, 'if-match': etag }));
    expect((await costOf(`${path}/versions`, { headers })).costs).toMatchObject({ d1: 2 });
    expect((await costOf(`${path}/versions/1`, { headers })).costs).toMatchObject({ d1: 2 });
    const restored = { method: 'POST', headers: { ...headers, 'if-match': '*' } };
    expect((await costOf(`${path}/versions/1/restore`, restored)).costs).toMatchObject({ d1: 13, kv: 1 });
  });

  it('a collection is one round trip to read and its products two; to make one two, and five for what follows', async () => {
    const headers = await operator();
    await warm(headers);
    const input = { handle: unique('col'), title: 'T' };
    const collections = [input];
    const made = await costOf('/v1/collections', json('POST', input, headers));
    expect(made).toMatchObject({ status: 201, costs: { d1: 7, kv: 1 } });
    await create(productInput({ collections }));
    const path = `/v1/collections/${input.handle}`;
    expect((await costOf(path)).costs).toMatchObject({ d1: 1 });
    expect(await costOf(path)).toEqual({ status: 200, costs: {} });
    expect((await costOf(`${path}/products`)).costs).toMatchObject({ d1: 2 });
    expect(await costOf(`${path}/products`)).toEqual({ status: 200, costs: {} });
    expect((await costOf('/v1/products?collection=' + input.handle)).costs).toMatchObject({ d1: 1 });
    expect((await costOf(`${path}/versions`, { headers })).costs).toMatchObject({ d1: 1 });
    await costOf(path, { method: 'DELETE', headers });
    const restored = await costOf(`${path}/versions/1/restore`, { method: 'POST', headers });
    expect(restored).toMatchObject({ status: 200, costs: { d1: 12, kv: 1 } });
  });

  it('a picture is one round trip and one call of the bucket to store, one call to read', async () => {
    const headers = await operator();
    await warm(headers);
    const body = new Uint8Array([...new TextEncoder().encode('GIF89a'), 1, 0, 1, 0, 0, 0, 0]);
    const stored = await app.fetch(
      new Request(`${ORIGIN}/v1/media`, { method: 'POST', headers, body }),
      workerEnv<Env>(),
      createExecutionContext(),
    );
    const { url } = (await stored.json()) as { url: string };
    const again = await costOf('/v1/media', { method: 'POST', headers, body });
    expect(again).toEqual({ status: 201, costs: { d1: 1, d1Statements: 1, r2: 1 } });
    expect(await costOf(new URL(url).pathname)).toEqual({ status: 200, costs: { r2: 1 } });
  });

  it('POST an import: one round trip to begin it and one to answer it, however large; its own call does the work', async () => {
    const headers = { ...(await operator()), 'content-type': 'text/csv' };
    await warm(headers);
    const base = unique();
    const rows = Array.from({ length: 100 }, (_, n) => `${base}-${n},T,1.00`);
    const body = ['Handle,Title,Variant Price', ...rows].join('\n');
    const waiting = { ...headers, prefer: 'wait=60' };
    const started = await costOf('/v1/imports', { method: 'POST', headers: waiting, body });
    expect(started).toMatchObject({ status: 200, costs: { d1: 2, r2: 2, objects: 1 } });
  });

  it('a job of 100 products: four round trips to read the file and to end, three for each fifty products', async () => {
    const source = unique('source');
    const rows = Array.from({ length: 100 }, (_, n) => `${source}-${n},T,1.00`);
    const body = ['Handle,Title,Variant Price', ...rows].join('\n');
    const ports = portsOf(workerEnv<Env>(), 'costs-test', { later: () => undefined });
    const begun = await startImport(ports, {
      body: streamOf(body),
      source,
      dryRun: false,
      options: importOptions(),
      createdBy: 'usr_costs',
    });
    const costs = newCosts();
    const metered = portsOf(meterEnv(workerEnv<Env>(), BINDINGS, costs), 'costs-test', {
      later: () => undefined,
    });
    await runJob(metered, begun.ok ? begun.value.job.id : '');
    // Take up the job, read and commit the file; 2 × (items, products, commit); the end; then what follows for
    // search: take up the outbox, 2 × (read, list, generations, read, read, index), settle.
    expect([costs.d1, costs.r2, costs.kv]).toEqual([24, 3, 1]);
  });

  it('an export or a bulk edit is begun in two round trips, and each look at a job is one or two', async () => {
    const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
    await warm(headers);
    const begun = await costOf(
      '/v1/exports',
      json('POST', { format: 'jsonl', filter: { tag: unique() } }, headers),
    );
    expect(begun).toMatchObject({ status: 202, costs: { d1: 2, objects: 1 } });
    const edit = { filter: { tag: unique() }, operations: [{ type: 'add_tag', tag: 'x' }] };
    const another = { ...headers, 'idempotency-key': crypto.randomUUID() };
    expect((await costOf('/v1/products/bulk', json('POST', edit, another))).costs).toMatchObject({
      d1: 2,
      objects: 1,
    });
    expect((await costOf('/v1/catalogue-jobs', { headers })).costs).toMatchObject({ d1: 1 });
  });

  it('each request about price lists is one round trip', async () => {
    const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
    await warm(headers);
    const list = { title: 'List', currency: 'EUR' };
    expect((await costOf('/v1/price-lists', json('POST', list, headers))).costs).toMatchObject({ d1: 1 });
    expect((await costOf('/v1/price-lists', { headers })).costs).toMatchObject({ d1: 1 });
    const read = await app.fetch(
      new Request(`${ORIGIN}/v1/price-lists`, { headers }),
      workerEnv<Env>(),
      createExecutionContext(),
    );
    const { items } = (await read.json()) as { items: { id: string }[] };
    const path = `/v1/price-lists/${items[0]?.id ?? ''}/entries`;
    const { product } = await create(productInput());
    const entries = product.variants.map(({ id }) => ({ variantId: id, amount: 1 }));
    expect(await costOf(path, json('PUT', { entries }, { ...headers, 'if-match': '*' }))).toMatchObject({
      status: 204,
      costs: { d1: 1 },
    });
    expect((await costOf(path, { headers })).costs).toMatchObject({ d1: 1 });
  });

  it('RPC resolveVariants: one round trip for any number of variants', async () => {
    const { product } = await create(productInput());
    const costs = newCosts();
    const env = meterEnv(workerEnv<Env>(), BINDINGS, costs);
    const items = product.variants.map((variant) => ({ variantId: variant.id, quantity: 1 }));
    await resolveVariants(portsOf(env, 'costs-test', { later: () => undefined }), {
      items,
      currency: 'EUR',
      groups: ['business'],
    });
    expect([costs.d1, costs.d1Statements, costs.kv]).toEqual([1, 2, 0]);
  });
});

describe('rows that are read', () => {
  /** A word that no other is a typo of. */
  const unlike = (): string =>
    Array.from(crypto.randomUUID(), (digit) => 'ghijklmnop'[Number(digit)] ?? digit)
      .join('')
      .replaceAll('-', '')
      .slice(0, 16);
  const importMany = async (count: number): Promise<void> => {
    const base = unlike();
    const lines = Array.from({ length: count }, (_, n) => `${base}-${n},Thing ${unlike()},1.00`);
    await imported(['Handle,Title,Variant Price', ...lines].join('\n'));
  };

  /** What each of these reads of both databases, nothing being in a cache. */
  async function rowsRead(): Promise<Record<string, number>> {
    const word = unlike();
    const { product } = await create(productInput({ title: `Drum ${word}` }));
    const headers = await operator();
    await warm(headers);
    let rows = 0;
    const { CATALOGUE_DB, SEARCH_DB, ...others } = workerEnv<Env>();
    const add = (count: number): void => void (rows += count);
    const env = {
      ...others,
      CATALOGUE_DB: countingRows(CATALOGUE_DB, add),
      SEARCH_DB: countingRows(SEARCH_DB, add),
    };
    const of = async (path: string, init: RequestInit): Promise<number> => {
      rows = 0;
      const ctx = createExecutionContext();
      const response = await app.fetch(new Request(`${ORIGIN}${path}`, init), env, ctx);
      expect(response.status).toBeLessThan(300);
      await response.text();
      await waitOnExecutionContext(ctx);
      return rows;
    };
    await of('/v1/search', { headers });
    return {
      'a product made': await of('/v1/products', json('POST', productInput(), headers)),
      'a product read': await of(`/v1/products/${product.id}`, { headers }),
      'a list': await of('/v1/products?limit=5&expand=price', { headers }),
      'a search': await of(`/v1/search?q=drum+${word}`, { headers }),
      'a search with a typo': await of(`/v1/search?q=durm+${word}`, { headers }),
      'a search without words': await of('/v1/search?filter=kind:licence', { headers }),
      suggestions: await of(`/v1/search/suggestions?q=drum+${word.slice(0, -1)}`, {}),
    };
  }

  it('are those of what is asked for, and no more when the catalogue grows', async () => {
    // Pages are full from the beginning.
    await importMany(30);
    const before = await rowsRead();
    await importMany(200);
    const after = await rowsRead();
    // A search looks up more or fewer parts of its word; what reads each product reads 200 more.
    const grown = Object.entries(after).filter(([what, rows]) => rows > (before[what] ?? 0) + 100);
    expect({ grown, before }).toEqual({ grown: [], before });
  });
});
