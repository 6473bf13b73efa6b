import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { beforeAll, expect, it } from 'vitest';
import { orders } from '#shared/db/orders.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { bindings } from './testing/shop.ts';

beforeAll(migrateDatabases);

it('the tables the code knows are the tables the migrations make, because a drift breaks only at run time', async () => {
  const { results } = await bindings.ORDERS_DB.prepare(
    'SELECT name, type, "notnull" AS required, pk FROM pragma_table_info(\'orders\') ORDER BY cid',
  ).all<{ name: string; type: string; required: number; pk: number }>();
  const known = getTableConfig(orders).columns.map((column) => ({
    name: column.name,
    type: column.getSQLType().toUpperCase(),
    required: column.notNull ? 1 : 0,
    pk: column.primary ? 1 : 0,
  }));
  expect(known).toEqual(results);
});
