import { and, asc, desc, eq, gte, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { paymentEvents } from '#shared/db/payments.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { EventFlag, Inbox, StoredEvent } from '../usecases/ports.ts';
import { recordPayment } from './registry.ts';
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
  const oldest = async (where: SQL | undefined, limit: number): Promise<StoredEvent[]> => {
    const { receivedAt, eventId } = paymentEvents;
    const rows = await db
      .select(columns)
      .from(paymentEvents)
      .where(where)
      .orderBy(asc(receivedAt), asc(eventId))
      .limit(limit);
    return rows.map(toEvent);
  };
  return {
    store: (event, requestId, now) => storeEvent(database, event, requestId, now),

    async markEnqueued(eventIds, sentAt) {
      const at = rfc3339(sentAt);
      await database
        .prepare(
          `UPDATE payment_events SET attempts = attempts + 1, enqueued_at = ?2,
             state = CASE WHEN settled_at >= ?2 THEN state ELSE 'enqueued' END
           WHERE event_id IN (SELECT value FROM json_each(?1)) AND state <> 'ignored'`,
        )
        .bind(JSON.stringify(eventIds), at)
        .run();
    },

    async settle(eventIds, { state, detail }, now) {
      await database
        .prepare(
          `UPDATE payment_events SET state = ?2, detail = ?3, settled_at = ?4
           WHERE event_id IN (SELECT value FROM json_each(?1)) AND state IN ('received', 'enqueued', 'failed')`,
        )
        .bind(JSON.stringify(eventIds), state, detail, rfc3339(now))
        .run();
    },

    unanswered: (before, limit) =>
      oldest(and(eq(paymentEvents.state, 'enqueued'), lt(paymentEvents.enqueuedAt, rfc3339(before))), limit),

    notLookedUp: (before, limit) =>
      oldest(
        and(
          eq(paymentEvents.state, 'unmatched'),
          lt(paymentEvents.receivedAt, rfc3339(before)),
          isNull(paymentEvents.lookedUpAt),
        ),
        limit,
      ),

    async matched(eventId, payment, now) {
      await database.batch([
        recordPayment(database, payment, now),
        database
          .prepare(
            `UPDATE payment_events SET state = 'received', order_id = ?2, payment_id = ?3, looked_up_at = ?4, detail = NULL
             WHERE event_id = ?1 AND state = 'unmatched'`,
          )
          .bind(eventId, payment.orderId, payment.paymentId, rfc3339(now)),
      ]);
    },

    async leave(eventId, { state, detail }, now) {
      await db
        .update(paymentEvents)
        .set({ state, lookedUpAt: rfc3339(now), detail })
        .where(and(eq(paymentEvents.eventId, eventId), eq(paymentEvents.state, 'unmatched')));
    },

    async read(eventId) {
      const [row] = await db
        .select({ ...columns, body: paymentEvents.body })
        .from(paymentEvents)
        .where(eq(paymentEvents.eventId, eventId));
      if (row === undefined) return null;
      const { body, ...event } = row;
      return { event: toEvent(event), body };
    },

    async find(eventId) {
      const rows = await db.select(columns).from(paymentEvents).where(eq(paymentEvents.eventId, eventId));
      const [row] = rows;
      return row === undefined ? null : toEvent(row);
    },

    async list({ state, type, orderId, paymentId, from, to, after, limit }): Promise<StoredEvent[]> {
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
            type === null ? undefined : eq(paymentEvents.type, type),
            orderId === null ? undefined : eq(paymentEvents.orderId, orderId),
            paymentId === null ? undefined : eq(paymentEvents.paymentId, paymentId),
            from === null ? undefined : gte(receivedAt, from),
            to === null ? undefined : lt(receivedAt, to),
            beyond,
          ),
        )
        .orderBy(desc(receivedAt), desc(eventId))
        .limit(limit);
      return rows.map(toEvent);
    },

    notEnqueued: (before, limit) =>
      oldest(and(eq(paymentEvents.state, 'received'), lt(paymentEvents.receivedAt, rfc3339(before))), limit),

    async forget(before, limit) {
      const old = db
        .select({ eventId: paymentEvents.eventId })
        .from(paymentEvents)
        .where(
          and(
            lt(paymentEvents.receivedAt, rfc3339(before)),
            sql`${paymentEvents.state} NOT IN ('received', 'enqueued')`,
          ),
        )
        .limit(limit);
      const gone = await db
        .delete(paymentEvents)
        .where(sql`${paymentEvents.eventId} IN ${old}`)
        .returning({ eventId: paymentEvents.eventId });
      return gone.length;
    },
  };
}
