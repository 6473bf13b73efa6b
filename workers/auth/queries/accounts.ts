import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Role } from '#shared/auth/permissions.ts';
import { accounts, passwords } from '#shared/db/auth.ts';
import type { Write } from './commit.ts';

export interface AccountRow {
  id: string;
  emailSealed: string;
  passkeyHandle: string;
  status: 'active' | 'disabled';
  roles: Role[];
  phc: string | null;
  /** Whether the password is long enough to be the only factor; null without one. */
  passwordStandsAlone: boolean | null;
  passkeyCount: number;
  /** Whether codes of an authenticator app are the account's second factor. */
  hasTotp: boolean;
  recoveryCodeCount: number;
  createdAt: number;
}

export interface NewPassword {
  phc: string;
  /** Long enough to be the only factor. */
  standsAlone: boolean;
}

/** Tables whose rows are an account's own and go with it. */
const OWNED_BY_ACCOUNT = [
  'account_roles',
  'passwords',
  'former_passwords',
  'former_passkeys',
  'former_totps',
  'passkeys',
  'ceremonies',
  'email_tokens',
  'sessions',
  'totps',
  'recovery_codes',
  'sign_in_challenges',
  'owner_links',
  'email_codes',
  'oauth_consents',
  'oauth_codes',
  'oauth_device_codes',
  'api_keys',
  'devices',
  'identities',
  'federation_requests',
  'organisation_members',
] as const;

/** Columns of an `AccountRow`; needs `accounts` left-joined with `passwords`. */
export const accountColumns = {
  id: accounts.id,
  emailSealed: accounts.emailSealed,
  passkeyHandle: accounts.passkeyHandle,
  status: accounts.status,
  createdAt: accounts.createdAt,
  phc: passwords.phc,
  passwordStandsAlone: passwords.standsAlone,
  hasTotp: sql<number>`EXISTS (SELECT 1 FROM totps WHERE account_id = ${accounts.id} AND confirmed_at IS NOT NULL)`,
  recoveryCodeCount: sql<number>`(SELECT count(*) FROM recovery_codes WHERE account_id = ${accounts.id})`,
  roles: sql<string>`(SELECT json_group_array(role) FROM account_roles WHERE account_id = ${accounts.id})`,
  passkeyCount: sql<number>`(SELECT count(*) FROM passkeys WHERE account_id = ${accounts.id})`,
};

type SelectedAccount = Omit<AccountRow, 'roles' | 'hasTotp'> & { roles: string; hasTotp: number };
export const toAccountRow = (row: SelectedAccount): AccountRow => ({
  ...row,
  roles: JSON.parse(row.roles) as Role[],
  hasTotp: row.hasTotp === 1,
});

