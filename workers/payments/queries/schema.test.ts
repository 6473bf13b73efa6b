import { getTableColumns } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import { paymentEvents } from '#shared/db/payments.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { env } from '../testing.ts';

beforeAll(migrateDatabases);

it('the table in code is the table the migrations make', async () => {
  const { results } = await env.PAYMENTS_DB.prepare('PRAGMA table_info(payment_events)').all<{
    name: string;
    notnull: number;
    pk: number;
  }>();
  const inCode = Object.values(getTableColumns(paymentEvents)).map((column) => [column.name, column.notNull]);
  expect(inCode).toEqual(results.map(({ name, notnull, pk }) => [name, notnull === 1 || pk > 0]));
});
