import { and, asc, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { accounts, organisationMembers } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export interface MemberRow {
  accountId: string;
  emailSealed: string;
  role: OrganisationRole;
  joinedAt: number;
}

/** That an organisation keeps an owner is held by triggers of the table: what takes the last one is an unmet expectation. */
export function memberQueries(database: D1Database) {
  const db = drizzle(database);
  const columns = {
    accountId: organisationMembers.accountId,
    emailSealed: accounts.emailSealed,
    role: organisationMembers.role,
    joinedAt: organisationMembers.joinedAt,
  };
  const ofOrganisation = () =>
    db
      .select(columns)
      .from(organisationMembers)
      .innerJoin(accounts, eq(accounts.id, organisationMembers.accountId));
  return {
    async byId(organisationId: string, accountId: string): Promise<MemberRow | null> {
      const [row] = await ofOrganisation().where(
        and(
          eq(organisationMembers.organisationId, organisationId),
          eq(organisationMembers.accountId, accountId),
        ),
      );
      return row ?? null;
    },

    /** By account, those after one. */
    async page(organisationId: string, after: string, limit: number): Promise<MemberRow[]> {
      return ofOrganisation()
        .where(
          and(
            eq(organisationMembers.organisationId, organisationId),
            gt(organisationMembers.accountId, after),
          ),
        )
        .orderBy(asc(organisationMembers.accountId))
        .limit(limit);
    },

    /** The account if it is a member who can sign in, else the owner of the longest standing; null: there is none. */
    async writtenTo(organisationId: string, accountId: string): Promise<string | null> {
      return database
        .prepare(
          `SELECT m.account_id AS id FROM organisation_members m JOIN accounts a ON a.id = m.account_id
           WHERE m.organisation_id = ?1 AND a.status = 'active' AND (m.account_id = ?2 OR m.role = 'owner')
           ORDER BY m.account_id <> ?2, m.joined_at, m.account_id LIMIT 1`,
        )
        .bind(organisationId, accountId)
        .first<string>('id');
    },

    add(row: { organisationId: string; accountId: string; role: OrganisationRole; joinedAt: number }): Write {
      return database
        .prepare('INSERT INTO organisation_members VALUES (?, ?, ?, ?)')
        .bind(row.organisationId, row.accountId, row.role, row.joinedAt);
    },

    remove(organisationId: string, accountId: string): Write {
      return database
        .prepare('DELETE FROM organisation_members WHERE organisation_id = ? AND account_id = ?')
        .bind(organisationId, accountId);
    },

    setRole(organisationId: string, accountId: string, role: OrganisationRole): Write {
      return database
        .prepare('UPDATE organisation_members SET role = ? WHERE organisation_id = ? AND account_id = ?')
        .bind(role, organisationId, accountId);
    },

    /** The account is a member, as one of these. */
    expect(organisationId: string, accountId: string, roles: readonly OrganisationRole[]): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM organisation_members
            WHERE organisation_id = ? AND account_id = ? AND role IN (SELECT value FROM json_each(?)))`,
        )
        .bind(organisationId, accountId, JSON.stringify(roles));
    },

    expectNone(organisationId: string, accountId: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS
           (SELECT 1 FROM organisation_members WHERE organisation_id = ? AND account_id = ?)`,
        )
        .bind(organisationId, accountId);
    },

    /** Whether the organisation made them leave, as far back as the audit log goes. */
    async wasRemoved(organisationId: string, accountId: string): Promise<boolean> {
      const found = await database
        .prepare(
          `SELECT 1 FROM audit_log WHERE subject = ? AND action = 'organisation.member_removed' AND outcome = 'success'
             AND json_extract(detail, '$.organisationId') = ? LIMIT 1`,
        )
        .bind(accountId, organisationId)
        .first();
      return found !== null;
    },

    /** Nobody with this address, under whichever key its index was made, is a member. */
    expectNoneWith(organisationId: string, emailIndexes: readonly string[]): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS
           (SELECT 1 FROM accounts a JOIN organisation_members m ON m.account_id = a.id
            WHERE a.email_index IN (SELECT value FROM json_each(?)) AND m.organisation_id = ?)`,
        )
        .bind(JSON.stringify(emailIndexes), organisationId);
    },

    /** Room for one more, among its members and among the account's organisations. */
    expectRoom(
      { organisationId, accountId }: { organisationId: string; accountId: string },
      max: { members: number; memberships: number },
    ): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             (SELECT count(*) FROM organisation_members WHERE organisation_id = ?) < ?
             AND (SELECT count(*) FROM organisation_members WHERE account_id = ?) < ?`,
        )
        .bind(organisationId, max.members, accountId, max.memberships);
    },

    /** Whether the organisation would be without an owner who can sign in, were it not for this account. */
    async isLastOwner(organisationId: string, accountId: string): Promise<boolean> {
      const row = await database
        .prepare(`SELECT 1 FROM (${ONLY_OWNED}) WHERE id = ?2`)
        .bind(accountId, organisationId)
        .first();
      return row !== null;
    },

    /** Every organisation in use that the account owns has another owner who can sign in. */
    expectNoneOnlyOwnedBy(accountId: string): Write {
      return database
        .prepare(`INSERT INTO expectation (met) SELECT NOT EXISTS (${ONLY_OWNED})`)
        .bind(accountId);
    },

    /** An organisation in use that has no other owner who can sign in; null: none. */
    async onlyOwnedBy(accountId: string): Promise<string | null> {
      return database.prepare(`${ONLY_OWNED} LIMIT 1`).bind(accountId).first<string>('id');
    },
  };
}

/** Organisations in use whose only owner who can sign in is the account `?1`. */
const ONLY_OWNED = `SELECT m.organisation_id AS id FROM organisation_members m
  JOIN organisations o ON o.id = m.organisation_id
  WHERE m.account_id = ?1 AND m.role = 'owner' AND o.status = 'active' AND NOT EXISTS (
    SELECT 1 FROM organisation_members b JOIN accounts a ON a.id = b.account_id
    WHERE b.organisation_id = m.organisation_id AND b.role = 'owner' AND b.account_id <> ?1 AND a.status = 'active')`;
