import { asc, lte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { outbox } from '#shared/db/catalogue.ts';
import { OUTBOX_RETRY_MAX_MS, OUTBOX_RETRY_MIN_MS } from '../limits.ts';

export type OutboxRow = typeof outbox.$inferSelect;

/** The oldest effects that are due. */
export function dueEffects(database: D1DatabaseSession, nowMs: number, limit: number): Promise<OutboxRow[]> {
  return drizzle(database as unknown as D1Database)
    .select()
    .from(outbox)
    .where(lte(outbox.dueAtMs, nowMs))
    .orderBy(asc(outbox.dueAtMs), asc(outbox.id))
    .limit(limit)
    .all();
}

/** Forgets effects that happened, and puts off those that failed, longer each time; one round trip. */
export async function settleEffects(
  database: D1DatabaseSession,
  settled: { done: readonly number[]; failed: readonly number[] },
  nowMs: number,
): Promise<void> {
  const db = drizzle(database as unknown as D1Database);
  const among = (ids: readonly number[]) =>
    sql`${outbox.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const delay = sql`min(${OUTBOX_RETRY_MAX_MS}, ${OUTBOX_RETRY_MIN_MS} * (1 << min(${outbox.attempts}, 16)))`;
  await db.batch([
    db.delete(outbox).where(among(settled.done)),
    db
      .update(outbox)
      .set({ attempts: sql`${outbox.attempts} + 1`, dueAtMs: sql`${nowMs} + ${delay}` })
      .where(among(settled.failed)),
  ]);
}

/** Owes every product's projections anew; answers how many. */
export async function wakeEveryProduct(
  database: D1DatabaseSession,
  context: { requestId: string; nowMs: number },
): Promise<number> {
  const { results } = await database
    .prepare(
      `INSERT INTO outbox (type, subject, request_id, due_at_ms)
       SELECT 'product.changed', id, ?, ? FROM products RETURNING 1`,
    )
    .bind(context.requestId, context.nowMs)
    .all();
  return results.length;
}

/** Owes the projections of some products anew. */
export async function wakeProducts(
  database: D1DatabaseSession,
  ids: readonly string[],
  context: { requestId: string; nowMs: number },
): Promise<void> {
  await database
    .prepare(
      `INSERT INTO outbox (type, subject, request_id, due_at_ms)
       SELECT 'product.changed', value, ?2, ?3 FROM json_each(?1)`,
    )
    .bind(JSON.stringify(ids), context.requestId, context.nowMs)
    .run();
}
