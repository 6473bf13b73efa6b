import { HOME, type StoreDatabases } from '#shared/db/store-databases.ts';
import { customerTables } from '#shared/db/store-tables.ts';
import { labelOfShard } from '#shared/ids/shard.ts';
import { AT_START, counted, type Move } from './move.ts';
import {
  captureSql,
  checksumSql,
  deleteByKeySql,
  dropCaptureSql,
  pageSql,
  type Part,
  PARTS,
  putSql,
  rangeSql,
  rowsByKeySql,
  sweepSql,
} from './parts.ts';
import { type Columns, Side, type Write } from './sides.ts';

/** Rows a slice reads at once, and changes it follows. */
const PAGE_ROWS = 200;
const SWEEP_ROWS = 500;
/** A shard is closed when fewer changes than this are to be followed: then it is closed for moments. */
const FEW_CHANGES = 20;
/** JSON of rows in one statement; the platform takes values of up to 2 MB. */
const VALUE_CHARACTERS_MAX = 700_000;

export interface Ground {
  databases: StoreDatabases;
  /** Grows with each run of the mover. */
  epoch: number;
}

interface Site {
  move: Move;
  label: string;
  source: Side;
  target: Side;
  columns: Columns;
  registry: D1Database;
  epoch: number;
}

/** Takes the shard over from an earlier run, and reads how its tables look. */
export async function siteOf(move: Move, { databases, epoch }: Ground): Promise<Omit<Site, 'move'>> {
  const source = new Side(databases, move.from, move.shard, epoch);
  const target = new Side(databases, move.to, move.shard, epoch);
  const registry = databases.get(HOME);
  if (registry === undefined) throw new Error(`${HOME} is not bound`);
  await Promise.all([source.takeOver(), target.takeOver()]);
  const [columns, theirs] = await Promise.all([source.columns(), target.columns()]);
  if (JSON.stringify([...columns]) !== JSON.stringify([...theirs])) {
    throw new Error(`${move.from} and ${move.to} have not the same tables: migrate first`);
  }
  return { label: labelOfShard(move.shard), source, target, columns, registry, epoch };
}

/** Does one slice of work and answers with the move to be kept. It may break off anywhere and be done again. */
export function advance(move: Move, site: Omit<Site, 'move'>): Promise<Move> {
  const at = { ...site, move };
  switch (move.step) {
    case 'waiting':
      return begin(at);
    case 'preparing':
      return prepare(at);
    case 'copying':
      return copy(at);
    case 'following':
      return follow(at);
    case 'comparing':
      return compare(at);
    case 'closing':
      return close(at).catch(async (error: unknown) => {
        // Until the next try the shard is not kept from its customers.
        await at.source.write([at.source.stateSql('open')]);
        throw error;
      });
    case 'switching':
      return switchOver(at);
    case 'sweeping':
      return sweep(at, at.source, { ...move, step: 'done' });
    case 'cancelling':
      return cancel(at);
    case 'done':
    case 'cancelled':
    case 'failed':
      return Promise.resolve(move);
  }
}

/** Nothing is touched unless the shard is where the directory says, and not at its new place. */
async function begin({ move, source, target }: Site): Promise<Move> {
  const [here, there] = await Promise.all([source.state(), target.state()]);
  const isFit = here === 'open' && there !== 'open';
  return isFit
    ? { ...move, step: 'preparing' }
    : { ...move, step: 'failed', error: `the shard is ${here} in ${move.from} and ${there} in ${move.to}` };
}

/** Empties the target of what an earlier move left, and lets the source write down what changes from now on. */
async function prepare(at: Site): Promise<Move> {
  const { move, source, target, label } = at;
  const ready: Move = { ...move, step: 'copying', cursor: AT_START, counts: { ...move.counts, swept: 0 } };
  await target.write([target.stateSql('arriving')]);
  const swept = await sweep(at, target, ready);
  if (swept.step !== 'copying') return swept;
  await source.write([
    ...dropCaptureSql().map((sql) => ({ sql })),
    { sql: 'DELETE FROM shard_changes' },
    ...captureSql(label).map((sql) => ({ sql })),
  ]);
  return ready;
}

async function copy({ move, source, target, label, columns }: Site): Promise<Move> {
  const part = PARTS[move.cursor.part];
  if (part === undefined) return { ...move, step: 'following', cursor: AT_START };
  const { after } = move.cursor;
  const names = namesOf(columns, part);
  const rows = await source.rows(pageSql(part, names, after !== null), [label, ...(after ?? []), PAGE_ROWS]);
  if (rows.length > 0) await target.write(puts(part, names, rows));
  return { ...counted(move, 'copied', rows.length), cursor: cursorAfter(move, part, names, rows) };
}

