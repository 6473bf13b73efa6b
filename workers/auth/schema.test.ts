import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { beforeAll, expect, it } from 'vitest';
import * as schema from '#shared/db/auth.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { oauthQueries } from './oauth/queries/index.ts';
import { addedSinceQueries } from './queries/added-since.ts';
import { emailCodeQueries } from './queries/email-codes.ts';
import { emailTokenQueries } from './queries/email-tokens.ts';
import { sessionQueries } from './queries/sessions.ts';

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

it('what ends sessions, codes and links, or takes back what an account did, reads along an index, however many others there are', async () => {
  const { AUTH_DB } = workerEnv<Env>();
  const plans: { sql: string; plan: D1PreparedStatement }[] = [];
  const database = {
    prepare: (sql: string) => ({
      bind: (...values: unknown[]) => {
        plans.push({ sql, plan: AUTH_DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values) });
      },
    }),
  } as unknown as D1Database;
  const sessions = sessionQueries(database);
  const oauth = oauthQueries(database);
  sessions.revokeOfClient('client', null, 'application_disabled', 1);
  sessions.revokeOfClient('client', 'account', 'application_withdrawn', 1);
  sessions.reissueOfClient('client');
  sessions.reissueAll('account');
  sessions.revokeAll('account', null, 'undone', 1);
  sessions.revokeByConnection('connection', 1);
  sessions.revokeOfMembersNotBy('organisation', 'connection', 1);
  sessions.revokeByProviders('account', { organisationId: 'organisation' }, 1);
  oauth.codes.removeUnused('client', 'account');
  oauth.devices.removeOf('client', 'account');
  emailCodeQueries(database).removeAll('account');
  emailTokenQueries(database).removeAll('account');
  for (const keepsFactors of [true, false])
    addedSinceQueries(database).takeBack('account', 1, 1, keepsFactors);
  expect(plans.length).toBeGreaterThan(30);
  const answers = await AUTH_DB.batch<{ detail: string }>(plans.map(({ plan }) => plan));
  const scans = answers.flatMap(({ results }, index) =>
    results
      // What a statement put together itself is not a table.
      .filter(({ detail }) => /^SCAN (?!CONSTANT ROW|\(subquery|u$|i$|invited$)/.test(detail))
      .map(({ detail }) => `${detail}: ${plans[index]?.sql}`),
  );
  expect(scans).toEqual([]);
});
