import { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, rfc3339, SECOND_MS } from '#shared/time/time.ts';
import { beginNotes, endNotes, forgetNotes, keyText, readChanges, readPage } from './notes.ts';
import { readSchema } from './schema.ts';
import { type Manifest, manifestSchema, Shelf } from './shelf.ts';
import type { Backups, DatabaseSource, ObjectsSource, Source } from './sources.ts';

const PAGE_ROWS = 500;
const PAGES_A_STEP = 8;
/** A run that has not ended by then is given up, and begun anew. */
const GIVEN_UP_MS = DAY_MS;
/** Longer than any run, so that none goes on after what was kept still has moved. */
const HELD_MS = GIVEN_UP_MS + HOUR_MS;

const runSchema = z.strictObject({
  id: z.string(),
  startedAt: z.int(),
  /** Index of the source that is being taken. */
  source: z.int(),
  phase: z.enum(['waiting', 'copying', 'closing', 'checking']),
  /** Index of the table that is being copied. */
  table: z.int(),
  /** Where the page before ended: a key of the table, or a place among objects. */
  after: z.union([z.array(z.unknown()), z.string()]).nullable(),
  /** Notes up to this one are on pages. */
  noted: z.int(),
  /** Pages read back. */
  checked: z.int(),
  /** What there is of it. */
  manifest: manifestSchema,
});
type Run = z.infer<typeof runSchema>;

export interface RunState {
  id: string;
  state: 'running' | 'complete';
  /** The source at work. */
  source: string | null;
  phase: Run['phase'] | null;
  /** Of this source. */
  pages: number;
}

/**
 * Begins a backup, or goes on with the one under way, step by step until it is complete or `until` (epoch milliseconds)
 * has passed. Safe to repeat, twice at once and after a crash: a step ends with one conditional write, and whoever comes
 * second changes nothing. Null: another goes on with it at this moment.
 */
export async function backUp(backups: Backups, until: number): Promise<RunState | null> {
  const shelf = new Shelf(backups.bucket, backups.ring);
  const found = await shelf.readRun(backups.worker);
  let etag = found?.etag ?? null;
  let run = found === null ? null : await notGivenUp(backups, shelf, runSchema.parse(found.run));
  if (run === null) {
    const startedAt = backups.clock.now();
    const id = rfc3339(startedAt).replaceAll(/[:.]/g, '-');
    run = await begun(backups, { id, startedAt, source: 0 });
    if (backups.hold !== undefined) run = { ...run, phase: 'waiting' };
    etag = await shelf.saveRun(backups.worker, run, etag);
    if (etag === null) return null;
  }
  do {
    const next: Run | null = await step(backups, shelf, run);
    if (next === null) {
      await backups.hold?.end(run.id);
      await shelf.endRun(backups.worker);
      await forgetOld(backups, shelf);
      log.info('backed up', { worker: backups.worker, backup: run.id });
      return { id: run.id, state: 'complete', source: null, phase: null, pages: 0 };
    }
    if (next.phase === 'waiting') {
      log.warn('backup waits', { worker: backups.worker, backup: run.id });
      break;
    }
    etag = await shelf.saveRun(backups.worker, next, etag);
    if (etag === null) return null;
    run = next;
  } while (backups.clock.now() < until);
  return {
    id: run.id,
    state: 'running',
    source: run.manifest.source,
    phase: run.phase,
    pages: run.manifest.pages.length,
  };
}

/** A cron of every minute looks whether one is due this often: listing a bucket costs twelve times what reading does. */
const LOOK_EVERY_MINUTES = 10;

/**
 * For the cron, each minute: goes on with the run under way, or begins one when the newest is old enough, which it looks for
 * every ten minutes.
 */
