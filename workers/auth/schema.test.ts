import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { beforeAll, expect, it } from 'vitest';
import * as schema from '#shared/db/auth.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';

beforeAll(migrateDatabases);

interface Column extends Record<string, unknown> {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

it.each(Object.values(schema).map((table) => getTableConfig(table)))(
  'the tables in code are those of the migrations: $name',
  async ({ name, columns }) => {
    const { results } = await workerEnv<Env>()
      .AUTH_DB.prepare(`SELECT * FROM pragma_table_info(?)`)
      .bind(name)
      .all<Column>();
    const migrated = results.map((column) => [
      column.name,
      column.type,
      column.notnull === 1 || column.pk > 0,
    ]);
    const declared = columns.map((column) => [
      column.name,
      column.getSQLType().toUpperCase(),
      column.notNull || column.primary,
    ]);
    expect(declared).toEqual(migrated);
  },
);
