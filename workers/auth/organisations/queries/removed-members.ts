import type { removedMembers } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

type RemovedMemberRow = typeof removedMembers.$inferSelect;

const LEFT = `NOT EXISTS (SELECT 1 FROM organisation_members m
  WHERE m.organisation_id = r.organisation_id AND m.account_id = r.account_id)`;

export function removedMemberQueries(database: D1Database) {
  return {
    add(row: RemovedMemberRow): Write {
      return database
        .prepare('INSERT INTO removed_members VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .bind(
          row.id,
          row.organisationId,
          row.accountId,
          row.emailSealed,
          row.emailIndex,
          row.identitySealed,
          row.identityIndex,
          row.removedAt,
        );
    },

    /**
     * Whether the organisation made somebody leave who had one of these, under whichever key its index was made. What present
     * members had at its providers is kept beside that, and does not count.
     */
    async has(
      organisationId: string,
      { emails, identities }: { emails: readonly string[]; identities: readonly string[] },
    ): Promise<boolean> {
      const found = await database
        .prepare(
          `SELECT EXISTS (SELECT 1 FROM removed_members r
               WHERE organisation_id = ?1 AND email_index IN (SELECT value FROM json_each(?2)) AND ${LEFT})
             OR EXISTS (SELECT 1 FROM removed_members r
               WHERE organisation_id = ?1 AND identity_index IN (SELECT value FROM json_each(?3)) AND ${LEFT}) AS found`,
        )
        .bind(organisationId, JSON.stringify(emails), JSON.stringify(identities))
        .first<number>('found');
      return found === 1;
    },

    /** They were invited back, or leave by themselves. */
    forget(organisationId: string, accountId: string, emailIndexes: readonly string[]): Write {
      return database
        .prepare(
          `DELETE FROM removed_members WHERE organisation_id = ?1
             AND (account_id = ?2 OR email_index IN (SELECT value FROM json_each(?3)))`,
        )
        .bind(organisationId, accountId, JSON.stringify(emailIndexes));
    },

    deleteOld(before: number, limit: number): Write {
      return database
        .prepare(
          'DELETE FROM removed_members WHERE id IN (SELECT id FROM removed_members WHERE removed_at < ? LIMIT ?)',
        )
        .bind(before, limit);
    },
  };
}