export function accountQueries(database: D1Database) {
  const db = drizzle(database);
  /** Of no use to sign in: what it is kept for stands in `older-credentials.ts`. */
  const keepFormerPassword = (id: string, now: number): Write =>
    database
      .prepare(
        `INSERT OR IGNORE INTO former_passwords (account_id, phc, changed_at, replaced_at)
         SELECT account_id, phc, changed_at, ? FROM passwords WHERE account_id = ?`,
      )
      .bind(now, id);
  return {
    async byEmail(indexes: string[]): Promise<AccountRow | null> {
      const [row] = await db
        .select(accountColumns)
        .from(accounts)
        .leftJoin(passwords, eq(passwords.accountId, accounts.id))
        .where(inArray(accounts.emailIndex, indexes))
        .limit(1);
      return row === undefined ? null : toAccountRow(row);
    },

    async byId(id: string): Promise<AccountRow | null> {
      const [row] = await db
        .select(accountColumns)
        .from(accounts)
        .leftJoin(passwords, eq(passwords.accountId, accounts.id))
        .where(and(eq(accounts.id, id), isNull(accounts.deletedAt)));
      return row === undefined ? null : toAccountRow(row);
    },

    create(row: {
      id: string;
      emailIndex: string;
      emailSealed: string;
      passkeyHandle: string;
      now: number;
    }): Write {
      return database
        .prepare(`INSERT INTO accounts (id, email_index, email_sealed, passkey_handle, status, created_at, updated_at)
           VALUES (?, ?, ?, ?, 'active', ?, ?)`)
        .bind(row.id, row.emailIndex, row.emailSealed, row.passkeyHandle, row.now, row.now);
    },

    expectNoneWith(indexes: string[]): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS
           (SELECT 1 FROM accounts WHERE email_index IN (SELECT value FROM json_each(?)))`,
        )
        .bind(JSON.stringify(indexes));
    },

    expectActive(id: string): Write {
      return database
        .prepare(
          "INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ? AND status = 'active')",
        )
        .bind(id);
    },

    /** The roles are still those that were read. */
    expectRoles(id: string, roles: readonly Role[]): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             (SELECT json_group_array(role) FROM (SELECT role FROM account_roles WHERE account_id = ?1 ORDER BY role))
             = ?2`,
        )
        .bind(id, JSON.stringify([...roles].sort()));
    },

    /** Should `id` stop being an active administrator, another one remains. */
    expectAdministratorBeside(id: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             NOT EXISTS (SELECT 1 FROM account_roles WHERE account_id = ?1 AND role = 'admin')
             OR EXISTS (SELECT 1 FROM account_roles r JOIN accounts a ON a.id = r.account_id
                        WHERE r.role = 'admin' AND r.account_id <> ?1 AND a.status = 'active')`,
        )
        .bind(id);
    },

    /** No other active account is an administrator, and this one is. */
    async isLastAdministrator(id: string): Promise<boolean> {
      const row = await database
        .prepare(
          `SELECT 1 AS found FROM account_roles WHERE account_id = ?1 AND role = 'admin' AND NOT EXISTS (
             SELECT 1 FROM account_roles r JOIN accounts a ON a.id = r.account_id
             WHERE r.role = 'admin' AND r.account_id <> ?1 AND a.status = 'active')`,
        )
        .bind(id)
        .first();
      return row !== null;
    },

    /** Rows of each table that go with the account. */
    async countOwned(id: string): Promise<Record<string, number>> {
      const counts = OWNED_BY_ACCOUNT.map(
        (table) => `(SELECT count(*) FROM ${table} WHERE account_id = ?1) AS ${table}`,
      );
      const row = await database
        .prepare(`SELECT ${counts.join(', ')}`)
        .bind(id)
        .first<Record<string, number>>();
      return Object.fromEntries(Object.entries(row ?? {}).filter(([, count]) => count > 0));
    },

    setEmail(id: string, emailIndex: string, emailSealed: string, now: number): Write {
      return database
        .prepare('UPDATE accounts SET email_index = ?, email_sealed = ?, updated_at = ? WHERE id = ?')
        .bind(emailIndex, emailSealed, now, id);
    },

    /** The address is still the one that was read. */
    expectEmail(id: string, emailSealed: string): Write {
      return database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ? AND email_sealed = ?)',
        )
        .bind(id, emailSealed);
    },

    removePassword(id: string, now: number): Write[] {
      return [
        keepFormerPassword(id, now),
        database.prepare('DELETE FROM passwords WHERE account_id = ?').bind(id),
      ];
    },

    /** Closes the account for ever: its row stays without what was the person's, all that opens it goes. */
    erase(row: {
      id: string;
      emailIndex: string;
      emailSealed: string;
      passkeyHandle: string;
      now: number;
    }): Write[] {
      return [
        ...OWNED_BY_ACCOUNT.map((table) =>
          database.prepare(`DELETE FROM ${table} WHERE account_id = ?`).bind(row.id),
        ),
        database
          .prepare(
            `UPDATE accounts SET email_index = ?, email_sealed = ?, passkey_handle = ?, status = 'disabled',
               updated_at = ?, deleted_at = ? WHERE id = ?`,
          )
          .bind(row.emailIndex, row.emailSealed, row.passkeyHandle, row.now, row.now, row.id),
      ];
    },

    setStatus(id: string, status: 'active' | 'disabled', now: number): Write {
      return database
        .prepare('UPDATE accounts SET status = ?, updated_at = ? WHERE id = ?')
        .bind(status, now, id);
    },

    grant(id: string, roles: readonly Role[], grantedBy: string, now: number): Write {
      return database
        .prepare(
          `INSERT INTO account_roles (account_id, role, granted_by, granted_at)
           SELECT ?, value, ?, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
        )
        .bind(id, grantedBy, now, JSON.stringify(roles));
    },

    revokeAllBut(id: string, roles: readonly Role[]): Write {
      return database
        .prepare(
          'DELETE FROM account_roles WHERE account_id = ? AND role NOT IN (SELECT value FROM json_each(?))',
        )
        .bind(id, JSON.stringify(roles));
    },

    setPassword(id: string, password: NewPassword, now: number): Write[] {
      return [
        keepFormerPassword(id, now),
        database
          .prepare(
            `INSERT INTO passwords (account_id, phc, changed_at, stands_alone) VALUES (?, ?, ?, ?)
             ON CONFLICT (account_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at,
               stands_alone = excluded.stands_alone`,
          )
          .bind(id, password.phc, now, password.standsAlone ? 1 : 0),
      ];
    },

    /** The same password under today's parameters. */
    rehash(id: string, phc: string): Write {
      return database.prepare('UPDATE passwords SET phc = ? WHERE account_id = ?').bind(phc, id);
    },

    /** One factor is enough for this account: none was added since it was read. */
    expectNoSecondFactor(id: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS
           (SELECT 1 FROM totps WHERE account_id = ? AND confirmed_at IS NOT NULL)`,
        )
        .bind(id);
    },

    /** The password is still the one that was verified (null: none), so a change meanwhile wins. */
    expectPassword(id: string, phc: string | null): Write {
      return database
        .prepare('INSERT INTO expectation (met) SELECT (SELECT phc FROM passwords WHERE account_id = ?) IS ?')
        .bind(id, phc);
    },
  };
}
export type AccountQueries = ReturnType<typeof accountQueries>;
