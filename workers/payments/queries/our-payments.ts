import { rfc3339 } from '#shared/time/time.ts';
import type { OurPayment, OurPayments } from '../usecases/reconcile/ports.ts';

const OURS = `SELECT registered.payment_id AS paymentId, registered.order_id AS orderId, registered.currency, registered.amount,
  ledger.captured, ledger.open FROM payments AS registered LEFT JOIN ledger_payments AS ledger USING (payment_id)`;

/** Registry, ledger and inbox in `PAYMENTS_DB`, as a reconciliation needs them. */
export function d1OurPayments(database: D1Database): OurPayments {
  const rows = async <Row>(sql: string, ...values: unknown[]): Promise<Row[]> =>
    (
      await database
        .prepare(sql)
        .bind(...values)
        .all<Row>()
    ).results;
  return {
    async missingEvents(eventIds) {
      const found = await rows<{ id: string }>(
        `SELECT value AS id FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM payment_events WHERE event_id = value)`,
        JSON.stringify(eventIds),
      );
      return new Set(found.map(({ id }) => id));
    },

    async listed(paymentIds, now) {
      const ids = JSON.stringify(paymentIds);
      const [, found] = await database.batch<OurPayment>([
        database
          .prepare(
            'UPDATE payments SET last_seen_at = ?2 WHERE payment_id IN (SELECT value FROM json_each(?1))',
          )
          .bind(ids, rfc3339(now)),
        database.prepare(`${OURS} WHERE registered.payment_id IN (SELECT value FROM json_each(?))`).bind(ids),
      ]);
      return new Map((found?.results ?? []).map((row) => [row.paymentId, row]));
    },

    unlisted: ({ from, to }, since, after, limit) =>
      rows<OurPayment>(
        `${OURS} WHERE registered.created_at >= ?1 AND registered.created_at < ?2 AND registered.last_seen_at < ?3
           AND registered.payment_id > ?4 ORDER BY registered.payment_id LIMIT ?5`,
        rfc3339(from),
        rfc3339(to),
        rfc3339(since),
        after ?? '',
        limit,
      ),

    // One that came back is booked as made before: it is known only when that it failed is booked too.
    async bookedRefunds(refunds) {
      const found = await rows<{ id: string }>(
        `SELECT value ->> 'id' AS id FROM json_each(?) WHERE EXISTS (SELECT 1 FROM ledger_transactions
           WHERE payment_id = value ->> 'paymentId' AND source = value ->> 'id'
             AND kind = CASE value ->> 'state' WHEN 'failed' THEN 'refund_failed' ELSE 'refund_made' END)`,
        JSON.stringify(refunds),
      );
      return new Set(found.map(({ id }) => id));
    },

    async bookedDisputes(disputes) {
      const found = await rows<{ id: string }>(
        `SELECT value ->> 'id' AS id FROM json_each(?) WHERE EXISTS (SELECT 1 FROM payment_disputes
           WHERE dispute_id = value ->> 'id' AND state = value ->> 'state')`,
        JSON.stringify(disputes),
      );
      return new Set(found.map(({ id }) => id));
    },

    unsettled: (since, after, limit) =>
      rows(
        `SELECT payment_id AS paymentId, order_id AS orderId, currency, NULL AS amount, captured, open, unsettled,
           unsettled_since AS since FROM ledger_payments WHERE unsettled_since < ?1 AND payment_id > ?2
         ORDER BY payment_id LIMIT ?3`,
        rfc3339(since),
        after ?? '',
        limit,
      ),

    unheard: ({ from, to }, after, limit) =>
      rows(
        `SELECT event_id AS eventId, type, state, order_id AS orderId, payment_id AS paymentId, detail FROM payment_events
         WHERE (state = 'failed' OR (state = 'unmatched' AND looked_up_at IS NOT NULL)) AND received_at >= ?1 AND received_at < ?2 AND event_id > ?3
         ORDER BY event_id LIMIT ?4`,
        rfc3339(from),
        rfc3339(to),
        after ?? '',
        limit,
      ),
  };
}
