import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueEventMessageSchema, type CatalogueEventMessage } from '#shared/contracts/messages.ts';
import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { type Ports, portsOf } from './ports.ts';
import { get, productInput, unique } from './testing/requests.ts';
import { drainOutbox, tellMerchants } from './usecases/drain-outbox.ts';
import { archiveProduct } from './usecases/archive-product.ts';
import { authoredContext, createProduct, replaceProduct } from './usecases/save-product.ts';
import { PRICE_LISTS } from './domain/price-list-kind.ts';
import { newId } from '#shared/ids/ids.ts';
import { RuleStore } from '#shared/rules/store.ts';

beforeAll(migrateDatabases);

/** The worker's own ports, with a queue that keeps what it is sent and a clock that can be put forward. */
function setUp() {
  const sent: Extract<CatalogueEventMessage, { type: 'stock.declared' }>[] = [];
  const changes: Exclude<CatalogueEventMessage, { type: 'stock.declared' }>[] = [];
  const queue = { away: false };
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const events = {
    sendBatch: async (messages: { body: unknown }[]) => {
      if (queue.away) throw new Error('queue is away');
      const parsed = messages.map((message) => catalogueEventMessageSchema.parse(message.body));
      sent.push(...parsed.filter((message) => message.type === 'stock.declared'));
      changes.push(...parsed.filter((message) => message.type !== 'stock.declared'));
    },
  };
  const ports: Ports = {
    ...portsOf(workerEnv<Env>(), 'outbox-test', { later: () => undefined }),
    events: events as unknown as Queue,
    clock,
  };
  return { ports, sent, changes, queue, clock };
}
const stocked = (sku: string, onHand: number) =>
  productInputSchema.parse(
    productInput({
      variants: [{ sku, prices: [{ amount: 1, currency: 'EUR' }], stockTracked: true, onHand }],
    }),
  );

