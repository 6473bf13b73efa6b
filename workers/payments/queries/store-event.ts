import { rfc3339 } from '#shared/time/time.ts';
import type { ProviderEvent, Stored, StoredEvent } from '../usecases/ports.ts';
import { recordPayment } from './registry.ts';

/** In place of the body of an event about a person who was erased. */
export const ERASED_BODY = '{"erased":true}';

/** Keeps an event once, with the order and payment that the registry knows for it, or else those it names itself. */
const INSERT = `
  INSERT INTO payment_events (event_id, provider, type, state, order_id, payment_id, charge_id, request_id, occurred_at,
    received_at, flags, body_digest, account, body)
  SELECT ?1, ?2, ?3,
    CASE WHEN ?4 = 0 THEN 'ignored' WHEN order_id IS NULL OR payment_id IS NULL THEN 'unmatched' ELSE 'received' END,
    order_id, payment_id, ?7, ?8, ?9, ?10, ?11, ?12, ?13, CASE WHEN of_erased THEN ?15 ELSE ?14 END
  FROM (
    SELECT COALESCE(known.order_id, ?5) AS order_id, COALESCE(known.payment_id, ?6) AS payment_id,
      known.person_erased_at IS NOT NULL OR ?13 IN (SELECT account FROM erased_accounts) AS of_erased
    FROM (SELECT 1) LEFT JOIN payments AS known
      ON known.payment_id = COALESCE(?6, (SELECT payment_id FROM payments WHERE charge_id = ?7))
  ) WHERE true
  ON CONFLICT (event_id) DO NOTHING RETURNING 1`;

const TOUCH = `
  UPDATE payments SET last_seen_at = ?1,
    charge_id = CASE WHEN ?4 < facts_at THEN COALESCE(charge_id, ?3) ELSE COALESCE(?3, charge_id) END
  WHERE payment_id = COALESCE(?2, (SELECT payment_id FROM payments WHERE charge_id = ?3))`;

interface Row {
  state: StoredEvent['state'];
  order_id: string | null;
  payment_id: string | null;
  request_id: string;
  received_at: string;
  enqueued_at: string | null;
  settled_at: string | null;
  attempts: number;
  detail: string | null;
  body_digest: string | null;
}

/** One round trip: the registry is mended with what the event shows, the event kept, and what is kept read back. */
export async function storeEvent(
  database: D1Database,
  event: ProviderEvent,
  requestId: string,
  now: number,
): Promise<Stored> {
  const { orderId, paymentId, chargeId } = event.about;
  const results = await database.batch<Partial<Row>>([
    event.payment === null
      ? database.prepare(TOUCH).bind(rfc3339(now), paymentId, chargeId, rfc3339(event.occurredAt))
      : recordPayment(database, event.payment, now, event.occurredAt),
    database
      .prepare(INSERT)
      .bind(
        event.eventId,
        event.provider,
        event.type,
        event.wakesOrder ? 1 : 0,
        orderId,
        paymentId,
        chargeId,
        requestId,
        rfc3339(event.occurredAt),
        rfc3339(now),
        event.flags.join(' '),
        event.bodyDigest,
        event.account,
        event.body,
        ERASED_BODY,
      ),
    database
      .prepare(
        `SELECT state, order_id, payment_id, request_id, received_at, enqueued_at, settled_at, attempts, detail, body_digest
         FROM payment_events WHERE event_id = ?`,
      )
      .bind(event.eventId),
  ]);
  const row = results[2]?.results[0] as Row | undefined;
  if (row === undefined) throw new Error(`event ${event.eventId} was not kept`);
  return {
    fresh: (results[1]?.results.length ?? 0) > 0,
    // What came another way than by webhook has none to compare with.
    sameBody: [row.body_digest, event.bodyDigest].includes(null) || row.body_digest === event.bodyDigest,
    event: {
      eventId: event.eventId,
      provider: event.provider,
      type: event.type,
      state: row.state,
      orderId: row.order_id,
      paymentId: row.payment_id,
      chargeId,
      requestId: row.request_id,
      occurredAt: rfc3339(event.occurredAt),
      receivedAt: row.received_at,
      enqueuedAt: row.enqueued_at,
      settledAt: row.settled_at,
      attempts: row.attempts,
      flags: [...event.flags],
      detail: row.detail,
    },
  };
}
