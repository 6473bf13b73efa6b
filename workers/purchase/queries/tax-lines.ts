import { and, asc, eq, gt, gte, lt, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { orders, orderTaxLines } from '#shared/db/orders.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { TaxReportRow } from '../ports.ts';

const PAGE = 500;

/** Tax lines of a period with the numbers of their orders, oldest first, a page at a time. */
export async function* taxLinePages(
  database: D1Database,
  { from, to }: { from: number; to: number },
): AsyncGenerator<TaxReportRow[]> {
  const db = drizzle(database);
  const { occurredAt, orderId, position } = orderTaxLines;
  let after: TaxReportRow | null = null;
  for (;;) {
    const beyond =
      after === null
        ? gte(occurredAt, rfc3339(from))
        : or(
            gt(occurredAt, after.occurredAt),
            and(eq(occurredAt, after.occurredAt), gt(orderId, after.orderId)),
            and(eq(occurredAt, after.occurredAt), eq(orderId, after.orderId), gt(position, after.position)),
          );
    const page: { line: typeof orderTaxLines.$inferSelect; number: string }[] = await db
      .select({ line: orderTaxLines, number: orders.number })
      .from(orderTaxLines)
      .innerJoin(orders, eq(orders.id, orderId))
      .where(and(gte(occurredAt, after?.occurredAt ?? rfc3339(from)), lt(occurredAt, rfc3339(to)), beyond))
      .orderBy(asc(occurredAt), asc(orderId), asc(position))
      .limit(PAGE);
    const rows = page.map(({ line, number }): TaxReportRow => ({ ...line, orderNumber: number }));
    yield rows;
    after = rows.at(-1) ?? null;
    if (after === null || rows.length < PAGE) return;
  }
}
