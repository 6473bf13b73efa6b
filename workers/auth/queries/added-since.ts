import { ORGANISATION_ROLES } from '#shared/auth/permissions.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { Write } from './commit.ts';
import { TAKABLE } from './sessions.ts';

/** What came to open an account since a moment. */
export interface Added {
  passkeys: number;
  authenticatorApps: number;
  recoveryCodes: number;
  apiKeys: number;
  applications: number;
  identities: number;
  /** Keys of organisations that the account made, or somebody whom it brought in. */
  organisationKeys: number;
  /** Whom it brought into organisations, or invited. */
  members: number;
  /** Its own memberships that those it invited took or lessened: they are put back. */
  memberships: number;
  /** Connections of organisations that it or those it brought in added or changed; they are only disabled, with the sessions they opened. */
  providers: number;
}

/** Whom it takes out of which organisation, and what the account is again in which. */
export interface Places {
  takenOut: { organisationId: string; accountId: string }[];
  putBackIn: { organisationId: string; role: string }[];
}

/** Recovery codes bear no time: the audit log knows when they were made. Bound as ?1 and ?2. */
const CODES_RENEWED = `EXISTS (SELECT 1 FROM audit_log WHERE subject = ?1 AND at >= ?2 AND outcome = 'success'
  AND action IN ('recovery_codes.renewed', 'totp.added'))`;

/** It is a factor from its first code on, however long before that it was begun. */
const APP_ADDED = 'coalesce(confirmed_at, created_at) >= ?2';
const IN_USE = 'confirmed_at IS NOT NULL';

/** What was done to the account's memberships, by whom, and what it was in each before. */
const UNDERGONE = `SELECT sequence, actor_id, json_extract(detail, '$.organisationId') AS organisation_id,
    coalesce(json_extract(detail, '$.before'), json_extract(detail, '$.role')) AS role
  FROM audit_log WHERE subject = ?1 AND at >= ?2 AND outcome = 'success'
    AND action IN ('organisation.role_changed', 'organisation.member_removed', 'organisation.left',
      'organisation.handed_over', 'organisation.joined')`;

/** Those of them whose doer was invited since by the account, or by somebody whom it invited. */
const BY_THOSE_INVITED = `WITH RECURSIVE invited (sequence, organisation_id, who) AS (
    SELECT sequence, organisation_id, actor_id FROM (${UNDERGONE}) WHERE actor_id <> ?1
    UNION
    SELECT i.sequence, i.organisation_id, json_extract(j.detail, '$.invitedBy')
    FROM invited i JOIN audit_log j ON j.subject = i.who AND j.action = 'organisation.joined'
      AND j.outcome = 'success' AND j.at >= ?2 AND json_extract(j.detail, '$.organisationId') = i.organisation_id)
  SELECT sequence FROM invited WHERE who = ?1`;

/** An owner `o` of the organisation with the given id from before: who can invite the account again, where that is right. */
const ownerFromBefore = (organisationId: string): string =>
  `EXISTS (SELECT 1 FROM organisation_members o JOIN accounts c ON c.id = o.account_id
    WHERE o.organisation_id = ${organisationId} AND o.account_id <> ?1 AND o.role = 'owner' AND o.joined_at < ?2
      AND c.status = 'active')`;

/**
 * Organisations that no other owner from before is left in and where nothing else was done to the account's membership, with what
 * it was before: that comes back.
 */
const PUT_BACK = `SELECT organisation_id, role FROM (
    SELECT u.organisation_id, u.role, min(u.sequence) FROM (${UNDERGONE}) u
    JOIN organisations g ON g.id = u.organisation_id AND g.status = 'active'
    WHERE NOT ${ownerFromBefore('u.organisation_id')}
    GROUP BY u.organisation_id HAVING max(u.sequence NOT IN (${BY_THOSE_INVITED})) = 0)`;

/**
 * Where it may still change members and providers: what it did before it was made less stays with those who may, unless they are
 * there by its own invitations.
 */
const ADMINISTERED = `SELECT organisation_id FROM organisation_members
    WHERE account_id = ?1 AND role IN ('owner', 'admin')
  UNION SELECT organisation_id FROM (${PUT_BACK}) WHERE role IN ('owner', 'admin')`;

/** How somebody joined, by the entry `a` of the audit log: by an invitation of the account, or by a provider that it had added or changed. */
const BROUGHT_BY = `(json_extract(a.detail, '$.invitedBy') = ?1 OR EXISTS (SELECT 1 FROM audit_log p
  WHERE p.subject = m.organisation_id AND p.action IN ('connection.added', 'connection.changed') AND p.actor_id = ?1
    AND p.at >= ?2 AND p.at <= a.at
    AND json_extract(p.detail, '$.connectionId') = json_extract(a.detail, '$.connectionId')))`;

