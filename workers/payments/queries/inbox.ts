import { and, asc, desc, eq, lt, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { paymentEvents } from '#shared/db/payments.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { EventFlag, Inbox, StoredEvent } from '../usecases/ports.ts';
import { storeEvent } from './store-event.ts';

/** All but the body, which nothing reads but a person with a reason. */
const columns = {
  eventId: paymentEvents.eventId,
  provider: paymentEvents.provider,
  type: paymentEvents.type,
  state: paymentEvents.state,
  orderId: paymentEvents.orderId,
  paymentId: paymentEvents.paymentId,
  chargeId: paymentEvents.chargeId,
  requestId: paymentEvents.requestId,
  occurredAt: paymentEvents.occurredAt,
  receivedAt: paymentEvents.receivedAt,
  enqueuedAt: paymentEvents.enqueuedAt,
  settledAt: paymentEvents.settledAt,
  attempts: paymentEvents.attempts,
  flags: paymentEvents.flags,
  detail: paymentEvents.detail,
};

const toEvent = (row: Omit<StoredEvent, 'flags'> & { flags: string }): StoredEvent => ({
  ...row,
  flags: row.flags === '' ? [] : (row.flags.split(' ') as EventFlag[]),
});

/** The inbox in `PAYMENTS_DB`. */
export function d1Inbox(database: D1Database): Inbox {
  const db = drizzle(database);
  return {
    store: (event, requestId, now) => storeEvent(database, event, requestId, now),

    async markEnqueued(eventIds, now) {
      await db
        .update(paymentEvents)
        .set({ state: 'enqueued', enqueuedAt: rfc3339(now), attempts: sql`${paymentEvents.attempts} + 1` })
        .where(sql`${paymentEvents.eventId} IN (SELECT value FROM json_each(${JSON.stringify(eventIds)}))`);
    },

    async find(eventId) {
      const rows = await db.select(columns).from(paymentEvents).where(eq(paymentEvents.eventId, eventId));
      const [row] = rows;
      return row === undefined ? null : toEvent(row);
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
      const rows = await db
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
      return rows.map(toEvent);
    },

    async notEnqueued(before, limit) {
      const { state, receivedAt, eventId } = paymentEvents;
      const rows = await db
        .select(columns)
        .from(paymentEvents)
        .where(and(eq(state, 'received'), lt(receivedAt, rfc3339(before))))
        .orderBy(asc(receivedAt), asc(eventId))
        .limit(limit);
      return rows.map(toEvent);
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
