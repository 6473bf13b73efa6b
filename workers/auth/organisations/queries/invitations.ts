import { and, asc, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { organisationInvitations, organisations } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type InvitationRow = typeof organisationInvitations.$inferSelect;

export function invitationQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async page(organisationId: string, after: string, now: number, limit: number): Promise<InvitationRow[]> {
      return db
        .select()
        .from(organisationInvitations)
        .where(
          and(
            eq(organisationInvitations.organisationId, organisationId),
            gt(organisationInvitations.id, after),
            gt(organisationInvitations.expiresAt, now),
          ),
        )
        .orderBy(asc(organisationInvitations.id))
        .limit(limit);
    },

    async byId(organisationId: string, id: string): Promise<InvitationRow | null> {
      const [row] = await db
        .select()
        .from(organisationInvitations)
        .where(
          and(eq(organisationInvitations.organisationId, organisationId), eq(organisationInvitations.id, id)),
        );
      return row ?? null;
    },

    /** A look only: whoever acts on it commits `expect` and `remove` with the action. */
    async peek(
      tokenHash: string,
      now: number,
    ): Promise<{ invitation: InvitationRow; organisation: { name: string } } | null> {
      const [row] = await db
        .select({ invitation: organisationInvitations, organisation: { name: organisations.name } })
        .from(organisationInvitations)
        .innerJoin(organisations, eq(organisations.id, organisationInvitations.organisationId))
        .where(
          and(
            eq(organisationInvitations.tokenHash, tokenHash),
            gt(organisationInvitations.expiresAt, now),
            eq(organisations.status, 'active'),
          ),
        );
      return row ?? null;
    },

    /** In place of any other to the same address, under whichever key its index was made, and of what has expired. */
    put(row: InvitationRow, indexes: readonly string[]): Write[] {
      return [
        database
          .prepare(
            `DELETE FROM organisation_invitations WHERE organisation_id = ?1
             AND (expires_at <= ?2 OR email_index IN (SELECT value FROM json_each(?3)))`,
          )
          .bind(row.organisationId, row.sentAt, JSON.stringify(indexes)),
        database
          .prepare('INSERT INTO organisation_invitations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
          .bind(
            row.id,
            row.organisationId,
            row.emailIndex,
            row.emailSealed,
            row.role,
            row.tokenHash,
            row.invitedBy,
            row.createdAt,
            row.sentAt,
            row.expiresAt,
          ),
      ];
    },

    /** The link sent before counts no more; who sends it again stands for it. */
    renew(id: string, link: Pick<InvitationRow, 'tokenHash' | 'sentAt' | 'expiresAt' | 'invitedBy'>): Write {
      return database
        .prepare(
          `UPDATE organisation_invitations SET token_hash = ?, sent_at = ?, expires_at = ?, invited_by = ?
           WHERE id = ?`,
        )
        .bind(link.tokenHash, link.sentAt, link.expiresAt, link.invitedBy, id);
    },

    /** It is open, and this is its link. */
    expect({ id, tokenHash }: Pick<InvitationRow, 'id' | 'tokenHash'>): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM organisation_invitations WHERE id = ? AND token_hash = ?)`,
        )
        .bind(id, tokenHash);
    },

    expectRoom(organisationId: string, max: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
           (SELECT count(*) FROM organisation_invitations WHERE organisation_id = ?) < ?`,
        )
        .bind(organisationId, max);
    },

    remove(id: string): Write {
      return database.prepare('DELETE FROM organisation_invitations WHERE id = ?').bind(id);
    },

    deleteExpired(now: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM organisation_invitations WHERE id IN
           (SELECT id FROM organisation_invitations WHERE expires_at <= ? LIMIT ?)`,
        )
        .bind(now, limit);
    },
  };
}
