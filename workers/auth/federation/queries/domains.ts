import { and, asc, eq, isNotNull, lte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { organisationDomains } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';

export type DomainRow = typeof organisationDomains.$inferSelect;
type Place = Pick<DomainRow, 'organisationId' | 'domain'>;

/** Domains that organisations say are theirs. At most one organisation holds a domain: an index of the table says so too. */
export function domainQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    async ofOrganisation(organisationId: string, limit: number): Promise<DomainRow[]> {
      return db
        .select()
        .from(organisationDomains)
        .where(eq(organisationDomains.organisationId, organisationId))
        .orderBy(asc(organisationDomains.domain))
        .limit(limit);
    },

    async one({ organisationId, domain }: Place): Promise<DomainRow | null> {
      const [row] = await db
        .select()
        .from(organisationDomains)
        .where(
          and(eq(organisationDomains.organisationId, organisationId), eq(organisationDomains.domain, domain)),
        );
      return row ?? null;
    },

    /** Whose it is, or was last and was not taken from them yet. */
    async holder(domain: string): Promise<DomainRow | null> {
      const [row] = await db
        .select()
        .from(organisationDomains)
        .where(and(eq(organisationDomains.domain, domain), isNotNull(organisationDomains.verifiedUntil)));
      return row ?? null;
    },

    /** Held domains nobody looked at since, the longest waiting first. */
    async due(since: number, limit: number): Promise<DomainRow[]> {
      return db
        .select()
        .from(organisationDomains)
        .where(
          and(
            isNotNull(organisationDomains.verifiedUntil),
            lte(sql`${organisationDomains.checkedAt}`, since),
          ),
        )
        .orderBy(asc(organisationDomains.checkedAt))
        .limit(limit);
    },

    claim: (row: Pick<DomainRow, 'organisationId' | 'domain' | 'token' | 'createdAt'>): Write =>
      database
        .prepare(
          'INSERT INTO organisation_domains (organisation_id, domain, token, created_at) VALUES (?, ?, ?, ?)',
        )
        .bind(row.organisationId, row.domain, row.token, row.createdAt),

    /** It is not claimed yet, and there is room for it. */
    expectRoom: ({ organisationId, domain }: Place, max: number): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             NOT EXISTS (SELECT 1 FROM organisation_domains WHERE organisation_id = ?1 AND domain = ?2)
             AND (SELECT count(*) FROM organisation_domains WHERE organisation_id = ?1) < ?3`,
        )
        .bind(organisationId, domain, max),

    /** The row is as it was read. */
    expect: (row: DomainRow): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM organisation_domains
           WHERE organisation_id = ? AND domain = ? AND token = ? AND verified_until IS ? AND checked_at IS ?)`,
        )
        .bind(row.organisationId, row.domain, row.token, row.verifiedUntil, row.checkedAt),

    /** No other organisation holds it. */
    expectUnheld: ({ organisationId, domain }: Place): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS (SELECT 1 FROM organisation_domains
           WHERE domain = ? AND organisation_id <> ? AND verified_until IS NOT NULL)`,
        )
        .bind(domain, organisationId),

    /** The organisation holds all of these. */
    expectHeld: (organisationId: string, domains: readonly string[], now: number): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS (SELECT 1 FROM json_each(?2) AS wanted WHERE NOT EXISTS (
             SELECT 1 FROM organisation_domains
             WHERE organisation_id = ?1 AND domain = wanted.value AND verified_until > ?3))`,
        )
        .bind(organisationId, JSON.stringify(domains), now),

    /** Its record was seen. */
    hold: ({ organisationId, domain }: Place, now: number, until: number): Write =>
      database
        .prepare(
          `UPDATE organisation_domains SET verified_at = coalesce(verified_at, ?1), verified_until = ?2, checked_at = ?1,
             warned_at = NULL WHERE organisation_id = ?3 AND domain = ?4`,
        )
        .bind(now, until, organisationId, domain),

    /** It was looked at, and its record not seen. */
    looked: ({ organisationId, domain }: Place, now: number, warnedAt: number | null): Write =>
      database
        .prepare(
          'UPDATE organisation_domains SET checked_at = ?, warned_at = ? WHERE organisation_id = ? AND domain = ?',
        )
        .bind(now, warnedAt, organisationId, domain),

    /** It is the organisation's no more, and leads to none of its connections. */
    lapse: ({ organisationId, domain }: Place): Write[] => [
      database
        .prepare(
          `UPDATE organisation_domains SET verified_at = NULL, verified_until = NULL, warned_at = NULL
           WHERE organisation_id = ? AND domain = ?`,
        )
        .bind(organisationId, domain),
      leadsNowhere({ organisationId, domain }),
    ],

    remove: ({ organisationId, domain }: Place): Write[] => [
      leadsNowhere({ organisationId, domain }),
      database
        .prepare('DELETE FROM organisation_domains WHERE organisation_id = ? AND domain = ?')
        .bind(organisationId, domain),
    ],
  };

  function leadsNowhere({ organisationId, domain }: Place): Write {
    return database
      .prepare(
        `DELETE FROM connection_domains WHERE domain = ?1
           AND connection_id IN (SELECT id FROM connections WHERE organisation_id = ?2)`,
      )
      .bind(domain, organisationId);
  }
}
