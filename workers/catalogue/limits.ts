import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

/** Every number of this worker, with its unit in its name. */

/** How long an isolate answers from its own memory. The bound of staleness for stock figures. */
export const MEMORY_TTL_MS = 5 * SECOND_MS;
export const MEMORY_ENTRIES_MAX = 500;
/** Of its 128 MB, beside the search index. */
export const MEMORY_BYTES_MAX = 16 * 1024 * 1024;
/** Smallest `cacheTtl` of KV: how long a location may keep using a pointer it has read. */
export const POINTER_CACHE_TTL_SECONDS = 30;
/** An entry no one asks for disappears; one that outlived a lost invalidation does too. */
export const ENTRY_TTL_SECONDS = 600;
/** What a browser and the cache in front of the worker may keep without asking. */
export const CLIENT_MAX_AGE_SECONDS = 10;
export const CLIENT_STALE_SECONDS = 60;
/** The same for answers that show how many units there are. */
export const LEVELS_MAX_AGE_SECONDS = 5;
export const LEVELS_STALE_SECONDS = 5;
/** How long a request waits for another one of its isolate that reads the same. */
export const SHARED_READ_WAIT_MS = 3 * SECOND_MS;
/** Changed products the cache in front forgets one by one; more are forgotten with everything else. */
export const PURGED_PRODUCTS_MAX = 20;

/** Characters of a search; a longer one is refused. */
export const SEARCH_LENGTH_MAX = 200;
/** Words of a search that are looked up; the others are ignored. */
export const SEARCH_WORDS_MAX = 12;

/** Bytes of a file to import, after it was unpacked. */
export const IMPORT_BYTES_MAX = 1024 * 1024 * 1024;
/** Parts in which a file goes into the bucket; all but the last must be equal and at least 5 MiB (R2). */
export const FILE_PART_BYTES = 8 * 1024 * 1024;
/** Read of a file at once while it is divided into products; more where a single record is longer. */
export const IMPORT_WINDOW_BYTES = 1024 * 1024;
/** A record that is longer cannot be read. */
export const IMPORT_WINDOW_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of the file that state one product. */
export const IMPORT_PRODUCT_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of the file that are held at once while products are written. */
export const IMPORT_CHUNK_BYTES_MAX = 8 * 1024 * 1024;
/** Products before the share of those refused says anything. */
export const REFUSED_SHARE_PRODUCTS_MIN = 100;
/** Products written in one atomic batch. */
export const IMPORT_CHUNK_PRODUCTS = 50;
/** JSON characters of one bound parameter; D1 takes 2 MB. */
export const CHUNK_CHARACTERS_MAX = 600_000;
/** Effects taken up at once; the caches are invalidated once for all of them (KV takes one write a second). */
export const OUTBOX_ROUND_ROWS = 1_000;
/** Products read and projected in one batch. */
export const PROJECTION_CHUNK_PRODUCTS = 50;
/** Events handed to the queue at most in one go: an import of many products is told of over time. */
export const EVENTS_SENT_MAX = 1_000;
/** Messages of one `sendBatch` (platform limit). */
export const QUEUE_BATCH_MESSAGES = 100;
export const OUTBOX_ROUNDS_MAX = 10;
export const OUTBOX_RETRY_MIN_MS = 5 * SECOND_MS;
export const OUTBOX_RETRY_MAX_MS = 30 * MINUTE_MS;

/** Characters of a customisation schema in JSON, levels of nesting and characters of one `pattern`. */
export const SCHEMA_LIMITS = { characters: 16_384, depth: 12, patternCharacters: 300 } as const;

/** Rules of a kind that searches follow. */
export const SEARCH_RULES_MAX = 1_000;
/** Attributes whose words in other languages an isolate keeps for its facets; those stated last. */
export const TRANSLATED_ATTRIBUTES_MAX = 1_000;
/** Products of one part of a new search index. */
export const INDEX_REBUILD_PRODUCTS = 200;
/** How long a replaced index is kept for searches that began with it. */
export const INDEX_RETIRED_KEPT_MS = 10 * MINUTE_MS;
/** Parts of a replaced index that are taken out at one tick of the cron. */
export const INDEX_CLEAR_ROUNDS_MAX = 20;
/** Times a write of the search index begins anew because another came first. */
export const INDEX_WRITE_ATTEMPTS_MAX = 8;
/** Filters of one search, and values of them all together. */
export const SEARCH_FILTERS_MAX = 20;
/** Values a facet lists, most products first; those that are chosen are listed always. */
export const FACET_VALUES_MAX = 50;
export const FACETS_MAX = 40;

/** A list is read from a filter's own products when there are fewer of them, else in its order. */
export const RARE_PRODUCTS_MAX = 1_000;
/** Filters of a list. Each may take five of the 100 values of a statement (a year), and everything else 25 of them. */
export const LIST_FILTERS_MAX = 15;
/** Products asked for by name in one request. */
export const NAMED_PRODUCTS_MAX = 100;

/** Versions of a product that are kept, newest first. */
export const VERSIONS_KEPT = 25;
/** Places named of what a version changed. */
export const VERSION_POINTERS_MAX = 50;

/** Steps of a job, or the time, after which a run of them ends and the next begins. */
export const JOB_RUN_STEPS_MAX = 40;
export const JOB_RUN_MS = 10 * SECOND_MS;
/** Steps of a job after which what they owe to search and caches is performed. */
export const JOB_STEPS_A_DRAIN = 20;
/** Attempts of one step that may fail before the job does. */
export const JOB_FAILURES_MAX = 10;
/** After which a job that runs and says nothing is started again by the cron. */
export const JOB_SILENT_MS = 3 * MINUTE_MS;
/** How long a job that has ended is kept with its items and its file. */
export const JOB_KEPT_MS = 30 * DAY_MS;
/** Items of ended jobs that are forgotten at one tick of the cron. */
export const JOB_ITEMS_FORGOTTEN = 2_000;
/** Places named of what a dry run would change in one product. */
export const JOB_CHANGES_MAX = 50;
/** Lines of a report that are read at once. */
export const REPORT_PAGE_ITEMS = 500;
/** Products and characters of one part of an export's file, whichever comes first. */
export const EXPORT_PART_PRODUCTS = 500;
export const EXPORT_PART_CHARACTERS = 2_000_000;
/** Products that a bulk edit notes in one step. */
export const BULK_SELECT_PRODUCTS = 500;
