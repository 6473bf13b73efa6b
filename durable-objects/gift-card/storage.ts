import type { GiftCardEntry, GiftCardEntryKind, GiftCardRecipient } from '#shared/contracts/gift-cards.ts';
import type { Currency } from '#shared/money/money.ts';

/** What the object keeps of its card; `currency` null: it was withdrawn before there was one. */
export interface CardRow {
  cardId: string;
  currency: Currency | null;
  codeKey: string | null;
  balance: number;
  held: number;
  validDays: number | null;
  activeAt: number | null;
  expiresAt: number | null;
  withdrawnAt: number | null;
  shutByOrder: number;
  orderRound: number;
  shutByStaff: number;
  recipient: GiftCardRecipient | null;
  version: number;
  /** The last entry that the lists know. */
  told: number;
}
export interface PaymentRow {
  paymentId: string;
  orderId: string;
  attempt: number;
  amount: number;
  captured: number;
  released: number;
  refunded: number;
  /** When it was held; 0: before that was kept. */
  at: number;
}
/** A payment that changed since the lists were told; `revision` counts its changes. */
export interface ToldPayment {
  paymentId: string;
  revision: number;
}
export type NewEntry = Omit<GiftCardEntry, 'sequence'> & { key: string; paymentId: string | null };

type RawCard = Record<string, string | number | null> & { recipient: string | null };
const CARD = `SELECT card_id AS cardId, currency, code_key AS codeKey, balance, held, valid_days AS validDays,
  active_at AS activeAt, expires_at AS expiresAt, withdrawn_at AS withdrawnAt, shut_by_order AS shutByOrder,
  order_round AS orderRound, shut_by_staff AS shutByStaff, recipient, version, told FROM card`;
const PAYMENT = `SELECT payment_id AS paymentId, order_id AS orderId, attempt, amount, captured, released, refunded, at
  FROM payments WHERE payment_id = ?`;
const ENTRY = `SELECT sequence, kind, amount, order_id AS orderId, by_id AS byId, reason, at FROM entries`;
/** Entries told to the lists at once. */
export const TOLD_MAX = 50;

/** Statements over the object's own tables. Whoever calls them keeps them in one transaction. */
export class CardStorage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  card(): CardRow | null {
    const row = this.#sql.exec<RawCard>(CARD).toArray()[0];
    if (row === undefined) return null;
    const recipient = row.recipient === null ? null : (JSON.parse(row.recipient) as GiftCardRecipient);
    return { ...(row as unknown as CardRow), recipient };
  }

  create(card: Pick<CardRow, 'cardId' | 'currency' | 'codeKey' | 'validDays' | 'recipient'>): void {
    this.#sql.exec(
      'INSERT INTO card (one, card_id, currency, code_key, valid_days, recipient) VALUES (1, ?, ?, ?, ?, ?)',
      card.cardId,
      card.currency,
      card.codeKey,
      card.validDays,
      card.recipient === null ? null : JSON.stringify(card.recipient),
    );
  }

  /** Each change is a further version. */
  save(card: CardRow): void {
    this.#sql.exec(
      `UPDATE card SET balance = ?, held = ?, active_at = ?, expires_at = ?, withdrawn_at = ?, shut_by_order = ?,
         order_round = ?, shut_by_staff = ?, recipient = ?, version = version + 1`,
      card.balance,
      card.held,
      card.activeAt,
      card.expiresAt,
      card.withdrawnAt,
      card.shutByOrder,
      card.orderRound,
      card.shutByStaff,
      card.recipient === null ? null : JSON.stringify(card.recipient),
    );
  }

  told(sequence: number): void {
    this.#sql.exec('UPDATE card SET told = max(told, ?)', sequence);
  }

  entry(key: string): Pick<NewEntry, 'kind' | 'amount' | 'reason'> | null {
    const rows = this.#sql
      .exec<{
        kind: GiftCardEntryKind;
        amount: number;
        reason: string;
      }>('SELECT kind, amount, reason FROM entries WHERE key = ?', key)
      .toArray();
    return rows[0] ?? null;
  }
  isDone(key: string): boolean {
    return this.entry(key) !== null;
  }

  /** Writes what happened down, once a key. */
  enter({ key, kind, amount, paymentId, orderId, byId, reason, at }: NewEntry): void {
    this.#sql.exec(
      `INSERT INTO entries (key, kind, amount, payment_id, order_id, by_id, reason, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      key,
      kind,
      amount,
      paymentId,
      orderId,
      byId,
      reason,
      at,
    );
  }

  entriesAfter(sequence: number): GiftCardEntry[] {
    return this.#sql
      .exec<Record<keyof GiftCardEntry, string | number | null>>(
        `${ENTRY} WHERE sequence > ? ORDER BY sequence LIMIT ?`,
        sequence,
        TOLD_MAX,
      )
      .toArray() as unknown as GiftCardEntry[];
  }

  payment(paymentId: string): PaymentRow | null {
    const [row] = this.#sql.exec<Record<keyof PaymentRow, string | number>>(PAYMENT, paymentId).toArray();
    // A copy: it is changed before it is kept.
    return row === undefined ? null : ({ ...row } as unknown as PaymentRow);
  }

  savePayment(row: PaymentRow): void {
    this.#sql.exec(
      `INSERT INTO payments (payment_id, order_id, attempt, amount, captured, released, refunded, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (payment_id) DO UPDATE
       SET captured = excluded.captured, released = excluded.released, refunded = excluded.refunded, revision = revision + 1`,
      row.paymentId,
      row.orderId,
      row.attempt,
      row.amount,
      row.captured,
      row.released,
      row.refunded,
      row.at,
    );
  }

  /** What changed since it was told; what held nothing has nothing to tell. */
  paymentsToTell(): ToldPayment[] {
    return this.#sql
      .exec<Record<keyof ToldPayment, string | number>>(
        `SELECT payment_id AS paymentId, revision FROM payments WHERE told < revision AND amount > 0
         ORDER BY payment_id LIMIT ?`,
        TOLD_MAX,
      )
      .toArray() as unknown as ToldPayment[];
  }
  /** A change after what was told is still to be told. */
  toldPayment({ paymentId, revision }: ToldPayment): void {
    this.#sql.exec('UPDATE payments SET told = max(told, ?) WHERE payment_id = ?', revision, paymentId);
  }

  /** What moved the money of a payment; null: of none, which is the card's own. Oldest first. */
  movesOf(paymentId: string | null): GiftCardEntry[] {
    return this.#sql
      .exec<Record<keyof GiftCardEntry, string | number | null>>(
        `${ENTRY} WHERE payment_id IS ? AND amount <> 0 ORDER BY sequence`,
        paymentId,
      )
      .toArray() as unknown as GiftCardEntry[];
  }

  /** Newest first, by the names they were asked for under. */
  refundsOf(paymentId: string): { key: string; amount: number }[] {
    const kind: GiftCardEntryKind = 'credited';
    return this.#sql
      .exec<{ key: string; amount: number }>(
        'SELECT key, amount FROM entries WHERE payment_id = ? AND kind = ? ORDER BY sequence DESC',
        paymentId,
        kind,
      )
      .toArray();
  }
}
