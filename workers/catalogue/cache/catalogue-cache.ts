import type { SingleFlight } from '#shared/http/single-flight.ts';
import { newId } from '#shared/ids/ids.ts';
import { log } from '#shared/observability/log.ts';
import { ENTRY_TTL_SECONDS, POINTER_CACHE_TTL_SECONDS } from '../limits.ts';
import type { MemoryCache } from './memory.ts';

const POINTER = 'generation';
/** Stands for "nothing was ever written"; entries under it are as good as any. */
const FIRST_GENERATION = 'first';

/** What all requests of one isolate share. */
export interface IsolateCaches {
  memory: MemoryCache;
  flights: SingleFlight<unknown>;
}

/**
 * Public reads, kept in KV under immutable keys `<generation>/<key>` and for seconds in the isolate's memory.
 *
 * Every change of the catalogue writes a generation that never was before into the pointer `generation`, and with it all
 * entries are out of use at once. What a reader stores under a generation was read from the primary database after that
 * generation was published, and a generation is published after its change was committed: so an entry is never older
 * than its generation.
 *
 * Staleness: what this isolate read, `MEMORY_TTL_MS`; the pointer, as long as KV takes to show a write elsewhere (60 s,
 * or more in bad moments); when the write of the pointer itself is lost, the outbox writes it again within a minute. No
 * entry outlives `ENTRY_TTL_SECONDS`. Nothing is ever decided by what is read here.
 */
export class CatalogueCache {
  readonly #kv: KVNamespace;
  readonly #memory: MemoryCache;
  readonly #flights: SingleFlight<unknown>;
  readonly #later: (work: Promise<unknown>) => void;

  constructor(kv: KVNamespace, { memory, flights }: IsolateCaches, later: (work: Promise<unknown>) => void) {
    this.#kv = kv;
    this.#memory = memory;
    this.#flights = flights;
    this.#later = later;
  }

  /**
   * The value of `key`, or what `fill` reads, once for all requests of the isolate that miss it meanwhile. Null is not kept: a name nobody knows must not fill the cache.
   * `keep: 'memory'` leaves KV alone, for keys that are too many to be worth a write each.
   */
  async read<Value>(
    key: string,
    fill: () => Promise<Value | null>,
    keep: 'everywhere' | 'memory' = 'everywhere',
  ): Promise<Value | null> {
    const near = this.#memory.get<Value>(key);
    if (near !== undefined) return near;
    const { epoch } = this.#memory;
    const read = async (): Promise<Value | null> => {
      const value = keep === 'memory' ? await fill() : await this.#readThrough(key, fill);
      if (value !== null && epoch === this.#memory.epoch) this.#memory.set(key, value);
      return value;
    };
    const value = await this.#flights.share(`${epoch}/${key}`, read, this.#later);
    return value as Value | null;
  }

  async #readThrough<Value>(key: string, fill: () => Promise<Value | null>): Promise<Value | null> {
    const generation = await this.#generation();
    if (generation === null) return fill();
    const entry = `${generation}/${key}`;
    const kept = await this.#kv.get<Value>(entry, 'json').catch(() => null);
    if (kept !== null) return kept;
    const value = await fill();
    if (value !== null) {
      this.#later(
        this.#kv
          .put(entry, JSON.stringify(value), { expirationTtl: ENTRY_TTL_SECONDS })
          .catch((error: unknown) => log.warn('cache entry not kept', { error })),
      );
    }
    return value;
  }

  /** Null when KV does not answer: then every read goes to the database. */
  async #generation(): Promise<string | null> {
    const near = this.#memory.get<string>(POINTER);
    if (near !== undefined) return near;
    try {
      const options = { cacheTtl: POINTER_CACHE_TTL_SECONDS };
      const generation = (await this.#kv.get(POINTER, options)) ?? FIRST_GENERATION;
      this.#memory.set(POINTER, generation);
      return generation;
    } catch (error) {
      log.warn('cache pointer not readable', { error });
      return null;
    }
  }

  /** Puts every entry out of use. Call after the change is committed. Throws when KV refuses, so that it is tried again. */
  async publishChange(): Promise<void> {
    this.#memory.clear();
    await this.#kv.put(POINTER, newId('event'));
  }
}
