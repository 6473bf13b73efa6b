import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { Allowances, ENDED_KEPT_MS } from './allowance.ts';
import {
  type AllowanceInput,
  allowanceInputSchema,
  type AllowanceReached,
  type BuyerFace,
  type ClaimInput,
  claimInputSchema,
  type KeepCartInput,
  keepCartInputSchema,
  type ReturnAllowanceInput,
  returnAllowanceInputSchema,
} from './face.ts';
import { BUYER_MIGRATIONS } from './migrations.ts';

export const CLAIM_TTL_MS = DAY_MS;

/**
 * One customer's idempotency keys, which decide what order a request means, which cart is their current one, and what they
 * have bought of products that are limited per customer.
 */
export class BuyerEngine implements BuyerFace {
  readonly #host: Host;
  readonly #alarms: NamedAlarms<'expiry' | 'forget'>;
  readonly #allowances: Allowances;

  constructor(host: Host) {
    this.#host = host;
    migrateObject(host.storage, BUYER_MIGRATIONS);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.#allowances = new Allowances(host);
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

  async claimAllowance(call: CallContext, input: AllowanceInput): Promise<Result<null, AllowanceReached>> {
    callContextSchema.parse(call);
    const wanted = allowanceInputSchema.parse(input);
    return this.#host.storage.transactionSync(() => {
      const claimed = this.#allowances.claim(wanted);
      if (!claimed.ok) this.#forgetLater();
      return claimed;
    });
  }

  async returnAllowance(call: CallContext, input: ReturnAllowanceInput): Promise<void> {
    callContextSchema.parse(call);
    const back = returnAllowanceInputSchema.parse(input);
    this.#host.storage.transactionSync(() => {
      this.#allowances.giveBack(back);
      this.#forgetLater();
    });
  }

  #forgetLater(): void {
    this.#alarms.setNoLaterThan('forget', this.#host.clock.now() + ENDED_KEPT_MS);
  }

  #currentCart(): string | null {
    const { sql } = this.#host.storage;
    return sql.exec<{ cart_id: string }>('SELECT cart_id FROM current_cart').toArray()[0]?.cart_id ?? null;
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    await this.#alarms.ring({ expiry: () => this.#expire(), forget: () => this.#forget() });
  }

  #forget(): void {
    const next = this.#allowances.forget();
    if (next !== null) this.#alarms.set('forget', next);
  }

  #expire(): void {
    const { sql } = this.#host.storage;
    sql.exec('DELETE FROM claims WHERE expires_at <= ?', this.#host.clock.now());
    const next = sql.exec<{ at: number | null }>('SELECT min(expires_at) AS at FROM claims').one().at;
    if (next !== null) this.#alarms.set('expiry', next);
  }
}