/** Members of organisations whom the account brought in. An owner stays where nobody else would be one. */
const BROUGHT_IN = `SELECT m.organisation_id, m.account_id FROM organisation_members m
  JOIN audit_log a ON a.subject = m.account_id AND a.action = 'organisation.joined' AND a.outcome = 'success'
    AND a.at >= ?2 AND json_extract(a.detail, '$.organisationId') = m.organisation_id
    AND ${BROUGHT_BY}
  WHERE m.joined_at >= ?2 AND m.organisation_id IN (${ADMINISTERED})
    AND (m.role <> 'owner' OR ${ownerFromBefore('m.organisation_id')} OR EXISTS (SELECT 1 FROM organisation_members t
        WHERE t.organisation_id = m.organisation_id AND t.account_id = ?1 AND t.role = 'owner' AND t.joined_at < ?2)
      OR m.organisation_id IN (SELECT organisation_id FROM (${PUT_BACK}) WHERE role = 'owner'))`;

/** Added or changed by the account, or by somebody whom it brought in. */
const CHANGED_PROVIDERS = `SELECT json_extract(a.detail, '$.connectionId') FROM audit_log a
  WHERE a.subject IN (${ADMINISTERED}) AND a.action IN ('connection.added', 'connection.changed') AND a.at >= ?2
    AND (a.actor_id = ?1 OR (a.subject, a.actor_id) IN (${BROUGHT_IN}))`;

/** Keys of organisations that count, made by the account or by somebody whom it brought in. */
const MADE_KEYS = `revoked_at IS NULL AND created_at >= ?2
  AND (created_by = ?1 OR (organisation_id, created_by) IN (${BROUGHT_IN}))`;

/** Roles in an organisation by what they may, more above less: SQL of a number. */
const rank = (role: string): string =>
  `instr('${Object.keys(ORGANISATION_ROLES).toReversed().join(' ')}', ${role})`;

