import {
  LOW_STOCK_THRESHOLD_DEFAULT,
  MAIN_LOCATION,
  type StockMovement,
} from '#shared/contracts/http/stock.ts';
import { rfc3339 } from '#shared/time/time.ts';
import {
  heldOf,
  type Hold,
  isWaiting,
  missingOf,
  type Move,
  onHandOf,
  type Place,
  type Shelf,
} from './machine.ts';

export interface Settings {
  shards: number;
  lowStockThreshold: number;
  backorderLimit: number;
  /** Epoch milliseconds; null: nobody said. */
  backorderExpectedAt: number | null;
}
export const DEFAULT_SETTINGS: Settings = {
  shards: 1,
  lowStockThreshold: LOW_STOCK_THRESHOLD_DEFAULT,
  backorderLimit: 0,
  backorderExpectedAt: null,
};
export interface LevelRow {
  sku: string;
  /** Increases with each change of units. */
  sequence: number;
  declaredSequence: number;
  /** Increases with each change of settings. */
  version: number;
  settings: Settings;
}
export interface StoredHold extends Hold {
  orderId: string;
}
/** Who moved units, and why. */
export interface Cause {
  by: string;
  reason: string | null;
  orderId: string | null;
  requestId: string;
}

/** Ledger entries kept, at most and at longest. */
export const MOVEMENTS_KEPT_MAX = 50_000;
export const MOVEMENTS_KEPT_MS = 400 * 86_400_000;
const MOVEMENTS_PRUNED_EACH = 1_000;

