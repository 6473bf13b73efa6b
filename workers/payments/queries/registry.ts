import { rfc3339 } from '#shared/time/time.ts';
import type { PaymentRegistry, RegisteredPayment } from '../usecases/ports.ts';

/**
 * Writes a payment down; what was known before stays known. `factsAt`: as of when the amount and the charge are told, so
 * that older news changes neither. Run alone or as part of a batch.
 */
export const recordPayment = (
  database: D1Database,
  payment: RegisteredPayment,
  now: number,
  factsAt = now,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO payments (payment_id, provider, order_id, customer_id, attempt, currency, amount, charge_id, created_at,
         last_seen_at, facts_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)
       ON CONFLICT (payment_id) DO UPDATE SET last_seen_at = excluded.last_seen_at,
         customer_id = COALESCE(excluded.customer_id, customer_id),
         amount = CASE WHEN excluded.facts_at < facts_at THEN amount ELSE excluded.amount END,
         charge_id = CASE WHEN excluded.facts_at < facts_at THEN COALESCE(charge_id, excluded.charge_id)
           ELSE COALESCE(excluded.charge_id, charge_id) END,
         facts_at = MAX(facts_at, excluded.facts_at)`,
    )
    .bind(
      payment.paymentId,
      payment.provider,
      payment.orderId,
      payment.customerId,
      payment.attempt,
      payment.currency,
      payment.amount,
      payment.chargeId,
      rfc3339(now),
      rfc3339(factsAt),
    );

/** The registry in `PAYMENTS_DB`. */
export function d1Registry(database: D1Database): PaymentRegistry {
  return {
    async record(payment, now) {
      await recordPayment(database, payment, now).run();
    },
  };
}
