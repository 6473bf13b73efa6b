import type { InstanceQuote } from '#shared/contracts/http/instance-changes.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { ChangeOrigin } from '#shared/contracts/instance-changes.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import { DAY_MS } from '#shared/time/time.ts';

/** A price promised for a change of an instance, and the order it becomes. */
export interface StoredQuote {
  customerId: string;
  shown: InstanceQuote;
  priced: PricedOrder;
  changeOf: ChangeOrigin;
  request: Pick<PlaceOrder, 'currency' | 'lines' | 'destination'>;
  /** Epoch milliseconds. */
  expiresAt: number;
}

export interface QuoteStore {
  /** Drops some that nobody can mean any more. */
  keep(quote: StoredQuote, now: number): Promise<void>;
  /** The customer's quote and the one order it is accepted with, which is the first; null: it expired before any. */
  accept(
    asked: { id: string; customerId: string; orderId: string },
    now: number,
  ): Promise<{ quote: StoredQuote; orderId: string | null } | null>;
}

/** Longer than an Idempotency-Key: a repeat finds its quote. */
const KEPT_MS = 2 * DAY_MS;
const DROP = `DELETE FROM instance_quotes WHERE id IN
  (SELECT id FROM instance_quotes WHERE expires_at <= ? LIMIT 100)`;
const KEEP = 'INSERT INTO instance_quotes (id, customer_id, document, expires_at) VALUES (?, ?, ?, ?)';
const ACCEPT = `UPDATE instance_quotes SET order_id = ?
  WHERE id = ? AND customer_id = ? AND order_id IS NULL AND expires_at > ?`;
const FIND = 'SELECT document, order_id FROM instance_quotes WHERE id = ? AND customer_id = ?';

export const quoteStore = (database: D1Database): QuoteStore => ({
  async keep(quote, now) {
    const { customerId, shown, expiresAt } = quote;
    await database.batch([
      database.prepare(DROP).bind(now - KEPT_MS),
      database.prepare(KEEP).bind(shown.id, customerId, JSON.stringify(quote), expiresAt),
    ]);
  },
  async accept({ id, customerId, orderId }, now) {
    const [, found] = await database.batch<{ document: string; order_id: string | null }>([
      database.prepare(ACCEPT).bind(orderId, id, customerId, now),
      database.prepare(FIND).bind(id, customerId),
    ]);
    const [row] = found?.results ?? [];
    if (row === undefined) return null;
    return { quote: JSON.parse(row.document) as StoredQuote, orderId: row.order_id };
  },
});