/** The tables of a `Stock` object but those of leases. Exists only once its SKU is declared. */
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
        sequence: number;
        declared_sequence: number;
        version: number;
        settings: string;
      }>('SELECT sku, sequence, declared_sequence, version, settings FROM level')
      .toArray()[0];
    if (row === undefined) return null;
    const { sku, sequence, version } = row;
    const settings = { ...DEFAULT_SETTINGS, ...(JSON.parse(row.settings) as Partial<Settings>) };
    return { sku, sequence, declaredSequence: row.declared_sequence, version, settings };
  }

  create(sku: string): void {
    this.#sql.exec(
      'INSERT INTO level (id, sku, on_hand, held, sequence, declared_sequence) VALUES (1, ?, 0, 0, 0, 0) ON CONFLICT (id) DO NOTHING',
      sku,
    );
    this.#sql.exec(
      'INSERT INTO locations SELECT ?, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM locations)',
      MAIN_LOCATION,
    );
  }

  shelf(): Shelf {
    return this.#sql
      .exec<{ code: string; priority: number; on_hand: number; held: number }>(
        'SELECT code, priority, on_hand, held FROM locations ORDER BY priority, code',
      )
      .toArray()
      .map(({ on_hand: onHand, ...place }) => ({ ...place, onHand }));
  }

  /** Writes the places that changed, the sums of all and the next sequence number. */
  saveShelf(before: Shelf, after: Shelf): void {
    const known = new Map(before.map((place) => [place.code, place]));
    for (const place of after) {
      const old = known.get(place.code);
      if (old?.onHand !== place.onHand || old.held !== place.held) this.savePlace(place);
    }
    this.#sql.exec(
      'UPDATE level SET on_hand = ?, held = ?, sequence = sequence + 1',
      onHandOf(after),
      heldOf(after),
    );
  }

  savePlace({ code, priority, onHand, held }: Place): void {
    this.#sql.exec(
      `INSERT INTO locations VALUES (?, ?, ?, ?) ON CONFLICT (code) DO UPDATE
       SET priority = excluded.priority, on_hand = excluded.on_hand, held = excluded.held`,
      code,
      priority,
      onHand,
      held,
    );
  }

  closePlace(code: string): void {
    this.#sql.exec('DELETE FROM locations WHERE code = ?', code);
  }

  saveSettings(settings: Settings): void {
    this.#sql.exec(
      'UPDATE level SET settings = ?, version = version + 1, sequence = sequence + 1',
      JSON.stringify(settings),
    );
  }

  setDeclared(sequence: number): void {
    this.#sql.exec('UPDATE level SET declared_sequence = ?', sequence);
  }

  /** What others are told of has changed though no unit of this object moved. */
  nextSequence(): void {
    this.#sql.exec('UPDATE level SET sequence = sequence + 1');
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
    return this.#holds('WHERE order_id = ?', orderId);
  }

  /** A line that begins to wait goes to the end of the queue; one that waits already keeps its place. */
  saveHolds(orderId: string, holds: readonly Hold[], expiresAt: number, now: number): void {
    for (const hold of holds) {
      this.#sql.exec(
        `INSERT INTO holds (order_id, line_id, quantity, state, expires_at, changed_at, taken, queued)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, iif(?8, (SELECT coalesce(max(queued), 0) + 1 FROM holds WHERE queued IS NOT NULL), NULL))
         ON CONFLICT (order_id, line_id) DO UPDATE
         SET quantity = excluded.quantity, state = excluded.state,
             expires_at = iif(holds.state = 'held', max(holds.expires_at, excluded.expires_at), excluded.expires_at),
             changed_at = excluded.changed_at, taken = excluded.taken,
             queued = iif(?8, coalesce(holds.queued, excluded.queued), NULL)`,
        orderId,
        hold.lineId,
        hold.quantity,
        hold.state,
        expiresAt,
        now,
        JSON.stringify(hold.taken),
        isWaiting(hold) ? 1 : 0,
      );
    }
  }

  /** Units that came for a line on backorder. */
  saveTaken({ orderId, lineId, ...hold }: StoredHold): void {
    this.#sql.exec(
      'UPDATE holds SET taken = ?, queued = iif(?, queued, NULL) WHERE order_id = ? AND line_id = ?',
      JSON.stringify(hold.taken),
      isWaiting({ lineId, ...hold }) ? 1 : 0,
      orderId,
      lineId,
    );
  }

  /** Those who wait for units, who came first first. */
  queue(): StoredHold[] {
    return this.#holds('WHERE queued IS NOT NULL ORDER BY queued');
  }

  /** Units that are promised and not there. */
  backordered(): number {
    return this.queue().reduce((sum, line) => sum + missingOf(line), 0);
  }

  /** Never back: a request of the order that was held up would cut short what it has asked for since. */
  prolongHolds(orderId: string, expiresAt: number): void {
    this.#sql.exec(
      "UPDATE holds SET expires_at = max(expires_at, ?2) WHERE order_id = ?1 AND state = 'held'",
      orderId,
      expiresAt,
    );
  }

  /** At most `limit` holds that ran out, oldest first. */
  expiredHolds(now: number, limit: number): StoredHold[] {
    return this.#holds("WHERE state = 'held' AND expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit);
  }

  /** When the next hold runs out or the next ended one has been remembered for long enough. */
  nextExpiry(endedKeptMs: number): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(at) AS at FROM (
           SELECT min(expires_at) AS at FROM holds WHERE state = 'held'
           UNION ALL SELECT min(changed_at) + ?1 FROM holds WHERE state IN ('expired', 'released', 'returned')
           UNION ALL SELECT min(at) + ?1 FROM closed_orders
           UNION ALL SELECT min(at) + ?1 FROM commands)`,
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
  forgetEnded(before: number, now: number): void {
    this.#sql.exec(
      "DELETE FROM holds WHERE state IN ('expired', 'released', 'returned') AND changed_at <= ?",
      before,
    );
    this.#sql.exec('DELETE FROM closed_orders WHERE at <= ?', before);
    this.#sql.exec('DELETE FROM commands WHERE at <= ?', before);
    this.#sql.exec('DELETE FROM movements WHERE at <= ?', now - MOVEMENTS_KEPT_MS);
  }

  addMovements(moves: readonly Move[], cause: Cause, now: number): void {
    for (const move of moves) {
      const { sequence } = this.#sql
        .exec<{ sequence: number }>(
          `INSERT INTO movements (at, type, location, on_hand, held, order_id, line_id, actor, reason, request_id)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING sequence`,
          now,
          move.type,
          move.location,
          move.onHand,
          move.held,
          cause.orderId,
          move.lineId,
          cause.by,
          cause.reason,
          cause.requestId,
        )
        .one();
      if (sequence % MOVEMENTS_PRUNED_EACH === 0) {
        this.#sql.exec('DELETE FROM movements WHERE sequence <= ?', sequence - MOVEMENTS_KEPT_MAX);
      }
    }
  }

  /** Newest first, those before `before`. */
  movements(before: number | null, limit: number): StockMovement[] {
    return this.#sql
      .exec<{
        sequence: number;
        at: number;
        type: StockMovement['type'];
        location: string;
        on_hand: number;
        held: number;
        order_id: string | null;
        line_id: string | null;
        actor: string;
        reason: string | null;
        request_id: string;
      }>(
        'SELECT * FROM movements WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray()
      .map((row) => ({
        sequence: row.sequence,
        at: rfc3339(row.at),
        type: row.type,
        location: row.location,
        onHand: row.on_hand,
        held: row.held,
        orderId: row.order_id,
        lineId: row.line_id,
        by: row.actor,
        reason: row.reason,
        requestId: row.request_id,
      }));
  }

  /** What was answered to a command under this key. */
  command(key: string): { fingerprint: string; answer: string } | null {
    const rows = this.#sql
      .exec<{ fingerprint: string; answer: string }>(
        'SELECT fingerprint, answer FROM commands WHERE key = ?',
        key,
      )
      .toArray();
    return rows[0] ?? null;
  }

  /** Units of an order that are on the shelf again under this reference; kept for ever, however late it is asked again. */
  cameBack(reference: string): number | null {
    const row = this.#sql
      .exec<{ quantity: number }>('SELECT quantity FROM came_back WHERE reference = ?', reference)
      .toArray()[0];
    return row?.quantity ?? null;
  }

  saveCameBack(reference: string, quantity: number, now: number): void {
    this.#sql.exec('INSERT INTO came_back VALUES (?, ?, ?)', reference, quantity, now);
  }

  saveCommand(key: string, fingerprint: string, answer: string, now: number): void {
    this.#sql.exec('INSERT INTO commands VALUES (?, ?, ?, ?)', key, fingerprint, answer, now);
  }

  #holds(where: string, ...values: (string | number)[]): StoredHold[] {
    return this.#sql
      .exec<{
        order_id: string;
        line_id: string;
        quantity: number;
        state: Hold['state'];
        taken: string;
      }>(`SELECT order_id, line_id, quantity, state, taken FROM holds ${where}`, ...values)
      .toArray()
      .map((row) => ({
        orderId: row.order_id,
        lineId: row.line_id,
        quantity: row.quantity,
        state: row.state,
        taken: JSON.parse(row.taken) as Hold['taken'],
      }));
  }
}
