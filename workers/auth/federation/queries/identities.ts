import { and, asc, eq, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { accounts, connections, identities, passwords } from '#shared/db/auth.ts';
import { accountColumns, toAccountRow, type AccountRow } from '../../queries/accounts.ts';
import type { Write } from '../../queries/commit.ts';
import type { Provider } from './connections.ts';

export type IdentityRow = typeof identities.$inferSelect;
export interface LinkedIdentity {
  identity: IdentityRow;
  connection: Provider;
}

/**
 * Keeps who members of an organisation are at its provider, as hashes alone: once somebody is removed, they are known by it.
 * ?2: when.
 */
export const rememberIdentities = (which: string): string =>
  `INSERT INTO removed_members
     SELECT lower(hex(randomblob(16))), c.organisation_id, i.account_id, NULL, a.email_index, NULL, i.identity_index, ?2
     FROM identities i JOIN connections c ON c.id = i.connection_id JOIN accounts a ON a.id = i.account_id
     JOIN organisation_members m ON m.organisation_id = c.organisation_id AND m.account_id = i.account_id
     WHERE ${which}`;

export function identityQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    /** Whose identity this is. `indexes`: under every key. */
    async find(
      connectionId: string,
      indexes: string[],
    ): Promise<{ identity: IdentityRow; account: AccountRow } | null> {
      const [row] = await db
        .select({ identity: identities, account: accountColumns })
        .from(identities)
        .innerJoin(accounts, eq(accounts.id, identities.accountId))
        .leftJoin(passwords, eq(passwords.accountId, accounts.id))
        .where(and(eq(identities.connectionId, connectionId), inArray(identities.identityIndex, indexes)))
        .limit(1);
      return row === undefined ? null : { identity: row.identity, account: toAccountRow(row.account) };
    },

    async ofAccount(accountId: string): Promise<LinkedIdentity[]> {
      return db
        .select({
          identity: identities,
          connection: { id: connections.id, name: connections.name, kind: connections.kind },
        })
        .from(identities)
        .innerJoin(connections, eq(connections.id, identities.connectionId))
        .where(eq(identities.accountId, accountId))
        .orderBy(asc(identities.id));
    },

    /** Those at an organisation's own providers. */
    async ofOrganisation(accountId: string, organisationId: string): Promise<IdentityRow[]> {
      const rows = await db
        .select({ identity: identities })
        .from(identities)
        .innerJoin(connections, eq(connections.id, identities.connectionId))
        .where(and(eq(identities.accountId, accountId), eq(connections.organisationId, organisationId)));
      return rows.map(({ identity }) => identity);
    },

    add: (row: IdentityRow): Write =>
      database
        .prepare('INSERT INTO identities VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .bind(
          row.id,
          row.accountId,
          row.connectionId,
          row.identityIndex,
          row.identitySealed,
          row.labelSealed,
          row.createdAt,
          row.lastUsedAt,
        ),

    /** Nobody has it yet, and the account has room for it. */
    expectRoom: (connectionId: string, indexes: readonly string[], accountId: string, max: number): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             NOT EXISTS (SELECT 1 FROM identities
               WHERE connection_id = ? AND identity_index IN (SELECT value FROM json_each(?)))
             AND (SELECT count(*) FROM identities WHERE account_id = ?) < ?`,
        )
        .bind(connectionId, JSON.stringify(indexes), accountId, max),

    expectOwned: (id: string, accountId: string): Write =>
      database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM identities WHERE id = ? AND account_id = ?)',
        )
        .bind(id, accountId),

    used: (id: string, now: number): Write =>
      database.prepare('UPDATE identities SET last_used_at = ? WHERE id = ?').bind(now, id),

    /** Some way to sign in remains without it: a password, a passkey, or another identity of a connection that is open. */
    expectNotLastWayIn: (id: string, accountId: string): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             EXISTS (SELECT 1 FROM passwords WHERE account_id = ?1)
             OR EXISTS (SELECT 1 FROM passkeys WHERE account_id = ?1)
             OR EXISTS (SELECT 1 FROM identities i JOIN connections c ON c.id = i.connection_id
                        WHERE i.account_id = ?1 AND i.id <> ?2 AND c.status = 'active')`,
        )
        .bind(accountId, id),

    /** A member's at their organisation's provider is remembered, should they be removed. */
    remove: (id: string, now: number): Write[] => [
      database.prepare(rememberIdentities('i.id = ?1')).bind(id, now),
      database.prepare('DELETE FROM identities WHERE id = ?').bind(id),
    ],
  };
}
