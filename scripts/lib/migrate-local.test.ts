import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { migrateFolder, withDatabases } from './migrate-local.ts';
import { migrationFiles } from './migrate.ts';
import { MEMORY_FOLDER } from './system.ts';

const LATER = 'of a later version';
const APPLIED = 'SELECT name FROM d1_migrations ORDER BY id';

/** Of each database, what was applied and what there is to apply. */
async function migrationsIn(folder: string) {
  const all: { applied: string[]; wanted: string[] }[] = [];
  await withDatabases(folder, async ({ migrations }, database) => {
    const { results } = await database.prepare(APPLIED).all<{ name: string }>();
    all.push({ applied: results.map(({ name }) => name), wanted: migrationFiles(migrations) });
  });
  return all;
}

it('a new folder gets migrated databases of its own, and one that is there keeps what it holds', async () => {
  const parent = mkdtempSync(path.join(MEMORY_FOLDER, 'migrated-'));
  const [one, other] = [path.join(parent, 'one'), path.join(parent, 'other')];
  try {
    await migrateFolder(one);
    await withDatabases(one, async (_, database) => {
      await database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(LATER).run();
    });
    await migrateFolder(one);
    await migrateFolder(other);
    const [first, second] = [await migrationsIn(one), await migrationsIn(other)];
    expect(second.length).toBeGreaterThan(5);
    for (const { applied, wanted } of first) expect(applied).toEqual([...wanted, LATER]);
    for (const { applied, wanted } of second) expect(applied).toEqual(wanted);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}, 300_000);
