import { describe, expect, it } from 'vitest';
import { SingleFlight } from '#shared/http/single-flight.ts';
import { CatalogueCache } from './catalogue-cache.ts';
import { MemoryCache, roughBytes } from './memory.ts';

/** Shows a write only once `spread` was called: KV at its worst, seen from another place. */
class StaleKV {
  readonly #written = new Map<string, string>();
  #visible = new Map<string, string>();
  broken = false;
  gets = 0;

  spread(): void {
    this.#visible = new Map(this.#written);
  }
  async get(key: string, type: unknown): Promise<unknown> {
    this.gets += 1;
    if (this.broken) throw new Error('KV is away');
    const text = this.#visible.get(key) ?? null;
    return text !== null && type === 'json' ? JSON.parse(text) : text;
  }
  async put(key: string, value: string): Promise<void> {
    if (this.broken) throw new Error('KV is away');
    this.#written.set(key, value);
  }
  names(): string[] {
    return [...this.#written.keys()];
  }
}

function setUp() {
  const kv = new StaleKV();
  const clock = { time: 0, now: () => clock.time };
  const truth = { value: 'old', reads: 0 };
  /** One isolate, with a memory of its own. */
  const isolate = () => {
    const memory = new MemoryCache({ ttlMs: 5_000, entriesMax: 3, bytesMax: 100_000, clock });
    const flights = new SingleFlight<unknown>(3_000);
    const cache = new CatalogueCache(kv as unknown as KVNamespace, { memory, flights }, () => undefined);
    const read = (key = 'k', keep?: 'memory') =>
      cache.read<string>(key, async () => ((truth.reads += 1), truth.value), keep);
    return { cache, read };
  };
  return { kv, clock, truth, isolate };
}

describe('the cache of public reads', () => {
  it('asks the database once for all isolates, then KV, then nobody for some seconds', async () => {
    const { kv, clock, truth, isolate } = setUp();
    const [a, b] = [isolate(), isolate()];
    await a.read();
    kv.spread();
    expect([await b.read(), truth.reads]).toEqual(['old', 1]);
    const gets = kv.gets;
    clock.time = 4_999;
    await b.read();
    expect(kv.gets).toBe(gets);
    clock.time = 5_000;
    await b.read();
    expect(kv.gets).toBeGreaterThan(gets);
  });

  it('shows a change to the isolate that made it at once, and elsewhere when the pointer has spread and memory has aged', async () => {
    const { kv, clock, truth, isolate } = setUp();
    const [writer, reader] = [isolate(), isolate()];
    await writer.read();
    kv.spread();
    await reader.read();
    truth.value = 'new';
    await writer.cache.publishChange();
    clock.time = 6_000;
    expect(await reader.read()).toBe('old');
    kv.spread();
    expect(await reader.read()).toBe('old');
    clock.time = 12_000;
    expect(await reader.read()).toBe('new');
  });

  it('never goes back to an older generation’s entries, whichever of two changes publishes last', async () => {
    const { kv, clock, truth, isolate } = setUp();
    const [a, b, reader] = [isolate(), isolate(), isolate()];
    for (const [value, who] of [
      ['1', a],
      ['2', b],
      ['3', a],
    ] as const) {
      truth.value = value;
      await who.cache.publishChange();
      kv.spread();
      clock.time += 6_000;
      expect(await reader.read()).toBe(value);
      kv.spread();
    }
    const entries = kv.names().filter((name) => name.endsWith('/k'));
    expect(new Set(entries).size).toBe(3);
  });

  it('asks the database once for a thousand requests that miss at the same time', async () => {
    const { kv, truth, isolate } = setUp();
    const { read } = isolate();
    const values = await Promise.all(Array.from({ length: 1_000 }, () => read()));
    expect([new Set(values), truth.reads, kv.gets]).toEqual([new Set(['old']), 1, 2]);
  });

  it('keeps nothing in memory that was read before a change, though it came after it', async () => {
    const { truth, isolate } = setUp();
    const { cache } = isolate();
    const slow = Promise.withResolvers<string>();
    const before = cache.read<string>('k', () => slow.promise);
    await cache.publishChange();
    truth.value = 'new';
    const after = await cache.read<string>('k', async () => truth.value);
    slow.resolve('old');
    expect([await before, after, await cache.read('k', async () => 'asked again')]).toEqual([
      'old',
      'new',
      'new',
    ]);
  });

  it('reads the database when KV is away, and tells the outbox when a change could not be published', async () => {
    const { kv, truth, isolate } = setUp();
    const { cache, read } = isolate();
    kv.broken = true;
    expect(await read()).toBe('old');
    expect(truth.reads).toBe(1);
    await expect(cache.publishChange()).rejects.toThrow('KV is away');
  });

  it('keeps neither what does not exist nor more than fits', async () => {
    const { kv, truth, isolate } = setUp();
    const { cache, read } = isolate();
    expect(await cache.read('none', async () => null)).toBeNull();
    expect(kv.names()).toEqual([]);
    for (const key of ['a', 'b', 'c', 'd', 'a']) await read(key, 'memory');
    expect(truth.reads).toBe(5);
  });
});

describe('the memory of an isolate', () => {
  it('holds no more than its bytes, however few the entries are, and goes on after it was full', () => {
    const page = { items: Array.from({ length: 40 }, (_, n) => ({ n, text: 'x'.repeat(500) })) };
    const bytesMax = 3 * roughBytes(page);
    expect(roughBytes(page)).toBeGreaterThan(JSON.stringify(page).length);
    const memory = new MemoryCache({ ttlMs: 5_000, entriesMax: 500, bytesMax, clock: { now: () => 0 } });
    const kept = (): string[] => ['a', 'b', 'c', 'd', 'huge'].filter((key) => memory.get(key) !== undefined);
    for (const key of ['a', 'b', 'c']) memory.set(key, page);
    expect(kept()).toEqual(['b', 'c']);
    memory.set('c', page);
    memory.set('huge', [page, page, page, page]);
    expect(kept()).toEqual([]);
    memory.set('d', page);
    memory.clear();
    memory.set('a', page);
    memory.set('b', page);
    expect(kept()).toEqual(['a', 'b']);
  });
});
