import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  type ClaimUseInput,
  claimUseInputSchema,
  type PromotionFace,
  type ReturnUseInput,
  returnUseInputSchema,
  type RoomInput,
  roomInputSchema,
  type UsedUp,
} from './face.ts';
import { PROMOTION_MIGRATIONS } from './migrations.ts';

/** How long refused and returned uses are remembered: longer than any delayed request of their order. */
export const ENDED_KEPT_MS = 7 * DAY_MS;
const FORGOTTEN_BATCH_MAX = 1_000;

type UseState = 'claimed' | 'returned' | UsedUp['reason'];

/**
 * Owns the uses of one promotion. Everything happens in synchronous transactions of this one object, so no two orders
 * can take the last use. Knows nothing of the platform but its `Host`.
 */
export class PromotionEngine implements PromotionFace {
  readonly #host: Host;
  readonly #alarms: NamedAlarms<'forget'>;
  #ready = false;

  constructor(host: Host) {
    this.#host = host;
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    const { sql } = host.storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'uses'").toArray().length > 0) this.#migrate();
  }

  async claim(call: CallContext, input: ClaimUseInput): Promise<Result<null, UsedUp>> {
    callContextSchema.parse(call);
    const wanted = claimUseInputSchema.parse(input);
    this.#migrate();
    return this.#host.storage.transactionSync(() => {
      const { orderId, use = orderId } = wanted;
      const known = this.#stateOf(use);
      const state = known ?? this.#decide(wanted);
      if (known === null) this.#save(use, wanted.customerId, state);
      if (known === null && state === 'claimed') this.#count(1);
      if (state === 'claimed') return ok(null);
      return fail({ reason: state === 'returned' ? 'used_up' : state });
    });
  }

  async giveBack(call: CallContext, input: ReturnUseInput): Promise<void> {
    callContextSchema.parse(call);
    const { orderId, use = orderId } = returnUseInputSchema.parse(input);
    this.#migrate();
    this.#host.storage.transactionSync(() => {
      const known = this.#stateOf(use);
      if (known === 'returned') return;
      this.#save(use, '', 'returned');
      if (known === 'claimed') this.#count(-1);
    });
  }

  async hasRoom(call: CallContext, input: RoomInput): Promise<Result<null, UsedUp>> {
    callContextSchema.parse(call);
    const wanted = roomInputSchema.parse(input);
    const state = this.#ready ? this.#decide(wanted) : 'claimed';
    return state === 'claimed' || state === 'returned' ? ok(null) : fail({ reason: state });
  }

  async uses(call: CallContext): Promise<{ used: number }> {
    callContextSchema.parse(call);
    return { used: this.#ready ? this.#used() : 0 };
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (this.#ready) await this.#alarms.ring({ forget: () => this.#forget() });
  }

  #decide({ customerId, limitTotal, limitPerCustomer }: RoomInput): UseState {
    if (limitTotal !== null && this.#used() >= limitTotal) return 'used_up';
    if (limitPerCustomer === null || customerId === null) return 'claimed';
    const mine = this.#host.storage.sql
      .exec(
        "SELECT 1 FROM uses WHERE customer_id = ? AND state = 'claimed' LIMIT ?",
        customerId,
        limitPerCustomer,
      )
      .toArray();
    return mine.length >= limitPerCustomer ? 'used_up_by_customer' : 'claimed';
  }

  #stateOf(use: string): UseState | null {
    const row = this.#host.storage.sql
      .exec<{ state: UseState }>('SELECT state FROM uses WHERE order_id = ?', use)
      .toArray()[0];
    return row?.state ?? null;
  }

  #save(use: string, customerId: string, state: UseState): void {
    const now = this.#host.clock.now();
    this.#host.storage.sql.exec(
      `INSERT INTO uses VALUES (?, ?, ?, ?)
       ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at`,
      use,
      customerId,
      state,
      now,
    );
    if (state !== 'claimed') this.#alarms.setNoLaterThan('forget', now + ENDED_KEPT_MS);
  }

  #used(): number {
    return this.#host.storage.sql.exec<{ used: number }>('SELECT used FROM counter').one().used;
  }

  #count(change: 1 | -1): void {
    this.#host.storage.sql.exec('UPDATE counter SET used = used + ?', change);
  }

  #forget(): void {
    const { sql } = this.#host.storage;
    sql.exec(
      `DELETE FROM uses WHERE order_id IN
       (SELECT order_id FROM uses WHERE state <> 'claimed' AND changed_at <= ? LIMIT ?)`,
      this.#host.clock.now() - ENDED_KEPT_MS,
      FORGOTTEN_BATCH_MAX,
    );
    const oldest = sql
      .exec<{ at: number | null }>("SELECT min(changed_at) AS at FROM uses WHERE state <> 'claimed'")
      .one().at;
    if (oldest !== null) this.#alarms.set('forget', oldest + ENDED_KEPT_MS);
  }

  #migrate(): void {
    if (this.#ready) return;
    migrateObject(this.#host.storage, PROMOTION_MIGRATIONS);
    this.#ready = true;
  }
}