export function addedSinceQueries(database: D1Database) {
  const about = (sql: string, accountId: string, since: number): Write =>
    database.prepare(sql).bind(accountId, since);
  const factors = (accountId: string, since: number): Write[] => [
    about('DELETE FROM passkeys WHERE account_id = ?1 AND created_at >= ?2', accountId, since),
    about(`DELETE FROM recovery_codes WHERE account_id = ?1 AND ${CODES_RENEWED}`, accountId, since),
    about(`DELETE FROM totps WHERE account_id = ?1 AND ${APP_ADDED}`, accountId, since),
  ];
  const withoutFactors = (accountId: string, since: number): Write[] => [
    about(
      `DELETE FROM recovery_codes WHERE account_id = ?1 AND ${CODES_RENEWED}
         AND NOT EXISTS (SELECT 1 FROM totps WHERE account_id = ?1 AND ${IN_USE} AND ${APP_ADDED})`,
      accountId,
      since,
    ),
    about(`DELETE FROM totps WHERE account_id = ?1 AND NOT (${IN_USE}) AND ${APP_ADDED}`, accountId, since),
  ];
  return {
    async count(accountId: string, since: number): Promise<Added> {
      const found = await about(
        `SELECT (SELECT count(*) FROM passkeys WHERE account_id = ?1 AND created_at >= ?2) AS passkeys,
           (SELECT count(*) FROM totps WHERE account_id = ?1 AND ${APP_ADDED}) AS authenticatorApps,
           (SELECT count(*) FROM recovery_codes WHERE account_id = ?1 AND ${CODES_RENEWED}) AS recoveryCodes,
           (SELECT count(*) FROM api_keys WHERE account_id = ?1 AND created_at >= ?2 AND revoked_at IS NULL) AS apiKeys,
           (SELECT count(*) FROM oauth_consents WHERE account_id = ?1 AND updated_at >= ?2) AS applications,
           (SELECT count(*) FROM identities WHERE account_id = ?1 AND created_at >= ?2) AS identities,
           (SELECT count(*) FROM organisation_api_keys WHERE ${MADE_KEYS}) AS organisationKeys,
           (SELECT count(*) FROM (${BROUGHT_IN}))
             + (SELECT count(*) FROM organisation_invitations WHERE invited_by = ?1 AND created_at >= ?2) AS members,
           (SELECT count(*) FROM connections WHERE status = 'active' AND id IN (${CHANGED_PROVIDERS})) AS providers,
           (SELECT count(*) FROM (${PUT_BACK})) AS memberships`,
        accountId,
        since,
      ).first<Added>();
      if (found === null) throw new Error('a query without table gave no row');
      return found;
    },

    /** Whom that takes out of organisations and what the account is again in which, for the audit log: the first hundred of each. */
    async places(accountId: string, since: number): Promise<Places> {
      const found = await about(
        `SELECT (SELECT json_group_array(json_object('organisationId', organisation_id, 'accountId', account_id))
             FROM (SELECT * FROM (${BROUGHT_IN}) LIMIT 100)) AS takenOut,
           (SELECT json_group_array(json_object('organisationId', organisation_id, 'role', role))
             FROM (SELECT * FROM (${PUT_BACK}) LIMIT 100)) AS putBackIn`,
        accountId,
        since,
      ).first<{ takenOut: string; putBackIn: string }>();
      if (found === null) throw new Error('a query without table gave no row');
      return {
        takenOut: JSON.parse(found.takenOut) as Places['takenOut'],
        putBackIn: JSON.parse(found.putBackIn) as Places['putBackIn'],
      };
    },

    /**
     * Takes all of that away again, and what was begun and would still open it. `keepsFactors`: but passkeys, and an app in use
     * with its recovery codes.
     */
    takeBack(accountId: string, since: number, now: number, keepsFactors: boolean): Write[] {
      const started = [
        'email_tokens',
        'email_codes',
        'oauth_codes',
        'oauth_device_codes',
        'federation_requests',
      ];
      return [
        // First: what else is taken back of organisations is where the account may.
        about(
          `INSERT INTO organisation_members SELECT organisation_id, ?1, role, ?2 - 1 FROM (${PUT_BACK}) WHERE true
           ON CONFLICT (organisation_id, account_id) DO UPDATE SET role = excluded.role
             WHERE ${rank('excluded.role')} > ${rank('organisation_members.role')}`,
          accountId,
          since,
        ),
        ...(keepsFactors ? withoutFactors(accountId, since) : factors(accountId, since)),
        about('DELETE FROM identities WHERE account_id = ?1 AND created_at >= ?2', accountId, since),
        about('DELETE FROM oauth_consents WHERE account_id = ?1 AND updated_at >= ?2', accountId, since),
        database
          .prepare(
            'UPDATE api_keys SET revoked_at = ?3 WHERE account_id = ?1 AND created_at >= ?2 AND revoked_at IS NULL',
          )
          .bind(accountId, since, now),
        database
          .prepare(
            `INSERT INTO revocations SELECT id, ?3 FROM organisation_api_keys WHERE ${MADE_KEYS}
             ON CONFLICT (subject) DO UPDATE SET before = max(before, excluded.before)`,
          )
          .bind(accountId, since, Math.floor(now / SECOND_MS) + 1),
        database
          .prepare(`UPDATE organisation_api_keys SET revoked_at = ?3 WHERE ${MADE_KEYS}`)
          .bind(accountId, since, now),
        about(
          `UPDATE connections SET status = 'disabled', version = version + 1 WHERE id IN (${CHANGED_PROVIDERS})`,
          accountId,
          since,
        ),
        database
          .prepare(
            `UPDATE sessions SET revoked_at = coalesce(revoked_at, ?3), revoked_why = 'provider_closed'
             WHERE connection_id IN (${CHANGED_PROVIDERS}) AND ${TAKABLE}`,
          )
          .bind(accountId, since, now),
        database
          .prepare(
            `INSERT INTO revocations SELECT DISTINCT account_id, ?3 FROM (${BROUGHT_IN}) WHERE true
             ON CONFLICT (subject) DO UPDATE SET before = max(before, excluded.before)`,
          )
          .bind(accountId, since, Math.floor(now / SECOND_MS)),
        about(
          `UPDATE sessions SET reissue = 1 WHERE revoked_at IS NULL
             AND account_id IN (SELECT account_id FROM (${BROUGHT_IN}))`,
          accountId,
          since,
        ),
        about(
          `DELETE FROM organisation_members WHERE (organisation_id, account_id) IN (${BROUGHT_IN})`,
          accountId,
          since,
        ),
        about(
          'DELETE FROM organisation_invitations WHERE invited_by = ?1 AND created_at >= ?2',
          accountId,
          since,
        ),
        ...started.map((table) =>
          database.prepare(`DELETE FROM ${table} WHERE account_id = ?`).bind(accountId),
        ),
      ];
    },
  };
}
export type AddedSinceQueries = ReturnType<typeof addedSinceQueries>;
