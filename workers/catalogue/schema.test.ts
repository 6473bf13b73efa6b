import { getTableColumns, getTableName, type Table } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import * as catalogue from '#shared/db/catalogue.ts';
import * as search from '#shared/db/search.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';

beforeAll(migrateDatabases);

const tables: ['CATALOGUE_DB' | 'SEARCH_DB', Table][] = [
  ...Object.values(catalogue).map((table) => ['CATALOGUE_DB', table] as ['CATALOGUE_DB', Table]),
  ...Object.values(search).map((table) => ['SEARCH_DB', table] as ['SEARCH_DB', Table]),
];

describe('the tables we describe are the tables the migrations make', () => {
  it.each(tables.map(([database, table]) => ({ database, name: getTableName(table), table })))(
    '$database.$name',
    async ({ database, name, table }) => {
      const { [database]: migratedDatabase } = workerEnv<Env>();
      const { results } = await migratedDatabase
        .prepare('SELECT name, type, "notnull" AS required, pk FROM pragma_table_info(?)')
        .bind(name)
        .all<{ name: string; type: string; required: number; pk: number }>();
      const migrated = results.map((column) => [
        column.name,
        column.type.toLowerCase(),
        column.required === 1 || column.pk > 0,
      ]);
      const described = Object.values(getTableColumns(table)).map((column) => [
        column.name,
        column.getSQLType(),
        column.notNull || column.primary,
      ]);
      expect(described).toEqual(migrated);
    },
  );
});
