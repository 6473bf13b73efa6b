import type { Write } from './commit.ts';

export interface OwedMail {
  id: string;
  requestId: string;
  contentSealed: string;
  attempts: number;
  /** Epoch milliseconds: nobody else tries before. */
  nextAt: number;
  expiresAt: number;
}

export function mailOutboxQueries(database: D1Database) {
  return {
    add(row: OwedMail): Write {
      return database
        .prepare('INSERT INTO mail_outbox VALUES (?, ?, ?, ?, ?, ?)')
        .bind(row.id, row.requestId, row.contentSealed, row.attempts, row.nextAt, row.expiresAt);
    },

    /**
     * Hands out what is due, each to one caller alone: the next turn is set in the same statement, twice as far away as the
     * last, between one and `pauseMaxMs`.
     */
    async takeDue(page: {
      now: number;
      pauseMs: number;
      pauseMaxMs: number;
      limit: number;
    }): Promise<OwedMail[]> {
      const { results } = await database
        .prepare(
          `UPDATE mail_outbox
           SET attempts = attempts + 1, next_at = ?1 + min(?2 << min(attempts, 20), ?3)
           WHERE id IN (SELECT id FROM mail_outbox WHERE next_at <= ?1 ORDER BY next_at LIMIT ?4)
             AND next_at <= ?1 AND expires_at > ?1
           RETURNING id, request_id AS requestId, content_sealed AS contentSealed, attempts, next_at AS nextAt,
             expires_at AS expiresAt`,
        )
        .bind(page.now, page.pauseMs, page.pauseMaxMs, page.limit)
        .all<OwedMail>();
      return results;
    },

    async remove(ids: readonly string[]): Promise<void> {
      await database
        .prepare('DELETE FROM mail_outbox WHERE id IN (SELECT value FROM json_each(?))')
        .bind(JSON.stringify(ids))
        .run();
    },

    /** Mails of no use any more, taken out: their ids are for the log. */
    async takeExpired(now: number, limit: number): Promise<{ id: string; requestId: string }[]> {
      const { results } = await database
        .prepare(
          `DELETE FROM mail_outbox WHERE id IN (SELECT id FROM mail_outbox WHERE expires_at <= ? LIMIT ?)
           RETURNING id, request_id AS requestId`,
        )
        .bind(now, limit)
        .all<{ id: string; requestId: string }>();
      return results;
    },
  };
}
export type MailOutboxQueries = ReturnType<typeof mailOutboxQueries>;
