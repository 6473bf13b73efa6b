import { cut } from '#shared/privacy/sections.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { ErasureObstacle } from '#shared/contracts/privacy.ts';
import { NO_DEADLINE } from './disputes.ts';
import { ERASED_BODY } from './store-event.ts';

interface PaymentRow {
  paymentId: string;
  orderId: string;
  attempt: number;
  currency: string;
  amount: number;
  createdAt: string;
  captured: number | null;
  refunded: number | null;
  chargedBack: number | null;
}
interface DisputeRow {
  disputeId: string;
  paymentId: string;
  orderId: string | null;
  currency: string;
  amount: number;
  state: string;
  reason: string;
  openedAt: string;
  dueBy: string;
}
interface EventRow {
  eventId: string;
  type: string;
  occurredAt: string;
  body: string;
}

const PAGE = 50;
/** Bodies are large: up to some hundred kilobytes each. */
const EVENTS_PAGE = 10;

/** Events about a person: of their payments, and of whom the provider knows them as. */
const ABOUT = `(payment_id IN (SELECT payment_id FROM payments WHERE customer_id = ?1)
  OR account IN (SELECT account FROM provider_customers WHERE customer_id = ?1 AND account IS NOT NULL
    UNION SELECT account FROM former_accounts WHERE customer_id = ?1))`;

/** What `PAYMENTS_DB` holds about a person, in pages. `after`: the last id of the page before. */
export const d1Persons = (database: D1Database) => ({
  async payments(customerId: string, after: string | null) {
    const { results } = await database
      .prepare(
        `SELECT payments.payment_id AS paymentId, payments.order_id AS orderId, attempt, payments.currency, amount,
           created_at AS createdAt, captured, refunded, charged_back AS chargedBack
         FROM payments LEFT JOIN ledger_payments USING (payment_id)
         WHERE customer_id = ? AND payments.payment_id > ? ORDER BY payments.payment_id LIMIT ?`,
      )
      .bind(customerId, after ?? '', PAGE + 1)
      .all<PaymentRow>();
    return cut(results, PAGE, ({ paymentId }) => paymentId);
  },

  async disputes(customerId: string, after: string | null) {
    const { results } = await database
      .prepare(
        `SELECT dispute_id AS disputeId, payment_id AS paymentId, order_id AS orderId, currency, amount, state, reason,
           opened_at AS openedAt, due_by AS dueBy
         FROM payment_disputes
         WHERE payment_id IN (SELECT payment_id FROM payments WHERE customer_id = ?) AND dispute_id > ?
         ORDER BY dispute_id LIMIT ?`,
      )
      .bind(customerId, after ?? '', PAGE + 1)
      .all<DisputeRow>();
    const { rows, next } = cut(results, PAGE, ({ disputeId }) => disputeId);
    const shown = rows.map((row) => ({ ...row, dueBy: row.dueBy === NO_DEADLINE ? null : row.dueBy }));
    return { rows: shown, next };
  },

  async events(customerId: string, after: string | null) {
    const { results } = await database
      .prepare(
        `SELECT event_id AS eventId, type, occurred_at AS occurredAt, body FROM payment_events
         WHERE ${ABOUT} AND event_id > ?2 ORDER BY event_id LIMIT ?3`,
      )
      .bind(customerId, after ?? '', EVENTS_PAGE + 1)
      .all<EventRow>();
    return cut(results, EVENTS_PAGE, ({ eventId }) => eventId);
  },

  /** Payments whose disputes are not decided. */
  async openDisputes(customerId: string, limit: number): Promise<ErasureObstacle[]> {
    const { results } = await database
      .prepare(
        `SELECT DISTINCT payment_id AS subject FROM payment_disputes
         WHERE payment_id IN (SELECT payment_id FROM payments WHERE customer_id = ?) AND state IN ('warning', 'open')
         ORDER BY payment_id LIMIT ?`,
      )
      .bind(customerId, limit)
      .all<{ subject: string }>();
    return results.map(({ subject }) => ({ code: 'dispute_open', subject }));
  },

  /** Whom the provider knew them as, before somebody deleted him there. */
  async formerAccounts(customerId: string): Promise<string[]> {
    const { results } = await database
      .prepare('SELECT account FROM former_accounts WHERE customer_id = ?')
      .bind(customerId)
      .all<{ account: string }>();
    return results.map(({ account }) => account);
  },

  /** The accounts are about to be deleted, or were: what is still told of them is kept without its words. Safe to repeat. */
  async markErased(accounts: readonly string[], now: number): Promise<void> {
    await database
      .prepare(
        `INSERT INTO erased_accounts (account, erased_at) SELECT value, ?2 FROM json_each(?1) WHERE true
         ON CONFLICT DO NOTHING`,
      )
      .bind(JSON.stringify(accounts), rfc3339(now))
      .run();
  },

  /** The accounts are deleted; another one that stands there by now stays. */
  async dropAccounts(customerId: string, accounts: readonly string[]): Promise<void> {
    await database.batch(
      ['provider_customers', 'former_accounts'].map((table) =>
        database
          .prepare(
            `DELETE FROM ${table} WHERE customer_id = ? AND account IN (SELECT value FROM json_each(?))`,
          )
          .bind(customerId, JSON.stringify(accounts)),
      ),
    );
  },

  /** What of theirs stays in the books. */
  async booked(customerId: string): Promise<{ payments: boolean; disputes: boolean }> {
    const row = await database
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM payments WHERE customer_id = ?1) AS payments,
           EXISTS (SELECT 1 FROM payment_disputes
             WHERE payment_id IN (SELECT payment_id FROM payments WHERE customer_id = ?1)) AS disputes`,
      )
      .bind(customerId)
      .first<{ payments: number; disputes: number }>();
    return { payments: row?.payments === 1, disputes: row?.disputes === 1 };
  },

  /**
   * What was and will be told of the person's payments keeps no words: the events' bodies go, and those still to come are
   * never written. `accounts`: whom the provider knows and knew them as. Counts what was there.
   */
  async wipeEvents(
    customerId: string,
    accounts: readonly string[],
    now: number,
  ): Promise<{ payments: number; events: number }> {
    const known = JSON.stringify(accounts);
    const [, payments, events] = await database.batch([
      // A payment the provider told of first has no customer yet.
      database
        .prepare(
          `UPDATE payments SET customer_id = ?1 WHERE customer_id IS NULL
             AND payment_id IN (SELECT payment_id FROM payment_events
               WHERE account IN (SELECT value FROM json_each(?2)) AND payment_id IS NOT NULL)`,
        )
        .bind(customerId, known),
      database
        .prepare(
          'UPDATE payments SET person_erased_at = ?2 WHERE customer_id = ?1 AND person_erased_at IS NULL',
        )
        .bind(customerId, rfc3339(now)),
      database
        .prepare(
          `UPDATE payment_events SET body = ?2, detail = NULL
           WHERE (payment_id IN (SELECT payment_id FROM payments WHERE customer_id = ?1)
               OR account IN (SELECT value FROM json_each(?3)))
             AND (body <> ?2 OR detail IS NOT NULL)`,
        )
        .bind(customerId, ERASED_BODY, known),
    ]);
    return { payments: payments?.meta.changes ?? 0, events: events?.meta.changes ?? 0 };
  },
});
export type Persons = ReturnType<typeof d1Persons>;
