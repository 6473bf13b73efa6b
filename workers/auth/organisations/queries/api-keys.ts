import { and, asc, eq, isNull } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { organisationApiKeys } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';
import { keyTable } from '../../queries/key-table.ts';

export type OrganisationKeyRow = typeof organisationApiKeys.$inferSelect;

export function organisationKeyQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    ...keyTable(database, 'organisation_api_keys'),

    async ofOrganisation(organisationId: string, limit: number): Promise<OrganisationKeyRow[]> {
      return db
        .select()
        .from(organisationApiKeys)
        .where(
          and(eq(organisationApiKeys.organisationId, organisationId), isNull(organisationApiKeys.revokedAt)),
        )
        .orderBy(asc(organisationApiKeys.id))
        .limit(limit);
    },

    add(row: OrganisationKeyRow): Write {
      return database
        .prepare(
          `INSERT INTO organisation_api_keys
             (id, organisation_id, created_by, name, secret_hash, scopes, created_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(
          row.id,
          row.organisationId,
          row.createdBy,
          row.name,
          row.secretHash,
          JSON.stringify(row.scopes),
          row.createdAt,
          row.expiresAt,
        );
    },

    /** The key, when it counts now and its organisation is in use; notes both uses. */
    async use(secretHash: string, now: number): Promise<OrganisationKeyRow | null> {
      const counts = `revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?1) AND secret_hash = ?2
        AND EXISTS (SELECT 1 FROM organisations o WHERE o.id = organisation_id AND o.status = 'active')`;
      const [used] = await database.batch<OrganisationKeyRow>([
        database
          .prepare(
            `UPDATE organisation_api_keys SET last_used_at = ?1 WHERE ${counts}
             RETURNING id, organisation_id AS organisationId, created_by AS createdBy, name, secret_hash AS secretHash,
               scopes, created_at AS createdAt, expires_at AS expiresAt, last_used_at AS lastUsedAt,
               revoked_at AS revokedAt`,
          )
          .bind(now, secretHash),
        database
          .prepare(
            `UPDATE organisations SET acted_for_at = ?1 WHERE acted_for_at IS NULL AND id =
             (SELECT organisation_id FROM organisation_api_keys WHERE ${counts})`,
          )
          .bind(now, secretHash),
      ]);
      const row = used?.results[0];
      return row === undefined ? null : { ...row, scopes: JSON.parse(String(row.scopes)) as string[] };
    },
  };
}
