import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { connections } from '#shared/db/auth.ts';
import type { Write } from '../../queries/commit.ts';
import { rememberIdentities } from './identities.ts';
import { connectionOpen, DEMANDED, domainInForce } from './in-force.ts';

/** A connection with the domains whose people it is for; `inForce`: those that count now. */
export type ConnectionRow = typeof connections.$inferSelect & { domains: string[]; inForce: string[] };
/** What everybody may see of one. */
export type Provider = Pick<ConnectionRow, 'id' | 'name' | 'kind'>;
/** One that an account may be linked to; `ofOrganisation`: run by an organisation. */
export type Linkable = Provider & { ofOrganisation: boolean };

const DOMAINS = sql<string>`(SELECT json_group_array(domain) FROM connection_domains WHERE connection_id = connections.id)`;
const inForceAt = (now: number) =>
  sql<string>`(SELECT json_group_array(d.domain) FROM connection_domains d JOIN connections c ON c.id = d.connection_id
    WHERE c.id = connections.id AND ${sql.raw(domainInForce(String(now)))})`;
const PROVIDER = { id: connections.id, name: connections.name, kind: connections.kind };

/** The rows a caller may manage: those of one organisation, or the shop's own; undefined: all. */
const managedBy = (organisationId: string | null | undefined) =>
  organisationId === undefined
    ? undefined
    : organisationId === null
      ? isNull(connections.organisationId)
      : eq(connections.organisationId, organisationId);

