import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import type { CopyBounds } from '../lib/copies.ts';
import type { ObjectMigration } from '../lib/migrations.ts';
import { OUTBOX_MIGRATION } from '../lib/outbox.ts';

export const WEBHOOK_ENDPOINT_MIGRATIONS: readonly ObjectMigration[] = [
  OUTBOX_MIGRATION,
  ALARMS_MIGRATION,
  {
    name: 'webhook-endpoint',
    sql: `CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL);
    CREATE TABLE signing_keys (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      signing TEXT NOT NULL CHECK (signing IN ('hmac', 'ed25519')),
      sealed TEXT NOT NULL,
      public_key TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER
    );
    CREATE TABLE deliveries (
      id TEXT PRIMARY KEY,
      event_id TEXT NOT NULL UNIQUE,
      event_type TEXT NOT NULL,
      body TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
      attempts INTEGER NOT NULL,
      attempts_max INTEGER NOT NULL,
      next_at INTEGER,
      last_status INTEGER,
      last_error TEXT,
      last_duration_ms INTEGER,
      created_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX deliveries_pending ON deliveries (next_at) WHERE state = 'pending';
    CREATE INDEX deliveries_by_state ON deliveries (state, id);
    CREATE INDEX deliveries_by_age ON deliveries (created_at);
    CREATE TABLE attempts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      delivery_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      url TEXT NOT NULL,
      status INTEGER,
      duration_ms INTEGER NOT NULL,
      error TEXT,
      response_body TEXT NOT NULL
    );
    CREATE INDEX attempts_of_delivery ON attempts (delivery_id, id);`,
  },
  {
    name: 'deliveries-of-subject',
    sql: "CREATE INDEX deliveries_of_subject ON deliveries (json_extract(body, '$.subject'))",
  },
];

/** UTF-16 units of the bodies a copy carries. */
const COPIED_BODIES = 4_000_000;
/**
 * What a backup holds of what could be endless: the events that are owed, then those that failed, the newest of either
 * first; nothing of what was delivered, and no log of attempts.
 */
export const COPY_BOUNDS: CopyBounds = {
  deliveries: `WHERE id IN (SELECT id FROM (
    SELECT id, sum(length(body)) OVER (ORDER BY state = 'pending' DESC, id DESC) AS so_far FROM deliveries
    WHERE state <> 'delivered') WHERE so_far <= ${COPIED_BODIES})`,
  attempts: 'WHERE false',
};
