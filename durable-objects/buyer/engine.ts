import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  type BuyerFace,
  type ClaimInput,
  claimInputSchema,
  type KeepCartInput,
  keepCartInputSchema,
} from './face.ts';
import { BUYER_MIGRATIONS } from './migrations.ts';

export const CLAIM_TTL_MS = DAY_MS;

/** One customer's idempotency keys, which decide what order a request means, and which cart is their current one. */
export class BuyerEngine implements BuyerFace {
  readonly #host: Host;
  readonly #alarms: NamedAlarms<'expiry'>;

  constructor(host: Host) {
    this.#host = host;
    migrateObject(host.storage, BUYER_MIGRATIONS);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
  }

  async claim(call: CallContext, input: ClaimInput): Promise<Result<{ orderId: string }, 'key_reused'>> {
    callContextSchema.parse(call);
    const { key, fingerprint } = claimInputSchema.parse(input);
    const now = this.#host.clock.now();
    return this.#host.storage.transactionSync(() => {
      const { sql } = this.#host.storage;
      sql.exec('DELETE FROM claims WHERE key = ? AND expires_at <= ?', key, now);
      const present = sql
        .exec<{
          fingerprint: string;
          order_id: string;
        }>('SELECT fingerprint, order_id FROM claims WHERE key = ?', key)
        .toArray()[0];
      if (present !== undefined) {
        return present.fingerprint === fingerprint ? ok({ orderId: present.order_id }) : fail('key_reused');
      }
      const orderId = this.#host.newId('order');
      sql.exec('INSERT INTO claims VALUES (?, ?, ?, ?)', key, fingerprint, orderId, now + CLAIM_TTL_MS);
      this.#alarms.setNoLaterThan('expiry', now + CLAIM_TTL_MS);
      return ok({ orderId });
    });
  }

  async currentCart(call: CallContext): Promise<string | null> {
    callContextSchema.parse(call);
    return this.#currentCart();
  }

  async keepCart(call: CallContext, input: KeepCartInput): Promise<string> {
    callContextSchema.parse(call);
    const { cartId, instead } = keepCartInputSchema.parse(input);
    return this.#host.storage.transactionSync(() => {
      const present = this.#currentCart();
      if (present !== null && present !== instead) return present;
      this.#host.storage.sql.exec('INSERT OR REPLACE INTO current_cart VALUES (1, ?)', cartId);
      return cartId;
    });
  }

  #currentCart(): string | null {
    const { sql } = this.#host.storage;
    return sql.exec<{ cart_id: string }>('SELECT cart_id FROM current_cart').toArray()[0]?.cart_id ?? null;
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    await this.#alarms.ring({ expiry: () => this.#expire() });
  }

  #expire(): void {
    const { sql } = this.#host.storage;
    sql.exec('DELETE FROM claims WHERE expires_at <= ?', this.#host.clock.now());
    const next = sql.exec<{ at: number | null }>('SELECT min(expires_at) AS at FROM claims').one().at;
    if (next !== null) this.#alarms.set('expiry', next);
  }
}