export async function tendBackups(backups: Backups, until: number): Promise<void> {
  if (backups.everySeconds === 0) return;
  const shelf = new Shelf(backups.bucket, backups.ring);
  if ((await shelf.readRun(backups.worker)) === null) {
    if (Math.floor(backups.clock.now() / MINUTE_MS) % LOOK_EVERY_MINUTES !== 0) return;
    const last = backups.sources.at(-1);
    const newest = last === undefined ? undefined : (await shelf.complete(last.name)).at(-1);
    const dueAt = newest === undefined ? 0 : Date.parse(newest.takenAt) + backups.everySeconds * SECOND_MS;
    if (backups.clock.now() < dueAt) return;
  }
  await backUp(backups, until);
}

/** Complete backups of all sources of a worker, newest first. */
export async function listBackups(backups: Backups) {
  const shelf = new Shelf(backups.bucket, backups.ring);
  const lists = await Promise.all(backups.sources.map(({ name }) => shelf.complete(name)));
  return lists.flat().sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));
}

/**
 * The same in the order in which they are put back, the newest of each source first: databases, then objects, who is asked
 * before who asks. What comes back goes on at once with what it was about.
 */
export async function backupsToPutBack(backups: Backups) {
  const shelf = new Shelf(backups.bucket, backups.ring);
  const databases = backups.sources.filter(({ kind }) => kind === 'database');
  const objects = backups.sources.filter(({ kind }) => kind === 'objects').toReversed();
  const lists = await Promise.all([...databases, ...objects].map(({ name }) => shelf.complete(name)));
  return lists.flatMap((each) => each.toReversed());
}

async function notGivenUp(backups: Backups, shelf: Shelf, run: Run): Promise<Run | null> {
  if (backups.clock.now() - run.startedAt < GIVEN_UP_MS) return run;
  log.error('backup given up', { worker: backups.worker, backup: run.id, source: run.manifest.source });
  await discard(backups, shelf, run);
  await backups.hold?.end(run.id);
  return null;
}

/** Nothing is left of what was taken of the present source. */
async function discard(backups: Backups, shelf: Shelf, run: Run): Promise<void> {
  const source = backups.sources[run.source];
  if (source?.kind === 'database') await endNotes(source.database, run.id);
  await shelf.delete(run.manifest, 'pages');
}

async function begun(
  backups: Backups,
  { id, startedAt, source }: { id: string; startedAt: number; source: number },
): Promise<Run> {
  const from = sourceAt(backups, source);
  const at = rfc3339(backups.clock.now());
  const manifest: Manifest = {
    format: 1,
    source: from.name,
    id,
    startedAt: at,
    takenAt: at,
    pages: [],
    counts: {},
    schema: from.kind === 'database' ? await readSchema(from.database) : null,
    sequences: {},
    bookmark: null,
  };
  return { id, startedAt, source, phase: 'copying', table: 0, after: null, noted: 0, checked: 0, manifest };
}

const sourceAt = (backups: Backups, index: number): Source => {
  const source = backups.sources[index];
  if (source === undefined) throw new Error(`${backups.worker} has no source ${index}`);
  return source;
};

/** One bounded part of a run. Null: all sources are taken. */
async function step(backups: Backups, shelf: Shelf, run: Run): Promise<Run | null> {
  const source = sourceAt(backups, run.source);
  switch (run.phase) {
    case 'waiting':
      return (await backups.hold?.begin(run.id, run.startedAt + HELD_MS)) === false
        ? run
        : begun(backups, run);
    case 'copying':
      return source.kind === 'database' ? copyRows(source, shelf, run) : copyObjects(source, shelf, run);
    case 'closing':
      if (source.kind === 'objects') throw new Error(`${source.name} has nothing to close`);
      return close(backups, source, shelf, run);
    case 'checking':
      return check(backups, shelf, run);
  }
}

const added = (run: Run, pages: Manifest['pages']): Run => ({
  ...run,
  manifest: { ...run.manifest, pages: [...run.manifest.pages, ...pages] },
});

