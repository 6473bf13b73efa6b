import type { CartDocument } from './machine/document.ts';
import type { Placing } from './machine/checkout.ts';

/** A line put in under an `Idempotency-Key`. */
export interface AddedLine {
  fingerprint: string;
  lineId: string;
}
/** An order asked for under an `Idempotency-Key`. */
export interface KeptCheckout {
  fingerprint: string;
  placing: Placing;
}

/** The tables of a `Cart` object. They exist only once a cart was opened under its id. */
export class CartStorage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Asks without creating anything. */
  exists(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'cart_document'").toArray().length > 0;
  }

  document(): CartDocument | null {
    if (!this.exists()) return null;
    const row = this.#sql.exec<{ document: string }>('SELECT document FROM cart_document').toArray()[0];
    return row === undefined ? null : (JSON.parse(row.document) as CartDocument);
  }

  saveDocument(document: CartDocument): void {
    this.#sql.exec(
      'INSERT INTO cart_document VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document',
      JSON.stringify(document),
    );
  }

  addedLine(key: string): AddedLine | null {
    const row = this.#sql
      .exec<{ fingerprint: string; line_id: string }>(
        'SELECT fingerprint, line_id FROM added_lines WHERE key = ?',
        key,
      )
      .toArray()[0];
    return row === undefined ? null : { fingerprint: row.fingerprint, lineId: row.line_id };
  }

  saveAddedLine(key: string, { fingerprint, lineId }: AddedLine, at: number): void {
    this.#sql.exec('INSERT INTO added_lines VALUES (?, ?, ?, ?)', key, fingerprint, lineId, at);
  }

  checkout(key: string): KeptCheckout | null {
    return this.#checkout('key', key);
  }

  checkoutOf(orderId: string): KeptCheckout | null {
    return this.#checkout('order_id', orderId);
  }

  saveCheckout(key: string, { fingerprint, placing }: KeptCheckout, at: number): void {
    const text = JSON.stringify(placing);
    this.#sql.exec(
      'INSERT INTO checkouts VALUES (?, ?, ?, ?, ?)',
      key,
      fingerprint,
      placing.orderId,
      text,
      at,
    );
  }

  /** Forgets keys from before `before` (epoch ms), but for that of the order `except`. */
  forgetKeys(before: number, except: string | null): void {
    this.#sql.exec('DELETE FROM added_lines WHERE at < ?', before);
    this.#sql.exec('DELETE FROM checkouts WHERE at < ? AND order_id IS NOT ?', before, except);
  }

  #checkout(column: 'key' | 'order_id', value: string): KeptCheckout | null {
    const row = this.#sql
      .exec<{ fingerprint: string; placing: string }>(
        `SELECT fingerprint, placing FROM checkouts WHERE ${column} = ?`,
        value,
      )
      .toArray()[0];
    return row === undefined
      ? null
      : { fingerprint: row.fingerprint, placing: JSON.parse(row.placing) as Placing };
  }
}