/** Brings the target up to the changes written down since. Few are left: on to comparing, or to closing after that. */
async function follow(at: Site): Promise<Move> {
  const { move } = at;
  const followed = await followPage(at);
  if (followed.counts.followed - move.counts.followed >= FEW_CHANGES) return followed;
  return move.comparedFrom === null
    ? { ...followed, step: 'comparing', cursor: AT_START, comparedFrom: followed.followed }
    : { ...followed, step: 'closing' };
}

async function followPage({ move, source, target, label, columns }: Site): Promise<Move> {
  const changes = (await source.rows(
    'SELECT sequence, table_name, row_key FROM shard_changes WHERE sequence > ? ORDER BY sequence LIMIT ?',
    [move.followed, PAGE_ROWS],
  )) as [number, string, string][];
  const writes: Write[] = [];
  for (const { table, keys } of changedKeys(changes)) {
    const names = columns.get(table.name) ?? [];
    const rows = await source.rows(rowsByKeySql(table, names), [label, keys]);
    writes.push({ sql: deleteByKeySql(table), values: [keys] }, ...puts({ table }, names, rows));
    if (table.name === 'instances') writes.push(...withoutTheirs(keys, names, rows));
  }
  if (writes.length > 0) await target.write(writes);
  const last = changes.at(-1)?.[0] ?? move.followed;
  return { ...counted(move, 'followed', changes.length), followed: last };
}

/** What belongs to instances that left the shard (deleted, or another customer's now) is not the target's any more. */
function withoutTheirs(keys: string, names: readonly string[], rows: readonly unknown[][]): Write[] {
  const present = new Set(rows.map((row) => row[names.indexOf('id')]));
  const left = (JSON.parse(keys) as [string][]).map(([id]) => id).filter((id) => !present.has(id));
  if (left.length === 0) return [];
  return customerTables
    .filter(({ owner }) => owner === 'instance_id')
    .map(({ name }) => ({
      sql: `DELETE FROM ${name} WHERE instance_id IN (SELECT value FROM json_each(?1))`,
      values: [JSON.stringify(left)],
    }));
}

const changedKeys = (changes: readonly (readonly [number, string, string])[]) =>
  customerTables.flatMap((table) => {
    const keys = new Set(changes.filter(([, name]) => name === table.name).map(([, , key]) => key));
    return keys.size === 0 ? [] : [{ table, keys: `[${[...keys].join(',')}]` }];
  });

/**
 * Compares every row, while they change. What differs has changed or is wrong: it is written down as changed, so that it is
 * followed, and looked at once more when the shard is closed.
 */
async function compare({ move, source, target, label, columns }: Site): Promise<Move> {
  const part = PARTS[move.cursor.part];
  if (part === undefined) return { ...move, step: 'following', cursor: AT_START };
  const { after } = move.cursor;
  const names = namesOf(columns, part);
  const rows = await source.rows(pageSql(part, names, after !== null), [label, ...(after ?? []), PAGE_ROWS]);
  const last = rows.length < PAGE_ROWS ? null : orderOf(part, names, rows.at(-1) ?? []);
  const range = rangeSql(part, names, after !== null, last !== null);
  const theirs = await target.rows(range, [label, ...(after ?? []), ...(last ?? [])]);
  const differing = differences(part, names, rows, theirs);
  if (differing.length > 0) {
    await source.write([
      {
        sql: 'INSERT INTO shard_changes (table_name, row_key) SELECT ?, value FROM json_each(?)',
        values: [part.table.name, JSON.stringify(differing)],
      },
    ]);
  }
  return { ...counted(move, 'compared', rows.length), cursor: cursorAfter(move, part, names, rows) };
}

/** Keys, as JSON, of rows that are on one side alone or not the same on both. */
function differences(
  part: Pick<Part, 'table'>,
  names: readonly string[],
  ours: readonly unknown[][],
  theirs: readonly unknown[][],
): string[] {
  const texts = (rows: readonly unknown[][]) =>
    new Map(rows.map((row) => [JSON.stringify(keyOf(part, names, row)), JSON.stringify(row)]));
  const [a, b] = [texts(ours), texts(theirs)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));
}

/** Nobody writes any more: follows what is left, then both sides must be equal, or all stays as it was. */
async function close(at: Site): Promise<Move> {
  const { source, move } = at;
  await source.write([source.stateSql('closed')]);
  let settled = await followPage(at);
  while (settled.counts.followed > at.move.counts.followed) {
    at = { ...at, move: settled };
    settled = await followPage(at);
  }
  const verified = (await changedAreEqual(at, move.comparedFrom ?? 0)) ?? (await checksums(at));
  return typeof verified === 'string'
    ? { ...settled, step: 'cancelling', error: verified }
    : { ...settled, step: 'switching', verified };
}

