import { and, asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { oauthClients, oauthConsents } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export function consentQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async scopes(accountId: string, clientId: string): Promise<string[]> {
      const [row] = await db
        .select({ scopes: oauthConsents.scopes })
        .from(oauthConsents)
        .where(and(eq(oauthConsents.accountId, accountId), eq(oauthConsents.clientId, clientId)));
      return row?.scopes ?? [];
    },

    async ofAccount(accountId: string, limit: number) {
      return db
        .select({
          clientId: oauthConsents.clientId,
          name: oauthClients.name,
          scopes: oauthConsents.scopes,
          grantedAt: oauthConsents.grantedAt,
        })
        .from(oauthConsents)
        .innerJoin(oauthClients, eq(oauthClients.id, oauthConsents.clientId))
        .where(eq(oauthConsents.accountId, accountId))
        .orderBy(asc(oauthConsents.clientId))
        .limit(limit);
    },

    /** What was consented to before stays. */
    add(accountId: string, clientId: string, scopes: readonly string[], now: number): Write {
      return database
        .prepare(
          `INSERT INTO oauth_consents VALUES (?1, ?2, ?3, ?4, ?4)
           ON CONFLICT (account_id, client_id) DO UPDATE SET updated_at = excluded.updated_at,
             scopes = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(oauth_consents.scopes)
               UNION SELECT value FROM json_each(excluded.scopes)))`,
        )
        .bind(accountId, clientId, JSON.stringify(scopes), now);
    },

    expect(accountId: string, clientId: string): Write {
      return database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM oauth_consents WHERE account_id = ? AND client_id = ?)',
        )
        .bind(accountId, clientId);
    },

    /** Of clients that were disabled before then: whoever opens one again asks its users anew. */
    deleteOfDisabled(before: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM oauth_consents WHERE (account_id, client_id) IN (SELECT account_id, client_id FROM oauth_consents
           WHERE client_id IN (SELECT id FROM oauth_clients WHERE status = 'disabled' AND updated_at <= ?) LIMIT ?)`,
        )
        .bind(before, limit);
    },

    remove(accountId: string, clientId: string): Write {
      return database
        .prepare('DELETE FROM oauth_consents WHERE account_id = ? AND client_id = ?')
        .bind(accountId, clientId);
    },
  };
}
