import { and, desc, eq, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { DataRequest } from '#objects/data-requests/machine.ts';
import { dataRequests, erasures } from '#shared/db/auth.ts';
import type { Write } from '../queries/commit.ts';
import type { OwedMail } from '../queries/mail-outbox.ts';

export type DataRequestRow = typeof dataRequests.$inferSelect;

/** What names the person by their address and not by their account. */
const BY_ADDRESS = ['email_tokens', 'email_codes', 'organisation_invitations'] as const;

export function privacyQueries(database: D1Database) {
  const db = drizzle(database);
  return {
    put({ id, accountId, kind, state, askedBy, askedAt, error, endedAt }: DataRequest): Write {
      return database
        .prepare(
          `INSERT INTO data_requests (id, account_id, kind, state, asked_by, asked_at, error, ended_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET state = excluded.state, error = excluded.error, ended_at = excluded.ended_at`,
        )
        .bind(id, accountId, kind, state, askedBy, askedAt, error, endedAt);
    },

    /** The mail is owed unless the request is known to be in this state: told once, however often it is said. */
    addMailOnce(row: OwedMail, { id, state }: DataRequest): Write {
      return database
        .prepare(
          `INSERT INTO mail_outbox SELECT ?1, ?2, ?3, ?4, ?5, ?6
           WHERE NOT EXISTS (SELECT 1 FROM data_requests WHERE id = ?7 AND state = ?8)`,
        )
        .bind(row.id, row.requestId, row.contentSealed, row.attempts, row.nextAt, row.expiresAt, id, state);
    },

    /** The newest first. */
    async page(state: string | null, before: string | null, limit: number): Promise<DataRequestRow[]> {
      return db
        .select()
        .from(dataRequests)
        .where(
          and(
            state === null ? undefined : eq(dataRequests.state, state),
            before === null ? undefined : lt(dataRequests.id, before),
          ),
        )
        .orderBy(desc(dataRequests.id))
        .limit(limit);
    },

    deleteEnded(before: number, limit: number): Write {
      return database
        .prepare(
          'DELETE FROM data_requests WHERE id IN (SELECT id FROM data_requests WHERE ended_at < ? LIMIT ?)',
        )
        .bind(before, limit);
    },

    /** Null: nobody erased the person. */
    async erasure(accountId: string): Promise<{ begunAt: number; doneAt: number | null } | null> {
      const [row] = await db.select().from(erasures).where(eq(erasures.accountId, accountId));
      return row ?? null;
    },

    /** Nobody opens an account again whose data go. */
    expectNotErased(accountId: string): Write {
      return database
        .prepare(
          'INSERT INTO expectation (met) SELECT NOT EXISTS (SELECT 1 FROM erasures WHERE account_id = ?)',
        )
        .bind(accountId);
    },

    beginErasure(accountId: string, now: number): Write {
      return database
        .prepare('INSERT INTO erasures (account_id, begun_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
        .bind(accountId, now);
    },

    endErasure(accountId: string, now: number): Write {
      return database
        .prepare('UPDATE erasures SET done_at = coalesce(done_at, ?) WHERE account_id = ?')
        .bind(now, accountId);
    },

    /** Beside what goes with the account: what was sent to its address, and what somebody wrote about the person. */
    eraseTraces(accountId: string, emailIndexes: readonly string[]): Write[] {
      return [
        ...BY_ADDRESS.map((table) =>
          database
            .prepare(`DELETE FROM ${table} WHERE email_index IN (SELECT value FROM json_each(?))`)
            .bind(JSON.stringify(emailIndexes)),
        ),
        database
          .prepare(
            'UPDATE removed_members SET email_sealed = NULL, identity_sealed = NULL WHERE account_id = ?',
          )
          .bind(accountId),
        database.prepare('DELETE FROM guessing_signals WHERE account_id = ?').bind(accountId),
        database.prepare("UPDATE support_accesses SET reason = '' WHERE account_id = ?").bind(accountId),
      ];
    },
  };
}
export type PrivacyQueries = ReturnType<typeof privacyQueries>;
