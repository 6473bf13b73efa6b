import type { Host } from '../lib/host.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AllowanceInput, AllowanceReached, ReturnAllowanceInput } from './face.ts';

/** How long refused and returned claims are remembered: longer than any delayed request of their order. */
export const ENDED_KEPT_MS = 7 * DAY_MS;
const FORGOTTEN_BATCH_MAX = 1_000;

/**
 * What one customer has bought, and is buying, of products that are limited per customer. Everything happens in
 * synchronous transactions of the customer's own object, so no two of his orders take the same room. No I/O but storage.
 */
export class Allowances {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Claims all of it or nothing. A repeat gets the answer of the first time. */
  claim(wanted: AllowanceInput): Result<null, AllowanceReached> {
    const { orderId, use, items } = wanted;
    const known = this.#decided(orderId, use);
    if (known !== null) return known.state === 'claimed' ? ok(null) : fail(known.reached);
    const now = this.#host.clock.now();
    const reached = items.map((item) => this.#reached(orderId, item, now)).find((each) => each !== null);
    if (reached !== undefined) {
      this.#decide(orderId, use, 'refused', reached);
      return fail(reached);
    }
    this.#decide(orderId, use, 'claimed', null);
    for (const { scope, quantity } of items)
      this.#host.storage.sql.exec(
        'INSERT INTO purchases VALUES (?, ?, ?, ?, ?)',
        orderId,
        use,
        scope,
        quantity,
        now,
      );
    return ok(null);
  }

  /** Frees it; nothing can be claimed for this use of the order afterwards. */
  giveBack({ orderId, use }: ReturnAllowanceInput): void {
    const known = this.#decided(orderId, use);
    if (known?.state === 'returned') return;
    this.#host.storage.sql.exec('DELETE FROM purchases WHERE order_id = ? AND use_id = ?', orderId, use);
    this.#decide(orderId, use, 'returned', { scope: '', left: 0 });
  }

  /** Forgets what has ended long ago; when there is more to forget, or null. */
  forget(): number | null {
    const { sql } = this.#host.storage;
    sql.exec(
      `DELETE FROM allowances WHERE (order_id, use_id) IN
       (SELECT order_id, use_id FROM allowances WHERE state <> 'claimed' AND changed_at <= ? LIMIT ?)`,
      this.#host.clock.now() - ENDED_KEPT_MS,
      FORGOTTEN_BATCH_MAX,
    );
    const oldest = sql
      .exec<{ at: number | null }>("SELECT min(changed_at) AS at FROM allowances WHERE state <> 'claimed'")
      .one().at;
    return oldest === null ? null : oldest + ENDED_KEPT_MS;
  }

  /** An order that is being changed has its old claim until the new one counts: it counts with the larger of both. */
  #reached(orderId: string, item: AllowanceInput['items'][number], now: number): AllowanceReached | null {
    const { scope, limit, days, quantity } = item;
    const since = days === null ? 0 : now - days * DAY_MS;
    const { others, own } = this.#host.storage.sql
      .exec<{ others: number; own: number }>(
        `SELECT coalesce(sum(CASE WHEN order_id <> ?1 AND at > ?3 THEN most END), 0) AS others,
           coalesce(max(CASE WHEN order_id = ?1 THEN most END), 0) AS own
         FROM (SELECT order_id, max(quantity) AS most, max(claimed_at) AS at FROM purchases
               WHERE scope = ?2 GROUP BY order_id)`,
        orderId,
        scope,
        since,
      )
      .one();
    // Less than it has is never refused, whatever the limit became since.
    if (quantity <= own || others + quantity <= limit) return null;
    return { scope, left: Math.max(0, limit - others) };
  }

  #decided(orderId: string, use: string): { state: string; reached: AllowanceReached } | null {
    const row = this.#host.storage.sql
      .exec<{ state: string; scope: string; room: number }>(
        'SELECT state, scope, room FROM allowances WHERE order_id = ? AND use_id = ?',
        orderId,
        use,
      )
      .toArray()[0];
    return row === undefined ? null : { state: row.state, reached: { scope: row.scope, left: row.room } };
  }

  #decide(orderId: string, use: string, state: string, reached: AllowanceReached | null): void {
    this.#host.storage.sql.exec(
      'INSERT OR REPLACE INTO allowances VALUES (?, ?, ?, ?, ?, ?)',
      orderId,
      use,
      state,
      reached?.scope ?? '',
      reached?.left ?? 0,
      this.#host.clock.now(),
    );
  }
}
