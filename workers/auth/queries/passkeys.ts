import { asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { accounts, passkeys, passwords } from '#shared/db/auth.ts';
import { accountColumns, toAccountRow, type AccountRow } from './accounts.ts';
import type { Write } from './commit.ts';

export type PasskeyRow = typeof passkeys.$inferSelect;

export function passkeyQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async ofAccount(accountId: string): Promise<PasskeyRow[]> {
      return db.select().from(passkeys).where(eq(passkeys.accountId, accountId)).orderBy(asc(passkeys.id));
    },

    async byCredential(credentialId: string): Promise<{ passkey: PasskeyRow; account: AccountRow } | null> {
      const [row] = await db
        .select({ passkey: passkeys, account: accountColumns })
        .from(passkeys)
        .innerJoin(accounts, eq(accounts.id, passkeys.accountId))
        .leftJoin(passwords, eq(passwords.accountId, accounts.id))
        .where(eq(passkeys.credentialId, credentialId));
      return row === undefined ? null : { passkey: row.passkey, account: toAccountRow(row.account) };
    },

    /** The credential is new to us and the account has room for it. */
    expectRoom(credentialId: string, accountId: string, max: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             NOT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = ?)
             AND (SELECT count(*) FROM passkeys WHERE account_id = ?) < ?`,
        )
        .bind(credentialId, accountId, max);
    },

    add(row: PasskeyRow): Write {
      return database
        .prepare('INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .bind(
          row.id,
          row.accountId,
          row.credentialId,
          row.publicKey,
          row.counter,
          JSON.stringify(row.transports),
          row.backupEligible ? 1 : 0,
          row.backedUp ? 1 : 0,
          row.aaguid,
          row.name,
          row.createdAt,
          row.lastUsedAt,
        );
    },

    /** WebAuthn L3 §7.2 step 22: the counter must have grown, unless the authenticator does not count at all. */
    expectCounterBelow(id: string, counter: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM passkeys WHERE id = ?1 AND (counter < ?2 OR (counter = 0 AND ?2 = 0)))`,
        )
        .bind(id, counter);
    },

    used(id: string, counter: number, backedUp: boolean, now: number): Write {
      return database
        .prepare('UPDATE passkeys SET counter = ?, backed_up = ?, last_used_at = ? WHERE id = ?')
        .bind(counter, backedUp ? 1 : 0, now, id);
    },

    expectOwned(id: string, accountId: string): Write {
      return database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM passkeys WHERE id = ? AND account_id = ?)',
        )
        .bind(id, accountId);
    },

    /** Some way to sign in remains: another passkey, a password, or an identity of a connection that is open. */
    expectNotLastWayIn(id: string, accountId: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             EXISTS (SELECT 1 FROM passwords WHERE account_id = ?1)
             OR EXISTS (SELECT 1 FROM passkeys WHERE account_id = ?1 AND id <> ?2)
             OR EXISTS (SELECT 1 FROM identities i JOIN connections c ON c.id = i.connection_id
                        WHERE i.account_id = ?1 AND c.status = 'active')`,
        )
        .bind(accountId, id);
    },

    /** The password is not the only way in. */
    expectWayBesidePassword(accountId: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             EXISTS (SELECT 1 FROM passkeys WHERE account_id = ?1)
             OR EXISTS (SELECT 1 FROM identities i JOIN connections c ON c.id = i.connection_id
                        WHERE i.account_id = ?1 AND c.status = 'active')`,
        )
        .bind(accountId);
    },

    remove(id: string): Write {
      return database.prepare('DELETE FROM passkeys WHERE id = ?').bind(id);
    },
  };
}
export type PasskeyQueries = ReturnType<typeof passkeyQueries>;
