import { and, asc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import {
  accounts,
  oauthClients,
  organisationMembers,
  organisations,
  passwords,
  sessions,
} from '#shared/db/auth.ts';
import type { ClientRow } from '../oauth/queries/clients.ts';
import type { Membership } from '../organisations/queries/organisations.ts';
import { accountColumns, toAccountRow, type AccountRow } from './accounts.ts';
import { SESSIONS_PER_ACCOUNT_MAX } from '../limits.ts';
import type { Write } from './commit.ts';

export type SessionRow = typeof sessions.$inferSelect;
export type RevokedWhy =
  | 'signed_out'
  | 'revoked'
  | 'token_reused'
  | 'password_changed'
  | 'factor_changed'
  | 'undone'
  | 'disabled'
  | 'erased'
  | 'code_reused'
  | 'application_withdrawn'
  | 'application_disabled'
  | 'provider_closed'
  | 'provider_enforced'
  | 'beyond_provider'
  | 'too_many'
  | 'restored';

/** A session that is neither ended nor expired, of an active account. */
export interface LiveSession {
  session: SessionRow;
  account: AccountRow;
}

const LIVE = 'revoked_at IS NULL AND idle_until > ?1 AND absolute_until > ?1';
/**
 * What is taken away: sessions that have not ended, and those somebody signed out of, for what was agreed to in them may still
 * wait to be redeemed (`expectNotTaken`). To be written with `revoked_at = coalesce(revoked_at, …)`.
 */
export const TAKABLE = "(revoked_at IS NULL OR revoked_why = 'signed_out')";

export function sessionQueries(database: D1Database) {
  const db = drizzle(database);
  const unended = (now: number) => [
    isNull(sessions.revokedAt),
    gt(sessions.idleUntil, now),
    gt(sessions.absoluteUntil, now),
  ];
  return {
    /** Of more than an account may have, in our pages or in one application, those end that were not used for the longest. */
    open(row: SessionRow): Write[] {
      const insert = database
        .prepare(
          `INSERT INTO sessions (id, account_id, family_hash, current_hash, generation, amr, acr, auth_time, user_agent,
             created_at, last_used_at, idle_until, absolute_until, country, client_id, scope, dpop_jkt, connection_id)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(
          row.id,
          row.accountId,
          row.familyHash,
          row.currentHash,
          row.generation,
          JSON.stringify(row.amr),
          row.acr,
          row.authTime,
          row.userAgent,
          row.createdAt,
          row.lastUsedAt,
          row.idleUntil,
          row.absoluteUntil,
          row.country,
          row.clientId,
          row.scope,
          row.dpopJkt,
          row.connectionId,
        );
      const endOldest = database
        .prepare(
          `UPDATE sessions SET revoked_at = ?1, revoked_why = 'too_many' WHERE id IN
             (SELECT id FROM sessions WHERE account_id = ?2 AND client_id IS ?3 AND id <> ?4 AND ${LIVE}
              ORDER BY last_used_at DESC LIMIT -1 OFFSET ?5)`,
        )
        .bind(row.createdAt, row.accountId, row.clientId, row.id, SESSIONS_PER_ACCOUNT_MAX - 1);
      return [insert, endOldest];
    },

    /** It gives a token without being moved on: what ends it ends tokens up to its last use. */
    used(id: string, now: number): Write {
      return database
        .prepare('UPDATE sessions SET last_used_at = max(last_used_at, ?) WHERE id = ?')
        .bind(now, id);
    },

    async live(id: string, accountId: string, now: number): Promise<LiveSession | null> {
      const [row] = await db
        .select({ session: sessions, account: accountColumns })
        .from(sessions)
        .innerJoin(accounts, eq(accounts.id, sessions.accountId))
        .leftJoin(passwords, eq(passwords.accountId, accounts.id))
        .where(
          and(
            eq(sessions.id, id),
            eq(sessions.accountId, accountId),
            eq(accounts.status, 'active'),
            ...unended(now),
          ),
        );
      return row === undefined ? null : toLive(row);
    },

    /**
     * Moves the family on to its next secret, if `presented` is the current one: one transaction with the look at the
     * result, so of any number of parallel calls exactly one rotates and all see the same row.
     */
    async rotate(move: {
      familyHash: string;
      presentedHash: string;
      nextHash: string;
      successorSealed: string;
      client: string;
      /** Whose family it must be; null: of our own pages. */
      clientId: string | null;
      /** Hash of the secret the client proved who it is by, which must be there still; null: in another way. */
      provenBy: string | null;
      /** Key that was proven, which a bound family needs. */
      jkt: string | null;
      /** The organisation it is to act for, which its account must be in, or nothing is moved; null: none. */
      organisationId: string | null;
      reissuedId: string;
      now: number;
      country: string;
      idleUntil: number;
      replayUntil: number;
    }): Promise<{
      rotated: boolean;
      live: LiveSession | null;
      membership: Membership | null;
      /** As it is registered now; null: none, or disabled. */
      client: ClientRow | null;
    }> {
      const held = [
        eq(sessions.familyHash, move.familyHash),
        sql`${sessions.clientId} IS ${move.clientId}`,
        sql`(${sessions.dpopJkt} IS NULL OR ${sessions.dpopJkt} IS ${move.jkt})`,
        ...unended(move.now),
      ];
      const isMember = sql`EXISTS (SELECT 1 FROM organisation_members m JOIN organisations o ON o.id = m.organisation_id
        WHERE m.organisation_id = ${move.organisationId} AND m.account_id = ${sessions.accountId}
          AND o.status = 'active')`;
      const isSecretThere = sql`EXISTS (SELECT 1 FROM oauth_client_secrets c
        WHERE c.secret_hash = ${move.provenBy} AND c.client_id = ${sessions.clientId})`;
      // Two selects rather than a join: D1 gives a batch's rows as objects, where equal column names become one.
      const [moved, [session], [account], [member], [organisation], [client]] = await db.batch([
        db
          .update(sessions)
          .set({
            previousHash: sql`${sessions.currentHash}`,
            previousUntil: move.replayUntil,
            previousClient: move.client,
            successorSealed: move.successorSealed,
            currentHash: move.nextHash,
            generation: sql`${sessions.generation} + 1`,
            lastUsedAt: sql`max(${sessions.lastUsedAt}, ${move.now})`,
            country: move.country,
            idleUntil: sql`min(${move.idleUntil}, ${sessions.absoluteUntil})`,
            id: sql`iif(${sessions.reissue}, ${move.reissuedId}, ${sessions.id})`,
            firstId: sql`iif(${sessions.reissue}, coalesce(${sessions.firstId}, ${sessions.id}), ${sessions.firstId})`,
            reissue: false,
          })
          .where(
            and(
              ...held,
              eq(sessions.currentHash, move.presentedHash),
              sql`EXISTS (SELECT 1 FROM accounts a WHERE a.id = ${sessions.accountId} AND a.status = 'active')`,
              move.organisationId === null ? undefined : isMember,
              move.provenBy === null ? undefined : isSecretThere,
            ),
          )
          .returning({ id: sessions.id }),
        db
          .select()
          .from(sessions)
          .where(and(...held)),
        db
          .select(accountColumns)
          .from(accounts)
          .leftJoin(passwords, eq(passwords.accountId, accounts.id))
          .where(
            and(
              sql`${accounts.id} = (SELECT s.account_id FROM sessions s WHERE s.family_hash = ${move.familyHash})`,
              eq(accounts.status, 'active'),
            ),
          ),
        db
          .select({ role: organisationMembers.role })
          .from(organisationMembers)
          .where(
            and(
              eq(organisationMembers.organisationId, move.organisationId ?? ''),
              sql`${organisationMembers.accountId} =
                (SELECT s.account_id FROM sessions s WHERE s.family_hash = ${move.familyHash})`,
            ),
          ),
        db
          .select()
          .from(organisations)
          .where(and(eq(organisations.id, move.organisationId ?? ''), eq(organisations.status, 'active'))),
        db
          .select()
          .from(oauthClients)
          .where(and(eq(oauthClients.id, move.clientId ?? ''), eq(oauthClients.status, 'active'))),
      ]);
      const live = session === undefined || account === undefined ? null : toLive({ session, account });
      const isActing = member !== undefined && organisation !== undefined;
      const membership = isActing ? { organisation, role: member.role } : null;
      return { rotated: moved.length > 0, live, membership, client: client ?? null };
    },

    async ofFamily(familyHash: string): Promise<SessionRow | null> {
      const [row] = await db.select().from(sessions).where(eq(sessions.familyHash, familyHash));
      return row ?? null;
    },

    async listLive(accountId: string, now: number, limit: number): Promise<SessionRow[]> {
      return db
        .select()
        .from(sessions)
        .where(and(eq(sessions.accountId, accountId), ...unended(now)))
        .orderBy(asc(sessions.id))
        .limit(limit);
    },

    expectLive(id: string, accountId: string, now: number): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT EXISTS
           (SELECT 1 FROM sessions WHERE id = ?2 AND account_id = ?3 AND ${LIVE})`,
        )
        .bind(now, id, accountId);
    },

    /** Nobody took this session away (null: from before it was kept): its owner may have signed out of it since, and of it alone. */
    expectNotTaken(id: string | null, accountId: string): Write {
      return database
        .prepare(
          `INSERT INTO expectation (met) SELECT ?1 IS NULL OR EXISTS
           (SELECT 1 FROM sessions WHERE id = ?1 AND account_id = ?2
              AND (revoked_at IS NULL OR revoked_why = 'signed_out'))`,
        )
        .bind(id, accountId);
    },

    /** The id today of an application's session that has not ended, by the one in its ID tokens; null: there is none. */
    async idOfClients(
      firstId: string,
      accountId: string,
      clientId: string,
      now: number,
    ): Promise<string | null> {
      const [row] = await db
        .select({ id: sessions.id })
        .from(sessions)
        .where(
          and(
            or(eq(sessions.id, firstId), eq(sessions.firstId, firstId)),
            eq(sessions.accountId, accountId),
            eq(sessions.clientId, clientId),
            ...unended(now),
          ),
        );
      return row?.id ?? null;
    },

    /** What was proven anew in this session. Its access token tells from the next one on. */
    prove(id: string, proof: { amr: readonly string[]; acr: string }, now: number): Write {
      return database
        .prepare('UPDATE sessions SET amr = ?, acr = ?, auth_time = ? WHERE id = ?')
        .bind(JSON.stringify(proof.amr), proof.acr, now, id);
    },

    revoke(id: string, why: RevokedWhy, now: number): Write {
      return database
        .prepare('UPDATE sessions SET revoked_at = ?, revoked_why = ? WHERE id = ? AND revoked_at IS NULL')
        .bind(now, why, id);
    },

    revokeFamily(familyHash: string, why: RevokedWhy, now: number): Write {
      return database
        .prepare(
          'UPDATE sessions SET revoked_at = ?, revoked_why = ? WHERE family_hash = ? AND revoked_at IS NULL',
        )
        .bind(now, why, familyHash);
    },

    /** Every session an application has, of one account (null: of all). */
    revokeOfClient(clientId: string, accountId: string | null, why: RevokedWhy, now: number): Write {
      const all =
        'UPDATE sessions SET revoked_at = ?, revoked_why = ? WHERE client_id = ? AND revoked_at IS NULL';
      return accountId === null
        ? database.prepare(all).bind(now, why, clientId)
        : database.prepare(`${all} AND account_id = ?`).bind(now, why, clientId, accountId);
    },

    /** Every session of the account but `exceptId` (null: without exception), with what was agreed to in it. */
    revokeAll(accountId: string, exceptId: string | null, why: RevokedWhy, now: number): Write {
      return database
        .prepare(
          `UPDATE sessions SET revoked_at = coalesce(revoked_at, ?), revoked_why = ?
           WHERE account_id = ? AND id IS NOT ? AND ${TAKABLE}`,
        )
        .bind(now, why, accountId, exceptId);
    },

    /** Sessions that a connection of an organisation opened, and those applications began in them. */
    revokeByConnection(connectionId: string, now: number): Write {
      return database
        .prepare(
          `UPDATE sessions SET revoked_at = coalesce(revoked_at, ?), revoked_why = 'provider_closed'
           WHERE connection_id = ? AND ${TAKABLE}`,
        )
        .bind(now, connectionId);
    },

    /** Sessions of an organisation's members but its owners that another way than this connection opened. */
    revokeOfMembersNotBy(organisationId: string, connectionId: string, now: number): Write {
      return database
        .prepare(
          `UPDATE sessions SET revoked_at = coalesce(revoked_at, ?1), revoked_why = 'provider_enforced'
           WHERE account_id IN (SELECT account_id FROM organisation_members
               WHERE organisation_id = ?2 AND role <> 'owner')
             AND connection_id IS NOT ?3 AND ${TAKABLE}`,
        )
        .bind(now, organisationId, connectionId);
    },

    /** Sessions of an account that providers of an organisation (null: of any) opened: it is above what those may open now. */
    revokeByProviders(
      accountId: string,
      { organisationId, exceptId = null }: { organisationId: string | null; exceptId?: string | null },
      now: number,
    ): Write {
      return database
        .prepare(
          `UPDATE sessions SET revoked_at = coalesce(revoked_at, ?1), revoked_why = 'beyond_provider'
           WHERE account_id = ?2 AND connection_id IS NOT NULL AND id IS NOT ?4 AND ${TAKABLE}
             AND (?3 IS NULL OR connection_id IN (SELECT id FROM connections WHERE organisation_id = ?3))`,
        )
        .bind(now, accountId, organisationId, exceptId);
    },

    /**
     * The next refresh of each session gives it a new id: a change of rights must not carry over an old one, whose tokens count
     * no more anywhere (trigger `sessions_end_everywhere`).
     */
    reissueAll(accountId: string): Write {
      return database
        .prepare('UPDATE sessions SET reissue = 1 WHERE account_id = ? AND revoked_at IS NULL')
        .bind(accountId);
    },

    /** The same for every session an application has. */
    reissueOfClient(clientId: string): Write {
      return database
        .prepare('UPDATE sessions SET reissue = 1 WHERE client_id = ? AND revoked_at IS NULL')
        .bind(clientId);
    },

    deleteEnded(before: number, limit: number): Write {
      return database
        .prepare(
          `DELETE FROM sessions WHERE id IN
           (SELECT id FROM sessions WHERE absolute_until <= ? ORDER BY absolute_until LIMIT ?)`,
        )
        .bind(before, limit);
    },
  };
}
export type SessionQueries = ReturnType<typeof sessionQueries>;

const toLive = (row: { session: SessionRow; account: Parameters<typeof toAccountRow>[0] }): LiveSession => ({
  session: row.session,
  account: toAccountRow(row.account),
});