async function copyRows(source: DatabaseSource, shelf: Shelf, before: Run): Promise<Run> {
  const { schema } = before.manifest;
  if (schema === null) throw new Error(`${source.name} was begun without its schema`);
  let run = before;
  if (run.table === 0 && run.after === null) await beginNotes(source.database, run.id, schema);
  for (let count = 0; count < PAGES_A_STEP; count += 1) {
    const table = schema.tables[run.table];
    if (table === undefined) return { ...run, phase: 'closing', after: null };
    const after = Array.isArray(run.after) ? run.after : null;
    const rows = await readPage(source.database, table, after, PAGE_ROWS);
    const last = rows.at(-1);
    if (last !== undefined) {
      const number = run.manifest.pages.length;
      run = added(run, [await shelf.putPage({ ...run.manifest, number }, table.name, rows)]);
    }
    const isWhole = last === undefined || rows.length < PAGE_ROWS;
    run = isWhole
      ? { ...run, table: run.table + 1, after: null }
      : { ...run, after: JSON.parse(keyText(table, last)) as unknown[] };
  }
  return run;
}

async function copyObjects(source: ObjectsSource, shelf: Shelf, before: Run): Promise<Run> {
  let run = before;
  for (let count = 0; count < PAGES_A_STEP; count += 1) {
    const { items, next } = await source.read(typeof run.after === 'string' ? run.after : null);
    if (items.length > 0) {
      const number = run.manifest.pages.length;
      run = added(run, [await shelf.putPage({ ...run.manifest, number }, source.name, items)]);
    }
    run = { ...run, after: next };
    if (next === null) {
      const total = run.manifest.pages.reduce((sum, page) => sum + page.rows, 0);
      const manifest = { ...run.manifest, counts: { [source.name]: total } };
      return { ...run, phase: 'checking', manifest };
    }
  }
  return run;
}

/** Reads again what was written meanwhile; at last, with the rest, everything stands as at one instant. */
async function close(backups: Backups, source: DatabaseSource, shelf: Shelf, run: Run): Promise<Run> {
  const { schema } = run.manifest;
  // Only what the run has kept is forgotten: another who does this same step may have read more.
  if (run.noted > 0) await forgetNotes(source.database, run.id, run.noted);
  const found = schema === null ? null : await readChanges(source.database, run.id, schema);
  if (found === null) {
    log.warn('backup begun anew: the schema changed', { worker: backups.worker, source: source.name });
    await discard(backups, shelf, run);
    return begun(backups, run);
  }
  const number = run.manifest.pages.length;
  const pages =
    found.changes.length === 0 ? [] : [await shelf.putPage({ ...run.manifest, number }, null, found.changes)];
  const next = added(run, pages);
  if (found.closed === null) return { ...next, noted: found.upTo };
  const takenAt = rfc3339(backups.clock.now());
  return { ...next, phase: 'checking', manifest: { ...next.manifest, ...found.closed, takenAt } };
}

/** Reads every page back; the last step shows the backup as complete. */
async function check(backups: Backups, shelf: Shelf, run: Run): Promise<Run | null> {
  const source = sourceAt(backups, run.source);
  if (run.checked === 0 && source.kind === 'database') await endNotes(source.database, run.id);
  const { pages } = run.manifest;
  const upTo = Math.min(run.checked + PAGES_A_STEP, pages.length);
  for (const page of pages.slice(run.checked, upTo)) await shelf.readPage(page);
  if (upTo < pages.length) return { ...run, checked: upTo };
  await shelf.putManifest(run.manifest);
  const following = run.source + 1;
  return following < backups.sources.length ? begun(backups, { ...run, source: following }) : null;
}

/** The newest of each source stays, however old. */
async function forgetOld(backups: Backups, shelf: Shelf): Promise<void> {
  const oldest = backups.clock.now() - backups.keepDays * DAY_MS;
  for (const { name } of backups.sources) {
    const old = (await shelf.complete(name))
      .slice(0, -1)
      .filter(({ takenAt }) => Date.parse(takenAt) < oldest);
    for (const backup of old) await shelf.delete(backup, 'backup');
  }
}