/** All rows were equal at some instant since `from`, but those that changed after it: these are compared now. */
async function changedAreEqual(
  { source, target, label, columns }: Site,
  from: number,
): Promise<string | null> {
  for (let after = from; ;) {
    const changes = (await source.rows(
      'SELECT sequence, table_name, row_key FROM shard_changes WHERE sequence > ? ORDER BY sequence LIMIT ?',
      [after, PAGE_ROWS],
    )) as [number, string, string][];
    for (const { table, keys } of changedKeys(changes)) {
      const names = columns.get(table.name) ?? [];
      const sql = rowsByKeySql(table, names);
      const [ours, theirs] = await Promise.all([
        source.rows(sql, [label, keys]),
        target.rows(sql, [label, keys]),
      ]);
      const [differing] = differences({ table }, names, ours, theirs);
      if (differing !== undefined) return `${table.name} ${differing} is not the same on both sides`;
    }
    const last = changes.at(-1)?.[0];
    if (last === undefined) return null;
    after = last;
  }
}

async function checksums({ source, target, label, columns }: Site): Promise<Move['verified'] | string> {
  const verified: Move['verified'] = [];
  for (const part of PARTS) {
    const sql = checksumSql(part, namesOf(columns, part));
    const [ours, theirs] = await Promise.all([source.first(sql, [label]), target.first(sql, [label])]);
    const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
    if (a !== b) return `${part.table.name}: ${a} here and ${b} there`;
    const { rows, ...sums } = ours ?? {};
    const checksum = Object.values(sums).map(String).join('-');
    verified.push({
      table: part.table.name + (part.isEarly ? ' (early)' : ''),
      rows: Number(rows),
      checksum,
    });
  }
  return verified;
}

/** The directory first, which is a hint; then the old place ends, and the new one begins. */
async function switchOver({ move, source, target, registry, epoch }: Site): Promise<Move> {
  await registry
    .prepare(
      `INSERT INTO shard_places (shard, database, version, updated_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (shard) DO UPDATE SET database = excluded.database, version = excluded.version,
         updated_at = excluded.updated_at WHERE excluded.version > shard_places.version`,
    )
    .bind(move.shard, move.to, epoch, Date.now())
    .run();
  await source.write([
    source.stateSql('gone'),
    ...dropCaptureSql().map((sql) => ({ sql })),
    { sql: 'DELETE FROM shard_changes' },
  ]);
  await target.write([target.stateSql('open')]);
  return { ...move, step: 'sweeping', cursor: AT_START };
}

/** Deletes a page of the shard's rows on one side; `next` when none is left. */
async function sweep({ move, label }: Site, side: Side, next: Move): Promise<Move> {
  const { part: index } = move.cursor;
  const part = PARTS[index];
  if (part === undefined) return next;
  const [deleted] = await side.write([{ sql: sweepSql(part), values: [label, SWEEP_ROWS] }]);
  const rows = deleted?.meta.changes ?? 0;
  const isEmpty = rows === 0;
  return { ...counted(move, 'swept', rows), cursor: { part: isEmpty ? index + 1 : index, after: null } };
}

/** The shard stays where it was; the target is emptied. */
async function cancel(at: Site): Promise<Move> {
  const { move, source, target } = at;
  if (move.cursor.after === null && move.cursor.part === 0) {
    await source.write([
      ...dropCaptureSql().map((sql) => ({ sql })),
      { sql: 'DELETE FROM shard_changes' },
      source.stateSql('open'),
    ]);
    await target.write([target.stateSql('gone')]);
  }
  return sweep(at, target, { ...move, step: move.error === null ? 'cancelled' : 'failed' });
}

const namesOf = (columns: Columns, { table }: Part): readonly string[] => columns.get(table.name) ?? [];
const pick = (names: readonly string[], wanted: readonly string[], row: readonly unknown[]): unknown[] =>
  wanted.map((column) => row[names.indexOf(column)]);
const keyOf = (
  { table }: Pick<Part, 'table'>,
  names: readonly string[],
  row: readonly unknown[],
): unknown[] => pick(names, table.key, row);
const orderOf = (part: Part, names: readonly string[], row: readonly unknown[]): unknown[] =>
  pick(names, part.order, row);

function cursorAfter(move: Move, part: Part, names: readonly string[], rows: readonly unknown[][]) {
  const last = rows.at(-1);
  if (last === undefined || rows.length < PAGE_ROWS) return { part: move.cursor.part + 1, after: null };
  return { part: move.cursor.part, after: orderOf(part, names, last) };
}

/** Writes rows, in as many statements as their size asks for. */
function puts({ table }: Pick<Part, 'table'>, names: readonly string[], rows: readonly unknown[][]): Write[] {
  const writes: Write[] = [];
  let texts: string[] = [];
  let size = 0;
  const flush = (): void => {
    if (texts.length > 0) writes.push({ sql: putSql(table, names), values: [`[${texts.join(',')}]`] });
    texts = [];
    size = 0;
  };
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (size + text.length > VALUE_CHARACTERS_MAX) flush();
    texts.push(text);
    size += text.length;
  }
  flush();
  return writes;
}
