import { getTableColumns, getTableName } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as schema from '#shared/db/store.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';

beforeAll(migrateDatabases);

describe('the schema in code', () => {
  it.each(Object.values(schema) as SQLiteTable[])('matches the migrated table (%#)', async (table) => {
    const { results } = await workerEnv<Env>()
      .STORE_DB.prepare('SELECT name, "notnull" AS required, pk FROM pragma_table_info(?) ORDER BY name')
      .bind(getTableName(table))
      .all<{ name: string; required: number; pk: number }>();
    const columns = Object.values(getTableColumns(table)).map((column) => ({
      name: column.name,
      required: column.notNull,
    }));

    expect(columns.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      results.map(({ name, required, pk }) => ({ name, required: required === 1 || pk > 0 })),
    );
  });

  it('lists are answered from an index', async () => {
    const plan = async (where: string) =>
      JSON.stringify(
        (
          await workerEnv<Env>()
            .STORE_DB.prepare(
              `EXPLAIN QUERY PLAN SELECT * FROM instances WHERE ${where} ORDER BY id DESC LIMIT 20`,
            )
            .all()
        ).results,
      );

    expect(await plan("customer_id = 'u' AND id < 'i'")).toContain('instances_by_customer');
    expect(await plan("order_id = 'o'")).toContain('instances_by_order');
    expect(await plan("state = 'failed'")).toContain('instances_by_state');
  });
});
