import { createHash } from 'node:crypto';

/** One step of an object's schema. Append-only: neither `name` nor `sql` of a released step may change. */
export interface ObjectMigration {
  name: string;
  sql: string;
}

/**
 * Brings an object's SQLite storage up to date, in one transaction, and remembers what was applied.
 * Throws when an applied step is missing or was changed: old rows then no longer mean what the code thinks.
 * `upTo` stops half-way so that a test can seed rows of an old version.
 */
export function migrateObject(
  storage: DurableObjectStorage,
  migrations: readonly ObjectMigration[],
  upTo: number = migrations.length,
): void {
  storage.transactionSync(() => {
    storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS _migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL)',
    );
    const applied = storage.sql
      .exec<{ id: number; name: string; sha256: string }>(
        'SELECT id, name, sha256 FROM _migrations ORDER BY id',
      )
      .toArray();
    for (const row of applied) {
      const migration = migrations[row.id - 1];
      if (migration === undefined || row.sha256 !== digest(migration)) {
        throw new Error(
          `object migration ${row.id} (${row.name}) was changed or removed after it was applied`,
        );
      }
    }
    for (let id = applied.length + 1; id <= upTo; id += 1) {
      const migration = migrations[id - 1];
      if (migration === undefined) break;
      storage.sql.exec(migration.sql);
      storage.sql.exec('INSERT INTO _migrations VALUES (?, ?, ?)', id, migration.name, digest(migration));
    }
  });
}

/** Every object of a class asks for the same ones. */
const digests = new WeakMap<ObjectMigration, string>();
function digest(migration: ObjectMigration): string {
  const known = digests.get(migration);
  if (known !== undefined) return known;
  const found = createHash('sha256').update(`${migration.name}\n${migration.sql}`).digest('hex');
  digests.set(migration, found);
  return found;
}
