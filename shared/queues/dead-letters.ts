import { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import { rfc3339 } from '#shared/time/time.ts';

/**
 * Messages no consumer could process, kept until an operator replays them. Each consuming worker keeps its own in its
 * own database; the table is the same everywhere:
 *
 * CREATE TABLE dead_letters (id TEXT PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL, received_at TEXT NOT NULL,
 *   replayed_at TEXT) WITHOUT ROWID;
 */
export const deadLetterSchema = z
  .strictObject({
    id: z.string(),
    queue: z.string(),
    body: z.unknown(),
    receivedAt: z.iso.datetime(),
    replayedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.infer<typeof deadLetterSchema>;

const DLQ_SUFFIX = '-dlq';
export const isDeadLetterQueue = (queue: string): boolean => queue.endsWith(DLQ_SUFFIX);

/** Consumer of a `*-dlq` queue: stores each message, then acknowledges it. A failure leaves it on the queue. */
export async function storeDeadLetters(
  database: D1Database,
  batch: MessageBatch,
  now: number,
): Promise<void> {
  const queue = batch.queue.slice(0, -DLQ_SUFFIX.length);
  const insert = database.prepare(
    'INSERT INTO dead_letters (id, queue, body, received_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  await database.batch(
    batch.messages.map((message) =>
      insert.bind(`dl_${message.id}`, queue, JSON.stringify(message.body), rfc3339(now)),
    ),
  );
  batch.ackAll();
  log.error('dead letters kept', { queue, count: batch.messages.length });
}

/** Oldest first, keyset by id of arrival. */
export async function listDeadLetters(
  database: D1Database,
  page: { after: { receivedAt: string; id: string } | null; limit: number; replayed: boolean },
): Promise<DeadLetter[]> {
  const after = page.after ?? { receivedAt: '', id: '' };
  const { results } = await database
    .prepare(
      `SELECT id, queue, body, received_at, replayed_at FROM dead_letters
       WHERE (received_at, id) > (?, ?) AND (replayed_at IS NOT NULL) = ? ORDER BY received_at, id LIMIT ?`,
    )
    .bind(after.receivedAt, after.id, page.replayed ? 1 : 0, page.limit)
    .all<{ id: string; queue: string; body: string; received_at: string; replayed_at: string | null }>();
  return results.map((row) => ({
    id: row.id,
    queue: row.queue,
    body: JSON.parse(row.body) as unknown,
    receivedAt: row.received_at,
    replayedAt: row.replayed_at,
  }));
}

/**
 * Sends one kept message to its queue again and marks it. Sent first, marked after: a crash between the two repeats the
 * message, which every consumer tolerates, and never loses it.
 */
export async function replayDeadLetter(
  database: D1Database,
  queues: Partial<Record<string, Queue>>,
  id: string,
  now: number,
): Promise<'replayed' | 'unknown' | 'no_queue'> {
  const row = await database
    .prepare('SELECT queue, body FROM dead_letters WHERE id = ?')
    .bind(id)
    .first<{ queue: string; body: string }>();
  if (row === null) return 'unknown';
  const queue = queues[row.queue];
  if (queue === undefined) return 'no_queue';
  await queue.send(JSON.parse(row.body));
  await database.prepare('UPDATE dead_letters SET replayed_at = ? WHERE id = ?').bind(rfc3339(now), id).run();
  return 'replayed';
}
