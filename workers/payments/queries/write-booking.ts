import { rfc3339 } from '#shared/time/time.ts';
import { BREACH_CODES } from '../ledger/check.ts';
import type { Booking } from '../usecases/ledger/ports.ts';
import { disputeStatement } from './disputes.ts';
import { closeFindings, putFinding } from './findings.ts';

/** Codes of findings that the ledger's own check raises, and takes back once they are no longer so. */
const CHECKED: readonly string[] = [...BREACH_CODES, 'missing_at_provider'];

/** `?2` marks the write: what follows it in the batch does nothing unless the guard has set this mark. */
const GUARD = `
  INSERT INTO ledger_payments (payment_id, written_by, provider, order_id, currency, opened_at, observed_at, authorised,
    captured, voided, open, refunded, disputed, charged_back, unsettled, unsettled_since, breaches)
  SELECT ?1, ?2, ?4, COALESCE(?5, (SELECT order_id FROM payment_events WHERE payment_id = ?1 AND order_id IS NOT NULL LIMIT 1)),
    ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, CASE ?16 WHEN 0 THEN NULL ELSE ?8 END, ?17 WHERE true
  ON CONFLICT (payment_id) DO UPDATE SET written_by = excluded.written_by,
    order_id = COALESCE(excluded.order_id, order_id), observed_at = excluded.observed_at,
    authorised = excluded.authorised, captured = excluded.captured, voided = excluded.voided, open = excluded.open,
    refunded = excluded.refunded, disputed = excluded.disputed, charged_back = excluded.charged_back,
    unsettled = excluded.unsettled, breaches = excluded.breaches,
    unsettled_since = CASE excluded.unsettled WHEN 0 THEN NULL ELSE COALESCE(unsettled_since, excluded.observed_at) END
  WHERE ledger_payments.written_by = ?3
  RETURNING 1`;

const IS_OURS = 'EXISTS (SELECT 1 FROM ledger_payments WHERE payment_id = ?1 AND written_by = ?2)';

const TRANSACTIONS = `
  INSERT INTO ledger_transactions (payment_id, transaction_key, order_id, kind, source, occurred_at, booked_at)
  SELECT ?1, value ->> 'key', ?4, value ->> 'kind', value ->> 'source', value ->> 'at', ?5 FROM json_each(?3) WHERE ${IS_OURS}`;

const ENTRIES = `
  INSERT INTO ledger_entries (payment_id, transaction_key, position, account, currency, amount)
  SELECT ?1, value ->> 'key', value ->> 'position', value ->> 'account', value ->> 'currency', value ->> 'amount'
  FROM json_each(?3) WHERE ${IS_OURS}`;

const MOVEMENTS = `
  INSERT INTO balance_transactions (transaction_id, provider, payment_id, order_id, category, source, payment_currency,
    currency, amount, fee, net, exchange_rate, occurred_at, available_at)
  SELECT value ->> 'id', ?4, ?1, ?5, value ->> 'category', value ->> 'source', ?6, value ->> 'currency', value ->> 'amount',
    value ->> 'fee', value ->> 'net', value ->> 'exchangeRate', value ->> 'at', value ->> 'availableAt'
  FROM json_each(?3) WHERE ${IS_OURS} ON CONFLICT (transaction_id) DO NOTHING`;

/** One batch: all of it is written or, when another write came between, nothing. */
export function bookingStatements(
  database: D1Database,
  { facts, missing, check, before, now }: Booking,
  mark: string,
): D1PreparedStatement[] {
  const { paymentId, orderId, provider, currency } = facts;
  const { figures, breaches, unsettled } = check;
  const ours = [paymentId, mark] as const;
  const entries = missing.flatMap(({ key, entries: each }) =>
    each.map((entry, position) => ({ key, position, ...entry })),
  );
  const booked = missing.map(({ key, kind, source, at }) => ({ key, kind, source, at: rfc3339(at) }));
  return [
    database
      .prepare(GUARD)
      .bind(
        ...ours,
        before.writtenBy ?? '',
        provider,
        orderId,
        currency,
        rfc3339(facts.createdAt),
        rfc3339(facts.observedAt),
        figures.authorised,
        figures.captured,
        figures.voided,
        figures.open,
        figures.refunded,
        figures.disputed,
        figures.chargedBack,
        unsettled,
        JSON.stringify(breaches),
      ),
    database.prepare(TRANSACTIONS).bind(...ours, JSON.stringify(booked), orderId, rfc3339(now)),
    database.prepare(ENTRIES).bind(...ours, JSON.stringify(entries)),
    database
      .prepare(MOVEMENTS)
      .bind(...ours, JSON.stringify(movementsOf(facts)), provider, orderId, currency),
    ...(facts.disputes.length === 0 ? [] : [disputeStatement(database, facts, ours, IS_OURS)]),
    database
      .prepare(`DELETE FROM ledger_due WHERE payment_id = ?1 AND asked_at = ?3 AND ${IS_OURS}`)
      .bind(...ours, before.askedAt),
    closeFindings(
      database,
      [paymentId],
      [
        ...CHECKED.filter((code) => !breaches.some((breach) => breach.code === code)),
        ...(unsettled === 0 ? ['never_settled'] : []),
      ],
      now,
    ),
    ...breaches.map(({ code, detail }) =>
      putFinding(database, { code, subject: paymentId, paymentId, orderId, detail }, null, now),
    ),
  ];
}

const movementsOf = ({ paymentId, charges, refunds, disputes, cardMoves = [] }: Booking['facts']) =>
  [
    ...charges.map(({ chargeId: source, transactions }) => ({ source, transactions })),
    ...refunds.map(({ refundId: source, transactions }) => ({ source, transactions })),
    ...disputes.map(({ disputeId: source, transactions }) => ({ source, transactions })),
    { source: paymentId, transactions: cardMoves.map(({ transaction }) => transaction) },
  ].flatMap(({ source, transactions }) =>
    transactions.map((each) => ({
      ...each,
      source,
      at: rfc3339(each.at),
      availableAt: rfc3339(each.availableAt),
    })),
  );
