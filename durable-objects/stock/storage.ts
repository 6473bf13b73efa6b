import { LOW_STOCK_THRESHOLD_DEFAULT, MAIN_LOCATION, type StockLevel } from '#shared/contracts/http/stock.ts';
import { availableOf, type Hold, type Level } from './machine.ts';

export interface LevelRow extends Level {
  sku: string;
  /** Increases with each change. */
  sequence: number;
  declaredSequence: number;
}

/** The tables of a `Stock` object. Exists only once its SKU is declared. */
export class StockStorage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Asks without creating anything. */
  exists(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'level'").toArray().length > 0;
  }

  level(): LevelRow | null {
    const row = this.#sql
      .exec<{
        sku: string;
        on_hand: number;
        held: number;
        sequence: number;
        declared_sequence: number;
      }>('SELECT sku, on_hand, held, sequence, declared_sequence FROM level')
      .toArray()[0];
    if (row === undefined) return null;
    const { sku, held, sequence } = row;
    return { sku, held, sequence, onHand: row.on_hand, declaredSequence: row.declared_sequence };
  }

  create(sku: string): void {
    this.#sql.exec('INSERT INTO level VALUES (1, ?, 0, 0, 0, 0, 0) ON CONFLICT (id) DO NOTHING', sku);
  }

  setLevel(level: Level): void {
    this.#sql.exec(
      'UPDATE level SET on_hand = ?, held = ?, sequence = sequence + 1',
      level.onHand,
      level.held,
    );
  }

  setDeclared(sequence: number): void {
    this.#sql.exec('UPDATE level SET declared_sequence = ?', sequence);
  }

  /** True for the caller that may queue the one announcement of all changes until it is sent. */
  claimAnnouncement(): boolean {
    return (
      this.#sql.exec('UPDATE level SET announcing = 1 WHERE announcing = 0 RETURNING id').toArray().length > 0
    );
  }

  startAnnouncement(): void {
    this.#sql.exec('UPDATE level SET announcing = 0');
  }

  holdsOf(orderId: string): Hold[] {
    return this.#sql
      .exec<{ line_id: string; quantity: number; state: Hold['state'] }>(
        'SELECT line_id, quantity, state FROM holds WHERE order_id = ?',
        orderId,
      )
      .toArray()
      .map((row) => ({ lineId: row.line_id, quantity: row.quantity, state: row.state }));
  }

  saveHolds(orderId: string, holds: readonly Hold[], expiresAt: number, now: number): void {
    for (const { lineId, quantity, state } of holds) {
      this.#sql.exec(
        `INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (order_id, line_id) DO UPDATE
         SET quantity = excluded.quantity, state = excluded.state, expires_at = excluded.expires_at,
             changed_at = excluded.changed_at`,
        orderId,
        lineId,
        quantity,
        state,
        expiresAt,
        now,
      );
    }
  }

  retimeHolds(orderId: string, expiresAt: number): void {
    this.#sql.exec(
      "UPDATE holds SET expires_at = ?2 WHERE order_id = ?1 AND state = 'held'",
      orderId,
      expiresAt,
    );
  }

  /** At most `limit` holds that ran out, oldest first. */
  expiredHolds(now: number, limit: number): (Hold & { orderId: string })[] {
    return this.#sql
      .exec<{ order_id: string; line_id: string; quantity: number }>(
        "SELECT order_id, line_id, quantity FROM holds WHERE state = 'held' AND expires_at <= ? ORDER BY expires_at LIMIT ?",
        now,
        limit,
      )
      .toArray()
      .map((row) => ({
        orderId: row.order_id,
        lineId: row.line_id,
        quantity: row.quantity,
        state: 'held' as const,
      }));
  }

  /** When the next hold runs out or the next ended one has been remembered for long enough. */
  nextExpiry(endedKeptMs: number): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(at) AS at FROM (
           SELECT min(expires_at) AS at FROM holds WHERE state = 'held'
           UNION ALL SELECT min(changed_at) + ?1 FROM holds WHERE state IN ('expired', 'released', 'returned')
           UNION ALL SELECT min(at) + ?1 FROM closed_orders)`,
        endedKeptMs,
      )
      .one().at;
  }

  /** An order that gave everything back may not take again: a delayed request of its own would leak units. */
  closeOrder(orderId: string, now: number): void {
    this.#sql.exec('INSERT INTO closed_orders VALUES (?, ?) ON CONFLICT DO NOTHING', orderId, now);
  }

  isClosed(orderId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM closed_orders WHERE order_id = ?', orderId).toArray().length > 0;
  }

  /** Forgets what ended before `before`. Sold units are kept for as long as they may come back. */
  forgetEnded(before: number): void {
    this.#sql.exec(
      "DELETE FROM holds WHERE state IN ('expired', 'released', 'returned') AND changed_at <= ?",
      before,
    );
    this.#sql.exec('DELETE FROM closed_orders WHERE at <= ?', before);
  }
}

export function publicLevel(row: LevelRow): StockLevel {
  const { onHand, held } = row;
  const available = availableOf(row);
  return {
    sku: row.sku,
    onHand,
    held,
    available,
    availability:
      available === 0 ? 'out_of_stock' : available <= LOW_STOCK_THRESHOLD_DEFAULT ? 'low_stock' : 'in_stock',
    lowStockThreshold: LOW_STOCK_THRESHOLD_DEFAULT,
    backorder: { limit: 0, open: 0, expectedAt: null },
    locations: [{ code: MAIN_LOCATION, priority: 0, onHand, held, available }],
    shards: [],
    version: 1,
    sequence: row.sequence,
  };
}
