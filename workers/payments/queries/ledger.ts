import { DAY_MS, HOUR_MS, MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import type { Account, LedgerTransaction, TransactionKind } from '../ledger/accounts.ts';
import type { Breach } from '../ledger/check.ts';
import type { Booked, LedgerStore, PaymentLedger } from '../usecases/ledger/ports.ts';
import { putFinding } from './findings.ts';
import { bookingStatements } from './write-booking.ts';

/** How long a promise waits after its n-th message, before the sweeper sends another one. */
const PUT_OFF_MS = [5 * MINUTE_MS, 30 * MINUTE_MS, 3 * HOUR_MS, DAY_MS] as const;

const ENTRIES = `SELECT t.payment_id, t.transaction_key, t.kind, t.source, t.occurred_at, e.account, e.currency, e.amount
  FROM ledger_transactions AS t JOIN ledger_entries AS e USING (payment_id, transaction_key)
  WHERE t.payment_id IN (SELECT value FROM json_each(?)) ORDER BY t.payment_id, t.transaction_key, e.position`;

interface EntryRow {
  payment_id: string;
  transaction_key: string;
  kind: TransactionKind;
  source: string;
  occurred_at: string;
  account: Account;
  currency: string;
  amount: number;
}

/** The ledger in `PAYMENTS_DB`. */
export function d1Ledger(database: D1Database): LedgerStore {
  return {
    async ask(paymentIds, now) {
      await database
        .prepare(
          `INSERT INTO ledger_due (payment_id, asked_at, due_at) SELECT value, ?2, ?2 FROM json_each(?1) WHERE true
           ON CONFLICT (payment_id) DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at, attempts = 0`,
        )
        .bind(JSON.stringify(paymentIds), rfc3339(now))
        .run();
    },

    async read(paymentId): Promise<Booked> {
      const [due, row, entries] = await database.batch<Record<string, unknown>>([
        database.prepare('SELECT asked_at FROM ledger_due WHERE payment_id = ?').bind(paymentId),
        database
          .prepare('SELECT observed_at, written_by FROM ledger_payments WHERE payment_id = ?')
          .bind(paymentId),
        database.prepare(ENTRIES).bind(JSON.stringify([paymentId])),
      ]);
      const last = row?.results[0] as { observed_at: string; written_by: string } | undefined;
      return {
        askedAt: (due?.results[0] as { asked_at: string } | undefined)?.asked_at ?? null,
        observedAt: last === undefined ? null : Date.parse(last.observed_at),
        writtenBy: last?.written_by ?? null,
        transactions: transactionsOf((entries?.results ?? []) as unknown as EntryRow[]),
      };
    },

    async write(booking) {
      const mark = crypto.randomUUID();
      const [guard] = await database.batch(bookingStatements(database, booking, mark));
      return guard?.results.length === 1;
    },

    async giveUp(paymentId, askedAt, detail, now) {
      await database.batch([
        putFinding(
          database,
          { code: 'missing_at_provider', subject: paymentId, paymentId, orderId: null, detail },
          null,
          now,
        ),
        database
          .prepare('DELETE FROM ledger_due WHERE payment_id = ? AND asked_at = ?')
          .bind(paymentId, askedAt),
      ]);
    },

    async takeDue(before, limit) {
      const later = PUT_OFF_MS.map((ms, attempt) => `WHEN ${attempt} THEN ${ms / 1000}`).join(' ');
      const { results } = await database
        .prepare(
          `UPDATE ledger_due SET attempts = attempts + 1, due_at = strftime('%Y-%m-%dT%H:%M:%fZ', ?1,
             '+' || (CASE MIN(attempts, ${PUT_OFF_MS.length - 1}) ${later} END) || ' seconds')
           WHERE payment_id IN (SELECT payment_id FROM ledger_due WHERE due_at < ?1 ORDER BY due_at, payment_id LIMIT ?2)
           RETURNING payment_id`,
        )
        .bind(rfc3339(before), limit)
        .all<{ payment_id: string }>();
      return results.map((row) => row.payment_id);
    },

    async list({ orderId, paymentId, after, limit }) {
      const { results } = await database
        .prepare(
          `SELECT * FROM ledger_payments WHERE ${orderId === null ? 'payment_id' : 'order_id'} = ?1 AND payment_id > ?2
             AND (?3 IS NULL OR payment_id = ?3) ORDER BY payment_id LIMIT ?4`,
        )
        .bind(orderId ?? paymentId, after ?? '', paymentId, limit)
        .all<LedgerRow>();
      if (results.length === 0) return [];
      const entries = await database
        .prepare(ENTRIES)
        .bind(JSON.stringify(results.map((row) => row.payment_id)))
        .all<EntryRow>();
      return results.map((row) =>
        toLedger(row, transactionsOf(entries.results.filter((entry) => entry.payment_id === row.payment_id))),
      );
    },
  };
}

interface LedgerRow {
  payment_id: string;
  provider: string;
  order_id: string | null;
  currency: string;
  opened_at: string;
  observed_at: string;
  authorised: number;
  captured: number;
  voided: number;
  open: number;
  refunded: number;
  disputed: number;
  charged_back: number;
  unsettled: number;
  breaches: string;
}

const toLedger = (row: LedgerRow, transactions: LedgerTransaction[]): PaymentLedger => ({
  paymentId: row.payment_id,
  provider: row.provider,
  orderId: row.order_id,
  currency: row.currency,
  openedAt: row.opened_at,
  observedAt: row.observed_at,
  figures: {
    authorised: row.authorised,
    captured: row.captured,
    voided: row.voided,
    open: row.open,
    refunded: row.refunded,
    disputed: row.disputed,
    chargedBack: row.charged_back,
  },
  unsettled: row.unsettled,
  breaches: JSON.parse(row.breaches) as Breach[],
  transactions: transactions.toSorted((a, b) => a.at - b.at),
});

function transactionsOf(rows: readonly EntryRow[]): LedgerTransaction[] {
  const found = new Map<string, LedgerTransaction>();
  for (const { transaction_key: key, kind, source, occurred_at: at, account, currency, amount } of rows) {
    const transaction = found.get(key) ?? { key, kind, source, at: Date.parse(at), entries: [] };
    transaction.entries.push({ account, currency, amount });
    found.set(key, transaction);
  }
  return [...found.values()];
}
