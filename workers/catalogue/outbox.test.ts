import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueEventMessageSchema, type CatalogueEventMessage } from '#shared/contracts/messages.ts';
import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { type Ports, portsOf } from './ports.ts';
import { get, productInput, unique } from './testing/requests.ts';
import { drainOutbox } from './usecases/drain-outbox.ts';
import { createProduct } from './usecases/save-product.ts';

beforeAll(migrateDatabases);

/** The worker's own ports, with a queue that keeps what it is sent and a clock that can be put forward. */
function setUp() {
  const sent: CatalogueEventMessage[] = [];
  const queue = { away: false };
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const events = {
    sendBatch: async (messages: { body: unknown }[]) => {
      if (queue.away) throw new Error('queue is away');
      sent.push(...messages.map((message) => catalogueEventMessageSchema.parse(message.body)));
    },
  };
  const ports: Ports = {
    ...portsOf(workerEnv<Env>(), 'outbox-test', { later: () => undefined }),
    events: events as unknown as Queue,
    clock,
  };
  return { ports, sent, queue, clock };
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
