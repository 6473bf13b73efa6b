import { ALARMS_MIGRATION } from '../lib/alarms.ts';
import { COMMANDS_MIGRATION } from '../lib/commands.ts';
import type { ObjectMigration } from '../lib/migrations.ts';
import { OUTBOX_MIGRATION } from '../lib/outbox.ts';

export const ORDER_MIGRATIONS: readonly ObjectMigration[] = [
  OUTBOX_MIGRATION,
  ALARMS_MIGRATION,
  {
    name: 'order',
    sql: `CREATE TABLE order_document (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      version INTEGER NOT NULL,
      document TEXT NOT NULL
    );
    CREATE TABLE timeline (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      type TEXT NOT NULL,
      text TEXT NOT NULL,
      line_id TEXT
    );
    CREATE TABLE replies (operation TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE applied_events (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    name: 'refusals-and-holds',
    sql: `UPDATE order_document SET document = json_set(document,
      '$.retryUntil', NULL, '$.holdsUntil', NULL, '$.payment.asking', NULL, '$.payment.refusals', 0)
      WHERE json_type(document, '$.payment.refusals') IS NULL;`,
  },
  {
    name: 'timeline-log',
    sql: `ALTER TABLE timeline ADD COLUMN version INTEGER;
    ALTER TABLE timeline ADD COLUMN state TEXT;
    ALTER TABLE timeline ADD COLUMN data TEXT;
    ALTER TABLE timeline ADD COLUMN internal INTEGER NOT NULL DEFAULT 0;`,
  },
  COMMANDS_MIGRATION,
  {
    name: 'versions',
    sql: `CREATE TABLE order_versions (
      version INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      by_kind TEXT NOT NULL,
      by_id TEXT,
      what TEXT NOT NULL,
      why TEXT NOT NULL,
      changes TEXT NOT NULL
    );`,
  },
  {
    name: 'versions-shown',
    sql: `ALTER TABLE order_versions ADD COLUMN shown INTEGER NOT NULL DEFAULT 1;
    UPDATE order_versions SET shown = 0 WHERE what = 'note.added' AND changes LIKE '%"visible":false%';`,
  },
  {
    // An answer is the version it showed, which forgets a person with the order.
    name: 'answers-by-version',
    sql: `UPDATE _commands SET reply = json_set(reply, '$.value', json_extract(reply, '$.value.version'))
      WHERE json_type(reply, '$.value.version') = 'integer';`,
  },
];
