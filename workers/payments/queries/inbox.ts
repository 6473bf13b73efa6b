import { and, asc, desc, eq, lt, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { paymentEvents } from '#shared/db/payments.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Inbox, StoredEvent } from '../usecases/ports.ts';

/** All but the body, which nothing reads but a person with a reason. */
const columns = {
  eventId: paymentEvents.eventId,
  provider: paymentEvents.provider,
  type: paymentEvents.type,
  state: paymentEvents.state,
  orderId: paymentEvents.orderId,
  paymentId: paymentEvents.paymentId,
  requestId: paymentEvents.requestId,
  occurredAt: paymentEvents.occurredAt,
  receivedAt: paymentEvents.receivedAt,
  enqueuedAt: paymentEvents.enqueuedAt,
};

/** The inbox in `PAYMENTS_DB`. */
export function d1Inbox(database: D1Database): Inbox {
  const db = drizzle(database);
  return {
    async store(event, state, requestId, now) {
      const stored = await db
        .insert(paymentEvents)
        .values({
          eventId: event.eventId,
          provider: event.provider,
          type: event.type,
          state,
          orderId: event.about?.orderId ?? null,
          paymentId: event.about?.paymentId ?? null,
          requestId,
          occurredAt: rfc3339(event.occurredAt),
          receivedAt: rfc3339(now),
          body: event.body,
        })
        .onConflictDoNothing()
        .returning({ eventId: paymentEvents.eventId });
      return stored.length > 0;
    },

    async markEnqueued(eventIds, now) {
      await db
        .update(paymentEvents)
        .set({ state: 'enqueued', enqueuedAt: rfc3339(now) })
        .where(sql`${paymentEvents.eventId} IN (SELECT value FROM json_each(${JSON.stringify(eventIds)}))`);
    },

    async find(eventId) {
      const rows = await db.select(columns).from(paymentEvents).where(eq(paymentEvents.eventId, eventId));
      return rows[0] ?? null;
    },

    async list({ state, orderId, after, limit }): Promise<StoredEvent[]> {
      const { receivedAt, eventId } = paymentEvents;
      const beyond =
        after === null
          ? undefined
          : or(
              lt(receivedAt, after.receivedAt),
              and(eq(receivedAt, after.receivedAt), lt(eventId, after.eventId)),
            );
      return db
        .select(columns)
        .from(paymentEvents)
        .where(
          and(
            state === null ? undefined : eq(paymentEvents.state, state),
            orderId === null ? undefined : eq(paymentEvents.orderId, orderId),
            beyond,
          ),
        )
        .orderBy(desc(receivedAt), desc(eventId))
        .limit(limit);
    },

    async notEnqueued(before, limit) {
      const { state, receivedAt, eventId } = paymentEvents;
      return db
        .select(columns)
        .from(paymentEvents)
        .where(and(eq(state, 'received'), lt(receivedAt, rfc3339(before))))
        .orderBy(asc(receivedAt), asc(eventId))
        .limit(limit);
    },

    async forget(before, limit) {
      const old = db
        .select({ eventId: paymentEvents.eventId })
        .from(paymentEvents)
        .where(and(lt(paymentEvents.receivedAt, rfc3339(before)), sql`${paymentEvents.state} <> 'received'`))
        .limit(limit);
      const gone = await db
        .delete(paymentEvents)
        .where(sql`${paymentEvents.eventId} IN ${old}`)
        .returning({ eventId: paymentEvents.eventId });
      return gone.length;
    },
  };
}
