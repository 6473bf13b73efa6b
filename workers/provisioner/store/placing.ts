import type { ShardMoverFace } from '#objects/shard-mover/face.ts';
import { HOME, type StoreDatabases } from '#shared/db/store-databases.ts';
import { customerTables } from '#shared/db/store-tables.ts';

/** The databases themselves, for those who decide what lies where. */
export interface Placing {
  /** Bound ones, in order. */
  names: readonly string[];
  /** Why shards cannot be moved to a database; null: they can. */
  unfitness(
    name: string,
  ): Promise<'unknown_database' | 'database_not_migrated' | 'database_not_empty' | null>;
  mover: ShardMoverFace;
}

const SCHEMA = `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m JOIN pragma_table_info(m.name) c
  WHERE m.type = 'table' AND m.name IN (SELECT value FROM json_each(?)) ORDER BY m.name, c.name`;
const TABLES = JSON.stringify([...customerTables.map(({ name }) => name), 'shard_states', 'shard_changes']);
const HAS_ROWS = customerTables.map(({ name }) => `EXISTS (SELECT 1 FROM ${name})`).join(' OR ');

export const placing = (databases: StoreDatabases, mover: ShardMoverFace): Placing => ({
  names: [...databases.keys()],
  mover,
  async unfitness(name) {
    const [home, added] = [databases.get(HOME), databases.get(name)];
    if (home === undefined || added === undefined) return 'unknown_database';
    const [ours, theirs] = await Promise.all(
      [home, added].map((database) => database.prepare(SCHEMA).bind(TABLES).all()),
    );
    if (JSON.stringify(ours?.results) !== JSON.stringify(theirs?.results)) return 'database_not_migrated';
    const rows = await added.prepare(`SELECT ${HAS_ROWS} AS present`).first<{ present: number }>();
    return rows?.present === 0 ? null : 'database_not_empty';
  },
});
