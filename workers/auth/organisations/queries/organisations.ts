import { and, asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { organisationMembers, organisations } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type OrganisationRow = typeof organisations.$inferSelect;
/** What somebody is in an organisation. */
export interface Membership {
  organisation: OrganisationRow;
  role: OrganisationRole;
}

/** What goes with an organisation that is deleted. */
const OF_ORGANISATION = [
  'connections',
  'organisation_domains',
  'organisation_invitations',
  'removed_members',
  'organisation_api_keys',
  'organisation_members',
] as const;

export function organisationRows(database: D1Database) {
  const db = drizzle(database);
  return {
    create(row: Pick<OrganisationRow, 'id' | 'name' | 'createdAt'>): Write {
      return database
        .prepare(
          "INSERT INTO organisations (id, name, status, created_at, updated_at) VALUES (?1, ?2, 'active', ?3, ?3)",
        )
        .bind(row.id, row.name, row.createdAt);
    },

    async byId(id: string): Promise<OrganisationRow | null> {
      const [row] = await db.select().from(organisations).where(eq(organisations.id, id));
      return row ?? null;
    },

    /** Null when the account is no member, or there is no such organisation: the two are one. */
    async membership(id: string, accountId: string): Promise<Membership | null> {
      const [row] = await db
        .select({ organisation: organisations, role: organisationMembers.role })
        .from(organisationMembers)
        .innerJoin(organisations, eq(organisations.id, organisationMembers.organisationId))
        .where(and(eq(organisationMembers.organisationId, id), eq(organisationMembers.accountId, accountId)));
      return row ?? null;
    },

    /** Of one account, the oldest organisation first. */
    async membershipsOf(accountId: string, limit: number): Promise<Membership[]> {
      return db
        .select({ organisation: organisations, role: organisationMembers.role })
        .from(organisationMembers)
        .innerJoin(organisations, eq(organisations.id, organisationMembers.organisationId))
        .where(eq(organisationMembers.accountId, accountId))
        .orderBy(asc(organisationMembers.organisationId))
        .limit(limit);
    },

    expectActive(id: string): Write {
      return database
        .prepare(
          "INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM organisations WHERE id = ? AND status = 'active')",
        )
        .bind(id);
    },

    rename(id: string, name: string, now: number): Write {
      return database
        .prepare('UPDATE organisations SET name = ?, updated_at = ? WHERE id = ?')
        .bind(name, now, id);
    },

    setStatus(id: string, status: OrganisationRow['status'], now: number): Write {
      return database
        .prepare('UPDATE organisations SET status = ?, updated_at = ? WHERE id = ?')
        .bind(status, now, id);
    },

    /** Something elsewhere may be its own from now on. False when there is no such organisation in use any more. */
    async noteActedFor(id: string, now: number): Promise<boolean> {
      const noted = await database
        .prepare(
          `UPDATE organisations SET acted_for_at = coalesce(acted_for_at, ?) WHERE id = ? AND status = 'active'
           RETURNING id`,
        )
        .bind(now, id)
        .first();
      return noted !== null;
    },

    /** Closes it; one that nobody ever acted for is gone with all that was its own here. */
    close(id: string, now: number): Write[] {
      const unused = '(SELECT id FROM organisations WHERE id = ?1 AND acted_for_at IS NULL)';
      return [
        database
          .prepare("UPDATE organisations SET status = 'archived', updated_at = ? WHERE id = ?")
          .bind(now, id),
        ...['federation_requests', 'connection_domains', 'identities'].map((table) =>
          database
            .prepare(
              `DELETE FROM ${table} WHERE connection_id IN
               (SELECT id FROM connections WHERE organisation_id IN ${unused})`,
            )
            .bind(id),
        ),
        ...OF_ORGANISATION.map((table) =>
          database.prepare(`DELETE FROM ${table} WHERE organisation_id IN ${unused}`).bind(id),
        ),
        database.prepare('DELETE FROM organisations WHERE id = ? AND acted_for_at IS NULL').bind(id),
      ];
    },
  };
}
