import { ALARMS_MIGRATION } from '#objects/lib/alarms.ts';
import type { CopyBounds } from '#objects/lib/copies.ts';
import type { ObjectMigration } from '#objects/lib/migrations.ts';

/** Append only. Times are milliseconds since the epoch; devices are SHA-256 of what their application calls them. */
export const INSTANCE_USE_MIGRATIONS: readonly ObjectMigration[] = [
  ALARMS_MIGRATION,
  {
    name: 'use',
    sql: `CREATE TABLE terms (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      revision INTEGER NOT NULL,
      document TEXT NOT NULL
    );
    CREATE TABLE activations (
      id TEXT PRIMARY KEY,
      unit INTEGER NOT NULL,
      device TEXT NOT NULL,
      name TEXT NOT NULL,
      activated_at INTEGER NOT NULL,
      seen_at INTEGER NOT NULL,
      UNIQUE (device, unit)
    ) WITHOUT ROWID;
    CREATE INDEX activations_of_unit ON activations (unit, activated_at, id);
    CREATE TABLE leases (
      id TEXT PRIMARY KEY,
      unit INTEGER NOT NULL,
      device TEXT NOT NULL,
      name TEXT NOT NULL,
      leased_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      UNIQUE (device, unit)
    ) WITHOUT ROWID;
    CREATE INDEX leases_of_unit ON leases (unit, expires_at);
    CREATE TABLE meters (
      name TEXT NOT NULL,
      starts_at INTEGER NOT NULL,
      used INTEGER NOT NULL CHECK (used >= 0),
      PRIMARY KEY (name, starts_at)
    ) WITHOUT ROWID;
    CREATE TABLE counted (
      key TEXT PRIMARY KEY,
      meter TEXT NOT NULL,
      amount INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX counted_by_time ON counted (at);`,
  },
];

/** What a backup holds of what could be endless: whoever uses it, those seen last first, and the newest counts. */
export const COPY_BOUNDS: CopyBounds = {
  activations: 'ORDER BY seen_at DESC, id LIMIT 30000',
  leases: 'ORDER BY leased_at DESC, id LIMIT 30000',
  counted: 'ORDER BY at DESC, key LIMIT 10000',
};
