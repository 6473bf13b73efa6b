import { and, asc, desc, eq, inArray, lt, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { OrderSummary } from '#shared/contracts/http/orders.ts';
import { orders } from '#shared/db/orders.ts';
import type { OrderFilter } from '../ports.ts';

/** One page, newest first, by the index of the filter. */
export async function listOrders(database: D1Database, filter: OrderFilter): Promise<OrderSummary[]> {
  const rows = await drizzle(database)
    .select()
    .from(orders)
    .where(
      and(
        filter.customerId === null ? undefined : eq(orders.customerId, filter.customerId),
        filter.state === null ? undefined : eq(orders.state, filter.state),
        filter.before === null ? undefined : lt(orders.id, filter.before),
      ),
    )
    .orderBy(desc(orders.id))
    .limit(filter.limit);
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    customerId: row.customerId,
    version: row.version,
    state: row.state,
    reason: row.reasonCode === null ? null : { code: row.reasonCode, text: row.reasonText ?? '' },
    total: { amount: row.total, currency: row.currency },
    lineCount: row.lineCount,
    firstTitle: row.firstTitle,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }));
}

/** Takes what is due and moves its next turn in one statement, so that two sweepers never take the same. */
export async function ordersToSweep(
  database: D1Database,
  page: { now: number; nextAt: number; limit: number },
): Promise<string[]> {
  const db = drizzle(database);
  const due = db
    .select({ id: orders.id })
    .from(orders)
    .where(lte(orders.sweepAt, page.now))
    .orderBy(asc(orders.sweepAt))
    .limit(page.limit);
  const rows = await db
    .update(orders)
    .set({ sweepAt: page.nextAt })
    .where(inArray(orders.id, due))
    .returning({ id: orders.id });
  return rows.map((row) => row.id);
}
