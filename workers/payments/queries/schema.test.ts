import { type Column, getTableColumns } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import { paymentEvents, providerCustomers } from '#shared/db/payments.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { env } from '../testing.ts';

beforeAll(migrateDatabases);

it.each<[string, Column[]]>([
  ['payment_events', Object.values(getTableColumns(paymentEvents))],
  ['provider_customers', Object.values(getTableColumns(providerCustomers))],
])('%s in code is the table the migrations make', async (name, columns) => {
  const { results } = await env.PAYMENTS_DB.prepare(`PRAGMA table_info(${name})`).all<{
    name: string;
    notnull: number;
    pk: number;
  }>();
  const inCode = columns.map((column) => [column.name, column.notNull]);
  expect(inCode).toEqual(results.map(({ name, notnull, pk }) => [name, notnull === 1 || pk > 0]));
});
