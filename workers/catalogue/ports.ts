import { type Clock, systemClock } from '#shared/time/time.ts';
import { CatalogueCache } from './cache/catalogue-cache.ts';
import { MemoryCache } from './cache/memory.ts';
import type { Env } from './env.ts';
import { sanitiseHtml } from './html/sanitise.ts';
import { MEMORY_ENTRIES_MAX, MEMORY_TTL_MS } from './limits.ts';
import { catalogueStore } from './queries/catalogue-store.ts';
import { searchStore } from './queries/search-store.ts';

const memory = new MemoryCache({ ttlMs: MEMORY_TTL_MS, entriesMax: MEMORY_ENTRIES_MAX, clock: systemClock });

/** Everything a use case of this worker needs from outside, made from one request's, message's or tick's env. */
export interface Ports {
  catalogue: ReturnType<typeof catalogueStore>;
  search: ReturnType<typeof searchStore>;
  cache: CatalogueCache;
  events: Queue;
  sanitise: (html: string) => Promise<string>;
  clock: Clock;
  requestId: string;
}

/** `later` keeps the invocation alive until its work is done (`ctx.waitUntil`). */
export function portsOf(env: Env, requestId: string, later: (work: Promise<unknown>) => void): Ports {
  return {
    catalogue: catalogueStore(env.CATALOGUE_DB),
    search: searchStore(env.SEARCH_DB),
    cache: new CatalogueCache(env.CATALOGUE_CACHE, memory, later),
    events: env.CATALOGUE_EVENTS,
    sanitise: sanitiseHtml,
    clock: systemClock,
    requestId,
  };
}
