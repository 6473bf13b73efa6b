import { sql, type Column } from 'drizzle-orm';

/** Of the session that somebody agreed in: the connection of an organisation it was opened by, and its end; null: none. */
export interface AgreedIn {
  connectionId: string | null;
  /** Epoch milliseconds. */
  connectionUntil: number | null;
}

/** Columns of it, for a row whose `sessionId` names the session. */
export const agreedIn = (sessionId: Column) => ({
  connectionId: sql<string | null>`(SELECT s.connection_id FROM sessions s WHERE s.id = ${sessionId})`.as(
    'connection_id',
  ),
  connectionUntil: sql<
    number | null
  >`(SELECT s.absolute_until FROM sessions s WHERE s.id = ${sessionId} AND s.connection_id IS NOT NULL)`.as(
    'connection_until',
  ),
});