describe('what the catalogue owes to others', () => {
  it('is performed once: the stock hears of the quantity, search of the product', async () => {
    const { ports, sent } = setUp();
    const sku = unique('sku');
    await createProduct(ports, stocked(sku, 12));
    expect(await drainOutbox(ports)).toBe(2);
    expect(await drainOutbox(ports)).toBe(0);
    expect(sent).toMatchObject([{ sku, onHand: 12, requestId: 'outbox-test' }]);
  });

  it('is owed on while the queue is away, later each time, and holds up nothing else', async () => {
    const { ports, sent, queue, clock } = setUp();
    const sku = unique('sku');
    queue.away = true;
    await createProduct(ports, stocked(sku, 1));
    expect(await drainOutbox(ports)).toBe(1);
    queue.away = false;
    expect(await drainOutbox(ports)).toBe(0);
    clock.ahead = 6_000;
    expect(await drainOutbox(ports)).toBe(1);
    expect(sent.map((message) => message.sku)).toEqual([sku]);
  });

  it('tells merchants’ systems of each version once, and later of what it owed while the queue was away', async () => {
    const { ports, changes, queue } = setUp();
    await tellMerchants(ports);
    changes.length = 0;
    const input = productInputSchema.parse(productInput({ handle: unique('told'), status: 'draft' }));
    const made = await createProduct(ports, input);
    if (!made.ok) throw new Error('not created');
    const { id } = made.value.product;
    const replace = (change: Partial<typeof input>) =>
      replaceProduct(ports, { key: { id }, readVersion: null }, { ...input, ...change });
    await tellMerchants(ports);
    queue.away = true;
    await replace({ title: 'Another' });
    await replace({ title: 'Another' });
    const publishAt = new Date(ports.clock.now() - 1_000).toISOString();
    await replace({ title: 'Another', status: 'scheduled', publishAt });
    await ports.catalogue.publishDue(authoredContext(ports));
    await tellMerchants(ports);
    expect(changes).toHaveLength(1);
    queue.away = false;
    await archiveProduct(ports, { key: { id }, readVersion: null });
    await tellMerchants(ports);
    await tellMerchants(ports);
    expect(changes).toMatchObject([
      { type: 'product.created', version: 1, status: 'draft', productId: id, requestId: 'outbox-test' },
      { type: 'product.updated', version: 2, status: 'draft' },
      { type: 'product.updated', version: 3, status: 'scheduled' },
      { type: 'product.published', version: 4, status: 'published' },
      { type: 'product.archived', version: 5, status: 'archived' },
    ]);
    await drainOutbox(ports);
    expect(new Set(changes.map(({ sequence }) => sequence)).size).toBe(5);
  });

  it('tells of a price list and of the prices in it, and of no prices that were refused', async () => {
    const { ports, changes } = setUp();
    const lists = new RuleStore(workerEnv<Env>().CATALOGUE_DB, PRICE_LISTS, ports.clock);
    await tellMerchants(ports);
    changes.length = 0;
    const made = await createProduct(ports, productInputSchema.parse(productInput({})));
    const variantId = made.ok ? (made.value.product.variants[0]?.id ?? '') : '';
    const priceListId = newId('priceList');
    const input = { title: 'Summer', currency: 'EUR', groups: [], startsAt: null, endsAt: null } as const;
    await lists.create(priceListId, { ...input, groups: [] });
    const entry = { quantityMin: 1, amount: 5, compareAt: null };
    const write = (id: string) =>
      ports.catalogue.writeEntries({
        priceListId,
        readVersion: null,
        wanted: { entries: [{ ...entry, variantId: id }], remove: [] },
        actorId: newId('user'),
        nowMs: ports.clock.now(),
      });
    await write(variantId);
    await write(newId('variant'));
    await lists.archive(priceListId, null);
    await tellMerchants(ports);
    await drainOutbox(ports);
    const told = changes.filter(({ type }) => type === 'price_list.updated');
    expect(told).toMatchObject([
      { priceListId, version: 1, status: 'active' },
      { priceListId, version: 2, status: 'active' },
      { priceListId, version: 3, status: 'archived' },
    ]);
  });

  it('survives a search database that is away', async () => {
    const { ports, clock } = setUp();
    const away: Ports['search'] = {
      ...ports.search,
      write: () => Promise.reject(new Error('search is away')),
    };
    await createProduct(ports, stocked(unique('sku'), 1));
    expect(await drainOutbox({ ...ports, search: away })).toBe(1);
    clock.ahead = 6_000;
    expect(await drainOutbox(ports)).toBe(1);
  });

  it('has the platform’s cache forget the product and the lists by their tags, and again until it has', async () => {
    const { ports, clock } = setUp();
    const tags: (readonly string[])[] = [];
    const cache = { away: true };
    const purging: Ports = {
      ...portsOf(workerEnv<Env>(), 'outbox-test', {
        later: () => undefined,
        platformCache: {
          purge: async (asked: { tags?: string[] }) => {
            tags.push(asked.tags ?? []);
            return cache.away
              ? { success: false, zoneTag: null, errors: [{ code: 1, message: 'too many' }] }
              : { success: true, zoneTag: null, errors: [] };
          },
        } as unknown as CacheContext,
      }),
      events: ports.events,
      clock,
    };
    const made = await createProduct(purging, productInputSchema.parse(productInput({})));
    if (!made.ok) throw new Error('not created');
    const { id } = made.value.product;
    expect(await drainOutbox(purging)).toBe(0);
    cache.away = false;
    clock.ahead = 6_000;
    expect(await drainOutbox(purging)).toBe(1);
    expect(await drainOutbox(purging)).toBe(0);
    expect(tags).toEqual([
      [id, 'lists', 'collections'],
      [id, 'lists', 'collections'],
    ]);
    const answer = await get(`/v1/products/${id}`);
    expect(answer.headers.get('cache-tag')?.split(',')).toContain(id);
    expect((await get('/v1/products?limit=1')).headers.get('cache-tag')?.split(',')).toContain('lists');
  });

  it('gives declarations of one SKU rising sequences, though its product was made anew between them', async () => {
    const { ports, sent } = setUp();
    const sku = unique('sku');
    const first = await createProduct(ports, stocked(sku, 5));
    if (!first.ok) throw new Error('not created');
    const without = stocked(unique('sku'), 1);
    await ports.catalogue.write(
      [
        {
          product: { ...without, handle: first.value.product.handle, contentHash: 'x' },
          existing: first.value.product,
        },
      ],
      { requestId: 'outbox-test', nowMs: Date.now(), author: ports.author },
    );
    await createProduct(ports, stocked(sku, 5));
    await drainOutbox(ports);
    const sequences = sent.filter((message) => message.sku === sku).map((message) => message.sequence);
    expect(sequences).toHaveLength(2);
    expect(sequences[1]).toBeGreaterThan(sequences[0] ?? Number.POSITIVE_INFINITY);
  });
});
