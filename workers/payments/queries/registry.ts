import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { payments } from '#shared/db/payments.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { PaymentRegistry, RegisteredPayment } from '../usecases/ports.ts';

const columns = {
  paymentId: payments.paymentId,
  provider: payments.provider,
  orderId: payments.orderId,
  customerId: payments.customerId,
  attempt: payments.attempt,
  currency: payments.currency,
  amount: payments.amount,
  chargeId: payments.chargeId,
};

/** Writes a payment down; what was known before stays known. Run alone or as part of a batch. */
export const recordPayment = (
  database: D1Database,
  payment: RegisteredPayment,
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO payments (payment_id, provider, order_id, customer_id, attempt, currency, amount, charge_id, created_at,
         last_seen_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
       ON CONFLICT (payment_id) DO UPDATE SET last_seen_at = excluded.last_seen_at, amount = excluded.amount,
         customer_id = COALESCE(excluded.customer_id, customer_id), charge_id = COALESCE(excluded.charge_id, charge_id)`,
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
    );

/** The registry in `PAYMENTS_DB`. */
export function d1Registry(database: D1Database): PaymentRegistry {
  const db = drizzle(database);
  const first = async (where: ReturnType<typeof sql>): Promise<RegisteredPayment | null> =>
    (await db.select(columns).from(payments).where(where).limit(1))[0] ?? null;
  return {
    async record(payment, now) {
      await recordPayment(database, payment, now).run();
    },
    find: (paymentId) => first(sql`${eq(payments.paymentId, paymentId)}`),
    findByCharge: (chargeId) => first(sql`${eq(payments.chargeId, chargeId)}`),
  };
}
