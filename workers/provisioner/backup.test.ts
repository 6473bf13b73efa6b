import { beforeAll, describe, expect, it, vi } from 'vitest';
import { backupsOf } from '#shared/backup/of-env.ts';
import { BEGINNING, restore, type Restored } from '#shared/backup/restore.ts';
import { backUp, listBackups } from '#shared/backup/run.ts';
import { readSchema } from '#shared/backup/schema.ts';
import { Shelf } from '#shared/backup/shelf.ts';
import type { Backups, DatabaseSource } from '#shared/backup/sources.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { migrateDatabases, self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';

const env = workerEnv<Env>();
const SEEDED = ['templates', 'template_versions'];

/** Tables with everything a database of ours may have: references, to oneself too, triggers, numbering, composite keys. */
const SHAPES = [
  `CREATE TABLE accounts_t (id TEXT PRIMARY KEY, cents INTEGER NOT NULL, note TEXT) STRICT`,
  `CREATE TABLE moves_t (number INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL REFERENCES accounts_t (id), cents INTEGER NOT NULL)`,
  `CREATE TABLE tree_t (id TEXT PRIMARY KEY, parent_id TEXT REFERENCES tree_t (id), weight REAL) WITHOUT ROWID`,
  `CREATE TABLE pairs_t (a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID`,
  `CREATE TRIGGER moves_stay BEFORE DELETE ON moves_t BEGIN SELECT RAISE(ABORT, 'moves stay'); END`,
  `CREATE TRIGGER accounts_count AFTER INSERT ON moves_t BEGIN UPDATE accounts_t SET cents = cents + NEW.cents WHERE id = NEW.account_id; END`,
];
const ACCOUNTS = 700;