export function connectionQueries(database: D1Database) {
  const db = drizzle(database);
  const listOf = (json: string): string[] => (JSON.parse(json) as string[]).sort();
  const toRow = (row: {
    connection: typeof connections.$inferSelect;
    domains: string;
    inForce: string;
  }): ConnectionRow => ({ ...row.connection, domains: listOf(row.domains), inForce: listOf(row.inForce) });
  const columns = (now: number) => ({ connection: connections, domains: DOMAINS, inForce: inForceAt(now) });
  return {
    async byId(id: string, now: number): Promise<ConnectionRow | null> {
      const [row] = await db.select(columns(now)).from(connections).where(eq(connections.id, id));
      return row === undefined ? null : toRow(row);
    },

    async list(
      organisationId: string | null | undefined,
      page: { after: string | null; limit: number },
      now: number,
    ): Promise<ConnectionRow[]> {
      const { after, limit } = page;
      const rows = await db
        .select(columns(now))
        .from(connections)
        .where(and(managedBy(organisationId), after === null ? undefined : gt(connections.id, after)))
        .orderBy(asc(connections.id))
        .limit(limit);
      return rows.map(toRow);
    },

    /** Those the sign-in page shows. */
    async listed(limit: number): Promise<Provider[]> {
      return db
        .select(PROVIDER)
        .from(connections)
        .where(
          and(
            isNull(connections.organisationId),
            eq(connections.listed, true),
            eq(connections.status, 'active'),
          ),
        )
        .orderBy(asc(connections.id))
        .limit(limit);
    },

    /** Those for everybody, and the one that addresses of this domain lead to. */
    async linkable(domain: string, now: number, limit: number): Promise<Linkable[]> {
      const { results } = await database
        .prepare(
          `SELECT c.id, c.name, c.kind, c.organisation_id IS NOT NULL AS ofOrganisation FROM connections c
             WHERE c.organisation_id IS NULL AND c.listed = 1 AND c.status = 'active'
           UNION SELECT c.id, c.name, c.kind, c.organisation_id IS NOT NULL
             FROM connection_domains d JOIN connections c ON c.id = d.connection_id
             WHERE d.domain = ?1 AND c.status = 'active' AND ${domainInForce('?2')}
           ORDER BY 1 LIMIT ?3`,
        )
        .bind(domain, now, limit)
        .all<Provider & { ofOrganisation: number }>();
      return results.map((row) => ({ ...row, ofOrganisation: row.ofOrganisation === 1 }));
    },

    async ofDomain(domain: string, now: number): Promise<Provider | null> {
      return database
        .prepare(
          `SELECT c.id, c.name, c.kind FROM connection_domains d JOIN connections c ON c.id = d.connection_id
           WHERE d.domain = ?1 AND c.status = 'active' AND ${domainInForce('?2')}`,
        )
        .bind(domain, now)
        .first<Provider>();
    },

    /** The provider that this account, with an address of this domain, has to sign in by; null: it may as it likes. */
    async demanded(accountId: string, domain: string, now: number): Promise<Provider | null> {
      return database.prepare(`${DEMANDED} LIMIT 1`).bind(accountId, domain, now).first<Provider>();
    },

    /** No other connection than this one (null: none at all) is demanded of the account. */
    expectUndemanded: (
      { accountId, domain, connectionId }: { accountId: string; domain: string; connectionId: string | null },
      now: number,
    ): Write =>
      database
        .prepare(`INSERT INTO expectation (met) SELECT NOT EXISTS (${DEMANDED} AND c.id IS NOT ?4)`)
        .bind(accountId, domain, now, connectionId),

    add: (row: Omit<ConnectionRow, 'domains' | 'inForce'>): Write =>
      database
        .prepare('INSERT INTO connections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .bind(
          row.id,
          row.organisationId,
          row.kind,
          row.name,
          row.status,
          row.listed ? 1 : 0,
          JSON.stringify(row.settings),
          row.secretSealed,
          row.version,
          row.createdAt,
          row.updatedAt,
        ),

    /** All but id, kind, owner and age; counts the version on. */
    replace: (row: ConnectionRow): Write =>
      database
        .prepare(
          `UPDATE connections SET name = ?, status = ?, listed = ?, settings = ?, secret_sealed = ?, version = version + 1,
             updated_at = ? WHERE id = ?`,
        )
        .bind(
          row.name,
          row.status,
          row.listed ? 1 : 0,
          JSON.stringify(row.settings),
          row.secretSealed,
          row.updatedAt,
          row.id,
        ),

    setDomains: (id: string, domains: readonly string[]): Write[] => [
      database.prepare('DELETE FROM connection_domains WHERE connection_id = ?').bind(id),
      database
        .prepare('INSERT INTO connection_domains SELECT value, ? FROM json_each(?)')
        .bind(id, JSON.stringify([...new Set(domains)])),
    ],

    /** None of the domains is another connection's. */
    expectDomainsFree: (id: string, domains: readonly string[]): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT NOT EXISTS (SELECT 1 FROM connection_domains
           WHERE connection_id <> ? AND domain IN (SELECT value FROM json_each(?)))`,
        )
        .bind(id, JSON.stringify(domains)),

    /** Which of them are. */
    async takenDomains(id: string, domains: readonly string[]): Promise<string[]> {
      const { results } = await database
        .prepare(
          `SELECT domain FROM connection_domains
           WHERE connection_id <> ? AND domain IN (SELECT value FROM json_each(?))`,
        )
        .bind(id, JSON.stringify(domains))
        .all<{ domain: string }>();
      return results.map(({ domain }) => domain);
    },

    expectVersion: (id: string, version: number | null): Write =>
      database
        .prepare(
          'INSERT INTO expectation (met) SELECT EXISTS (SELECT 1 FROM connections WHERE id = ?1 AND (?2 IS NULL OR version = ?2))',
        )
        .bind(id, version),

    /** It signs people in: it is active and, where it is an organisation's, has a domain that is proven. */
    expectOpen: (id: string, now: number): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM connections c WHERE c.id = ?1 AND ${connectionOpen('?2')})`,
        )
        .bind(id, now),

    /** The account is none that an organisation's connection may not open: it is no staff, and no owner of that organisation. */
    expectWithin: (id: string, accountId: string): Write =>
      database
        .prepare(
          `INSERT INTO expectation (met) SELECT
             NOT EXISTS (SELECT 1 FROM account_roles WHERE account_id = ?2 AND role <> 'customer')
             AND NOT EXISTS (SELECT 1 FROM connections c JOIN organisation_members m ON m.organisation_id = c.organisation_id
               WHERE c.id = ?1 AND m.account_id = ?2 AND m.role = 'owner')`,
        )
        .bind(id, accountId),

    /** The organisation has room for one more. */
    expectRoom: (organisationId: string, max: number): Write =>
      database
        .prepare(
          'INSERT INTO expectation (met) SELECT (SELECT count(*) FROM connections WHERE organisation_id = ?) < ?',
        )
        .bind(organisationId, max),

    /** With all that hangs on it: whoever signs in by it alone needs the way by mail. */
    remove: (id: string, now: number): Write[] => [
      database.prepare(rememberIdentities('i.connection_id = ?1')).bind(id, now),
      database.prepare('DELETE FROM federation_requests WHERE connection_id = ?').bind(id),
      database.prepare('DELETE FROM connection_domains WHERE connection_id = ?').bind(id),
      database.prepare('DELETE FROM identities WHERE connection_id = ?').bind(id),
      database.prepare('DELETE FROM connections WHERE id = ?').bind(id),
    ],
  };
}
