import { callObject } from '#objects/lib/namespace.ts';
import { SingleFlight } from '#shared/http/single-flight.ts';
import { type Clock, systemClock } from '#shared/time/time.ts';
import { type JobFiles, jobFiles } from './adapters/job-files.ts';
import { CatalogueCache, type IsolateCaches } from './cache/catalogue-cache.ts';
import { MemoryCache } from './cache/memory.ts';
import type { Env } from './env.ts';
import { sanitiseHtml } from './html/sanitise.ts';
import { MEMORY_BYTES_MAX, MEMORY_ENTRIES_MAX, MEMORY_TTL_MS, SHARED_READ_WAIT_MS } from './limits.ts';
import type { Author } from './queries/availability.ts';
import { jobStore } from './queries/job-store.ts';
import { catalogueStore } from './queries/catalogue-store.ts';
import { searchStore } from './queries/search-store.ts';

const isolate: IsolateCaches = {
  memory: new MemoryCache({
    ttlMs: MEMORY_TTL_MS,
    entriesMax: MEMORY_ENTRIES_MAX,
    bytesMax: MEMORY_BYTES_MAX,
    clock: systemClock,
  }),
  flights: new SingleFlight(SHARED_READ_WAIT_MS),
};

/** Everything a use case of this worker needs from outside, made from one request's, message's or tick's env. */
export interface Ports {
  catalogue: ReturnType<typeof catalogueStore>;
  search: ReturnType<typeof searchStore>;
  jobs: ReturnType<typeof jobStore>;
  files: JobFiles;
  /** Pictures of products. */
  media: R2Bucket;
  /** Makes a job go on; resolves when it has ended, or after `waitMs`. */
  startJob: (jobId: string, waitMs: number) => Promise<void>;
  cache: CatalogueCache;
  /** Makes the platform's cache in front of this worker forget what has one of the tags. */
  purge: (tags: readonly string[]) => Promise<void>;
  events: Queue;
  sanitise: (html: string) => Promise<string>;
  clock: Clock;
  requestId: string;
  /** In whose name products are changed. */
  author: Author;
}

export interface Invocation {
  /** Keeps the invocation alive until the work is done (`ctx.waitUntil`). */
  later: (work: Promise<unknown>) => void;
  /** `ctx.cache`; there is none on a laptop. */
  platformCache?: CacheContext | undefined;
  /** What the caller wrote last: nothing older is read. */
  bookmark?: string | undefined;
  author?: Author | undefined;
}

/** Of work that nobody asked for in person. */
const NOBODY: Author = { actorId: null, reason: 'schedule', jobId: null, restoredFrom: null };

export function portsOf(env: Env, requestId: string, invocation: Invocation): Ports {
  return {
    catalogue: catalogueStore(env.CATALOGUE_DB, invocation.bookmark),
    search: searchStore(env.SEARCH_DB, env.CATALOGUE_DB, systemClock),
    jobs: jobStore(env.CATALOGUE_DB),
    files: jobFiles(env.JOB_FILES),
    media: env.MEDIA,
    startJob: (jobId, waitMs) =>
      callObject(env.JOB_RUNNER, jobId, (runner) => runner.start({ requestId }, { jobId, waitMs })),
    cache: new CatalogueCache(env.CATALOGUE_CACHE, isolate, invocation.later),
    purge: (tags) => purge(invocation.platformCache, tags),
    events: env.CATALOGUE_EVENTS,
    sanitise: sanitiseHtml,
    clock: systemClock,
    requestId,
    author: invocation.author ?? NOBODY,
  };
}

/** Of a worker's handler. */
export const invocationOf = (ctx: ExecutionContext): Invocation => ({
  later: (work) => ctx.waitUntil(work),
  platformCache: ctx.cache,
});

async function purge(platformCache: CacheContext | undefined, tags: readonly string[]): Promise<void> {
  const result = await platformCache?.purge({ tags: [...tags] });
  if (result?.success === false)
    throw new Error(`not purged: ${result.errors.map(({ message }) => message).join('; ')}`);
}
