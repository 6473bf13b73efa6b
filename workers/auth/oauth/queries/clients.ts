import { and, asc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { oauthClients, oauthClientSecrets } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type ClientRow = typeof oauthClients.$inferSelect;
export type ClientSecretRow = typeof oauthClientSecrets.$inferSelect;
/** A client with the hashes of its secrets that count now. */
export interface KnownClient extends ClientRow {
  secretHashes: string[];
}

/** A client that proved who it is. */
export interface ProvenClient extends ClientRow {
  /** Hash of the secret it did that by; null: in another way. */
  provenBy: string | null;
}

export function clientQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async byId(id: string): Promise<ClientRow | null> {
      const [row] = await db.select().from(oauthClients).where(eq(oauthClients.id, id));
      return row ?? null;
    },

    /** An active client, with its secrets. */
    async known(id: string, now: number): Promise<KnownClient | null> {
      const [row] = await db
        .select({
          client: oauthClients,
          hashes: sql<string>`(SELECT json_group_array(s.secret_hash) FROM oauth_client_secrets s
            WHERE s.client_id = oauth_clients.id AND (s.expires_at IS NULL OR s.expires_at > ${now}))`,
        })
        .from(oauthClients)
        .where(and(eq(oauthClients.id, id), eq(oauthClients.status, 'active')));
      return row === undefined ? null : { ...row.client, secretHashes: JSON.parse(row.hashes) as string[] };
    },

    async list(after: string | null, limit: number): Promise<ClientRow[]> {
      return db
        .select()
        .from(oauthClients)
        .where(after === null ? undefined : gt(oauthClients.id, after))
        .orderBy(asc(oauthClients.id))
        .limit(limit);
    },

    add: (row: ClientRow): Write => prepared(db.insert(oauthClients).values(row)),

    /** All but id and age; counts the version on. */
    replace(row: ClientRow): Write {
      const { id, createdAt: _, version: __, ...values } = row;
      return prepared(
        db
          .update(oauthClients)
          .set({ ...values, version: sql`${oauthClients.version} + 1` })
          .where(eq(oauthClients.id, id)),
      );
    },

    /** The client is active and registered as it was read, and its secret was not removed. */
    expectSame({ id, version, provenBy }: ProvenClient): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
             (SELECT 1 FROM oauth_clients WHERE id = ?1 AND version = ?2 AND status = 'active')
           AND (?3 IS NULL OR EXISTS
             (SELECT 1 FROM oauth_client_secrets WHERE secret_hash = ?3 AND client_id = ?1))`,
        )
        .bind(id, version, provenBy);
    },

    expectVersion(id: string, version: number | null): Write {
      return database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM oauth_clients WHERE id = ?1 AND (?2 IS NULL OR version = ?2))',
        )
        .bind(id, version);
    },

    async secrets(clientId: string, now: number): Promise<ClientSecretRow[]> {
      return db
        .select()
        .from(oauthClientSecrets)
        .where(
          and(
            eq(oauthClientSecrets.clientId, clientId),
            or(isNull(oauthClientSecrets.expiresAt), gt(oauthClientSecrets.expiresAt, now)),
          ),
        )
        .orderBy(asc(oauthClientSecrets.id));
    },

    addSecret: (row: ClientSecretRow): Write => prepared(db.insert(oauthClientSecrets).values(row)),

    expectRoomForSecret(clientId: string, max: number, now: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT (SELECT count(*) FROM oauth_client_secrets
           WHERE client_id = ? AND (expires_at IS NULL OR expires_at > ?)) < ?`,
        )
        .bind(clientId, now, max);
    },

    expectSecret(id: string, clientId: string): Write {
      return database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM oauth_client_secrets WHERE id = ? AND client_id = ?)',
        )
        .bind(id, clientId);
    },

    deleteEndedSecrets(before: number, limit: number): Write {
      return database
        .prepare(
          'DELETE FROM oauth_client_secrets WHERE id IN (SELECT id FROM oauth_client_secrets WHERE expires_at <= ? LIMIT ?)',
        )
        .bind(before, limit);
    },

    removeSecret(id: string): Write {
      return database.prepare('DELETE FROM oauth_client_secrets WHERE id = ?').bind(id);
    },
  };

  function prepared(query: { toSQL(): { sql: string; params: unknown[] } }): Write {
    const { sql: text, params } = query.toSQL();
    return database.prepare(text).bind(...params);
  }
}
