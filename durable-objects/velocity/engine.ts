import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { COUNT_MAX, WINDOW_SECONDS_MAX } from '#shared/domain/fraud/rule.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { type CountInput, countInputSchema, type VelocityFace } from './face.ts';
import { VELOCITY_MIGRATIONS } from './migrations.ts';

/** An order is remembered for the longest window and a day more, then forgotten; an object without any is empty again. */
export const COUNTED_KEPT_MS = WINDOW_SECONDS_MAX * SECOND_MS + DAY_MS;
/** More than any window is counted up to: older ones cannot matter. */
const KEPT_MAX = 2 * COUNT_MAX;

/**
 * Counts the orders of one subject. Everything happens in synchronous transactions of this one object, so that orders at
 * the same moment see each other. Knows nothing of the platform but its `Host`.
 */
export class VelocityEngine implements VelocityFace {
  readonly #host: Host;
  readonly #alarms: NamedAlarms<'forget'>;
  #ready = false;

  constructor(host: Host) {
    this.#host = host;
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    const { sql } = host.storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'counted'").toArray().length > 0) this.#migrate();
  }

  async count(call: CallContext, input: CountInput): Promise<{ orders: number[] }> {
    callContextSchema.parse(call);
    const { orderId, windowsSeconds } = countInputSchema.parse(input);
    this.#migrate();
    return this.#host.storage.transactionSync(() => {
      const own = this.#find(orderId) ?? this.#add(orderId);
      return { orders: windowsSeconds.map((seconds) => this.#ordersUpTo(own, seconds * SECOND_MS)) };
    });
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#ready) return;
    await this.#alarms.ring({ forget: () => this.#forget() });
    if (this.#oldest() !== null) return;
    this.#ready = false;
    await this.#host.storage.deleteAll();
  }

  #find(orderId: string): Counted | null {
    return (
      this.#host.storage.sql
        .exec<Counted>('SELECT sequence, at FROM counted WHERE order_id = ?', orderId)
        .toArray()[0] ?? null
    );
  }

  #add(orderId: string): Counted {
    const { sql } = this.#host.storage;
    const at = this.#host.clock.now();
    const added = sql
      .exec<Counted>('INSERT INTO counted (order_id, at) VALUES (?, ?) RETURNING sequence, at', orderId, at)
      .one();
    sql.exec('DELETE FROM counted WHERE sequence <= ?', added.sequence - KEPT_MAX);
    this.#alarms.setNoLaterThan('forget', at + COUNTED_KEPT_MS);
    return added;
  }

  /** What came later does not change the answer. */
  #ordersUpTo({ sequence, at }: Counted, windowMs: number): number {
    return this.#host.storage.sql
      .exec<{ orders: number }>(
        `SELECT count(*) AS orders FROM
         (SELECT 1 FROM counted WHERE at > ? AND sequence <= ? LIMIT ?)`,
        at - windowMs,
        sequence,
        COUNT_MAX,
      )
      .one().orders;
  }

  #oldest(): number | null {
    return this.#host.storage.sql.exec<{ at: number | null }>('SELECT min(at) AS at FROM counted').one().at;
  }

  #forget(): void {
    this.#host.storage.sql.exec(
      'DELETE FROM counted WHERE at <= ?',
      this.#host.clock.now() - COUNTED_KEPT_MS,
    );
    const oldest = this.#oldest();
    if (oldest !== null) this.#alarms.set('forget', oldest + COUNTED_KEPT_MS);
  }

  #migrate(): void {
    if (this.#ready) return;
    migrateObject(this.#host.storage, VELOCITY_MIGRATIONS);
    this.#ready = true;
  }
}

type Counted = { sequence: number; at: number };
