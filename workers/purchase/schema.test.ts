import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { beforeAll, expect, it } from 'vitest';
import * as commerce from '#shared/db/commerce.ts';
import {
  commandBatches,
  instanceQuotes,
  instanceRenewals,
  orderItems,
  orders,
  orderTaxLines,
} from '#shared/db/orders.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { bindings } from './testing/shop.ts';

beforeAll(migrateDatabases);

const TABLES = [
  { binding: 'ORDERS_DB' as const, table: orders },
  { binding: 'ORDERS_DB' as const, table: orderItems },
  { binding: 'ORDERS_DB' as const, table: orderTaxLines },
  { binding: 'ORDERS_DB' as const, table: commandBatches },
  { binding: 'ORDERS_DB' as const, table: instanceQuotes },
  { binding: 'ORDERS_DB' as const, table: instanceRenewals },
  ...Object.values(commerce).map((table) => ({ binding: 'COMMERCE_DB' as const, table })),
].map((each) => ({ ...each, name: getTableConfig(each.table).name }));

it.each(TABLES)(
  'the code knows $name as the migrations make it, because a drift breaks only at run time',
  async ({ binding, table, name }) => {
    const { results } = await bindings[binding]
      .prepare('SELECT name, type, "notnull" AS required, pk > 0 AS key FROM pragma_table_info(?)')
      .bind(name)
      .all<{ name: string; type: string; required: number; key: number }>();
    expect(known(table)).toEqual(
      results.map(({ required, ...column }) => ({ ...column, required: column.key === 1 ? 1 : required })),
    );
  },
);

function known(table: SQLiteTable) {
  const { columns, primaryKeys } = getTableConfig(table);
  const keys = new Set(primaryKeys.flatMap((key) => key.columns.map(({ name }) => name)));
  return columns.map((column) => ({
    name: column.name,
    type: column.getSQLType().toUpperCase(),
    required: column.notNull || column.primary ? 1 : 0,
    key: column.primary || keys.has(column.name) ? 1 : 0,
  }));
}