beforeAll(async () => {
  await migrateDatabases();
  for (const database of [env.STORE_DB, env.STORE_DB_2]) {
    for (const sql of SHAPES) await database.prepare(sql).run();
  }
  const count = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ACCOUNTS})`;
  await env.STORE_DB.batch([
    env.STORE_DB.prepare(
      `INSERT INTO accounts_t ${count} SELECT printf('a%05d', i), 0, 'ünï "' || i || char(10) FROM n`,
    ),
    env.STORE_DB.prepare(
      `INSERT INTO tree_t ${count} SELECT printf('n%05d', i), CASE WHEN i < ${ACCOUNTS} THEN printf('n%05d', i + 1) END, i / 2.0 FROM n`,
    ),
    env.STORE_DB.prepare(`INSERT INTO pairs_t ${count} SELECT 'p' || (i % 7), i FROM n`),
  ]);
});

const at = { day: Date.parse('2026-11-01T00:00:00Z') };

async function made(target: D1Database = env.STORE_DB): Promise<Backups> {
  const source: DatabaseSource = { kind: 'database', name: 'STORE_DB', database: target, seeded: SEEDED };
  const backups = await backupsOf(env, 'test', [source]);
  return { ...backups, keepDays: 30, clock: { now: () => (at.day += SECOND_MS) } };
}

/** Every row of every table, each with the types SQLite has for it. */
async function content(database: D1Database): Promise<Record<string, string[]>> {
  const { tables } = await readSchema(database);
  const all = tables.map(async ({ name, columns }) => {
    const values = columns.map((column) => `"${column}", typeof("${column}")`).join(', ');
    const { results } = await database
      .prepare(`SELECT json_array(${values}) AS row FROM "${name}" ORDER BY 1`)
      .all<{ row: string }>();
    return [name, results.map(({ row }) => row)] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

let turn = 0;
/** A customer's work: money moves, rows come, change their key and go. */
async function write(times: number): Promise<void> {
  const db = env.STORE_DB;
  for (let count = 0; count < times; count += 1) {
    turn += 1;
    const account = (n: number): string =>
      `a${String(((turn * 37 + n * 611) % ACCOUNTS) + 1).padStart(5, '0')}`;
    await db.batch([
      db.prepare('INSERT OR IGNORE INTO accounts_t VALUES (?, 0, NULL)').bind(`x${turn}`),
      db
        .prepare('INSERT INTO moves_t (account_id, cents) VALUES (?, ?), (?, ?)')
        .bind(account(0), turn, `x${turn}`, -turn),
      db.prepare('DELETE FROM pairs_t WHERE b = ?').bind((turn * 13) % ACCOUNTS),
      db
        .prepare('UPDATE OR IGNORE pairs_t SET a = ? WHERE b = ?')
        .bind(`moved${turn}`, (turn * 17) % ACCOUNTS),
      db.prepare('INSERT INTO tree_t VALUES (?, ?, 1.5)').bind(`n00000-${turn}`, 'n00001'),
      db
        .prepare('UPDATE tree_t SET parent_id = NULL WHERE id = ?')
        .bind(`n${String((turn * 11) % ACCOUNTS).padStart(5, '0')}`),
    ]);
  }
}

async function restoreAll(backups: Backups, id: string, replace: boolean): Promise<Restored> {
  let step = BEGINNING;
  for (;;) {
    const done = await restore(backups, { source: 'STORE_DB', id, replace, at: step });
    if ('code' in done || done.next === null) return done;
    // Each step is done twice: the first answer was lost.
    const again = await restore(backups, { source: 'STORE_DB', id, replace: true, at: step });
    if ('code' in again || again.next === null) return again;
    step = again.next;
  }
}

describe('a backup', () => {
  it('is the database at one instant, though it is written between all its steps, and is put back row by row', async () => {
    const backups = await made();
    await write(20);
    let expected: Record<string, string[]> | null = null;
    let phase: string | null = 'copying';
    let id = '';
    for (let steps = 0; ; steps += 1) {
      const run = await backUp(backups, 0);
      if (run === null) throw new Error('nobody else is at work');
      if (run.state === 'complete') {
        ({ id } = run);
        break;
      }
      if (run.phase === 'checking' && phase !== 'checking') expected = await content(env.STORE_DB);
      ({ phase } = run);
      // More than one round reads again, and another run joins in.
      await write(steps === 0 ? 60 : 5);
    }
    expect((await content(env.STORE_DB))['moves_t']?.length).toBeGreaterThan(
      expected?.['moves_t']?.length ?? 0,
    );
    const leftBehind = await env.STORE_DB.prepare(
      `SELECT name FROM sqlite_schema WHERE name LIKE 'backup_%'`,
    ).all();
    expect(leftBehind.results).toEqual([]);

    expect(await restoreAll(await made(env.STORE_DB_2), id, false)).toMatchObject({ next: null });
    expect(await content(env.STORE_DB_2)).toEqual(expected);
    expect((await readSchema(env.STORE_DB_2)).triggers).toEqual((await readSchema(env.STORE_DB)).triggers);
    await expect(env.STORE_DB_2.prepare('DELETE FROM moves_t').run()).rejects.toThrow('moves stay');

    // Not over what is there, unless that is said.
    expect(await restoreAll(await made(env.STORE_DB_2), id, false)).toMatchObject({ code: 'not_empty' });
    await env.STORE_DB_2.prepare(`INSERT INTO pairs_t VALUES ('stranger', 1)`).run();
    expect(await restoreAll(await made(env.STORE_DB_2), id, true)).toMatchObject({ next: null });
    expect(await content(env.STORE_DB_2)).toEqual(expected);
    await env.STORE_DB_2.prepare(`INSERT INTO d1_migrations (name) VALUES ('9999_newer.sql')`).run();
    expect(await restoreAll(await made(env.STORE_DB_2), id, true)).toMatchObject({ code: 'other_schema' });
    await env.STORE_DB_2.prepare(`DELETE FROM d1_migrations WHERE name = '9999_newer.sql'`).run();
  });

  it('keeps sums whole while many write at once, two runs at once and a bucket that fails', async () => {
    const backups = await made();
    const failing = new Proxy(env.BACKUPS, {
      get(bucket, name: keyof R2Bucket) {
        if (name === 'put' && Math.random() < 0.2) throw new Error('the bucket is down');
        return typeof bucket[name] === 'function'
          ? (bucket[name] as () => unknown).bind(bucket)
          : bucket[name];
      },
    });
    const ended: { id: string | null } = { id: null };
    const runner = async (bucket: R2Bucket): Promise<void> => {
      while (ended.id === null) {
        const run = await backUp({ ...backups, bucket }, 0).catch(() => null);
        if (run?.state === 'complete') ended.id ??= run.id;
      }
    };
    const writer = async (): Promise<void> => {
      while (ended.id === null) await write(1);
    };
    await Promise.all([runner(failing), runner(failing), writer(), writer()]);
    expect(await restoreAll(await made(env.STORE_DB_2), ended.id ?? '', true)).toMatchObject({ next: null });
    const sums = await env.STORE_DB_2.prepare(
      `SELECT (SELECT sum(cents) FROM accounts_t) AS held, (SELECT sum(cents) FROM moves_t) AS moved,
        (SELECT count(*) FROM accounts_t AS a WHERE a.cents <> (SELECT coalesce(sum(m.cents), 0) FROM moves_t AS m WHERE m.account_id = a.id)) AS wrong`,
    ).first();
    expect(sums).toEqual({ held: 0, moved: 0, wrong: 0 });
  });

  it('shows a page that was damaged, and one that was put in the place of another', async () => {
    const backups = await made();
    const [newest] = await listBackups(backups);
    if (newest === undefined) throw new Error('there is none');
    const manifest = await new Shelf(backups.bucket, backups.ring).readManifest(newest);
    const [first = '', second = ''] = manifest?.pages.map(({ name }) => name) ?? [];
    const bytes = async (key: string): Promise<Uint8Array> =>
      new Uint8Array((await (await env.BACKUPS.get(key))?.arrayBuffer()) ?? new ArrayBuffer());
    const [one, two] = [await bytes(first), await bytes(second)];
    expect(new TextDecoder().decode(one)).not.toContain('accounts_t');
    const damaged = one.slice();
    damaged[60] = (damaged[60] ?? 0) ^ 1;
    for (const [wrong, word] of [
      [damaged, 'was changed'],
      [two, 'was changed'],
      [null, 'is missing'],
    ] as const) {
      await (wrong === null ? env.BACKUPS.delete(first) : env.BACKUPS.put(first, wrong));
      await expect(restoreAll(await made(env.STORE_DB_2), newest.id, true)).rejects.toThrow(word);
    }
  });

  it('is kept for its days, and the newest for ever', async () => {
    const backups = await made();
    at.day += 40 * DAY_MS;
    const before = await listBackups(backups);
    expect(before.length).toBeGreaterThan(1);
    const run = await backUp(backups, at.day + DAY_MS);
    expect(run?.state).toBe('complete');
    const after = await listBackups(backups);
    expect(after.map(({ id }) => id)).toEqual([run?.id]);
    const kept = (await env.BACKUPS.list({ prefix: 'pages/STORE_DB/' })).objects;
    expect(kept.every(({ key }) => key.includes(run?.id ?? ''))).toBe(true);
    at.day += 40 * DAY_MS;
    expect(await listBackups(await made())).toHaveLength(1);
  });
});

describe('the routes of backups', () => {
  const post = (path: string, headers: Record<string, string>, body?: unknown) =>
    self.fetch(`https://shop.test${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('are for administrators, and putting back for nobody while no restore is under way', async () => {
    const admin = await signedIn('usr_0000000000007000800000000000ad01', 'admin');
    const operator = await signedIn('usr_0000000000007000800000000000ad02', 'operator');
    expect((await post('/v1/backups/provisioner', operator)).status).toBe(403);
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    let state = '';
    while (state !== 'complete') {
      const response = await post('/v1/backups/provisioner', admin);
      expect(response.status).toBe(200);
      ({ state } = await response.json<{ state: string }>());
    }
    const listed = await self.fetch('https://shop.test/v1/backups/provisioner', { headers: admin });
    const { items } = await listed.json<{ items: { source: string }[] }>();
    expect(new Set(items.map(({ source }) => source))).toEqual(new Set(['STORE_DB', 'STORE_DB_2', 'uses']));
    const told = lines.mock.calls.map(([line]) => JSON.parse(String(line)) as object);
    lines.mockRestore();
    for (const message of ['backup asked for', 'backups listed']) {
      const actorId = 'usr_0000000000007000800000000000ad01';
      expect(told).toContainEqual(expect.objectContaining({ message, worker: 'provisioner', actorId }));
    }
    const step = { source: 'STORE_DB', backup: 'none' };
    expect((await post('/v1/backups/provisioner/restore', admin, step)).status).toBe(404);
  });
});
