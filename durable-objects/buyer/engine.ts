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
  type BuyerData,
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
/** Longer than a cart that nobody changes is kept; whoever uses it notes it anew. */
const CART_NOTED_MS = 100 * DAY_MS;
const BUYER_TABLES = ['claims', 'current_cart', 'allowances', 'purchases', 'carts'] as const;

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
      const known = this.#claimed({ key, fingerprint }, now);
      if (!known.ok) return known;
      if (known.value !== null) return ok(known.value);
      const orderId = this.#host.newId('order');
      sql.exec('INSERT INTO claims VALUES (?, ?, ?, ?)', key, fingerprint, orderId, now + CLAIM_TTL_MS);
      this.#alarms.setNoLaterThan('expiry', now + CLAIM_TTL_MS);
      return ok({ orderId });
    });
  }

  async claimed(
    call: CallContext,
    input: ClaimInput,
  ): Promise<Result<{ orderId: string } | null, 'key_reused'>> {
    callContextSchema.parse(call);
    return this.#claimed(claimInputSchema.parse(input), this.#host.clock.now());
  }

  async currentCart(call: CallContext): Promise<string | null> {
    callContextSchema.parse(call);
    return this.#currentCart();
  }

  async keepCart(call: CallContext, input: KeepCartInput): Promise<string> {
    callContextSchema.parse(call);
    const { cartId, instead } = keepCartInputSchema.parse(input);
    return this.#host.storage.transactionSync(() => {
      this.#noteCart(cartId);
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

  async personal(call: CallContext): Promise<BuyerData> {
    callContextSchema.parse(call);
    const { sql } = this.#host.storage;
    const carts = sql.exec<{ cart_id: string }>('SELECT cart_id FROM carts ORDER BY cart_id').toArray();
    return {
      carts: carts.map(({ cart_id }) => cart_id),
      purchases: sql
        .exec<{ orderId: string; scope: string; quantity: number; claimedAt: number }>(
          `SELECT order_id AS orderId, scope, max(quantity) AS quantity, max(claimed_at) AS claimedAt FROM purchases
           GROUP BY order_id, scope ORDER BY order_id, scope`,
        )
        .toArray(),
    };
  }

  async erase(call: CallContext): Promise<number> {
    callContextSchema.parse(call);
    return this.#host.storage.transactionSync(() => {
      const gone = BUYER_TABLES.map(
        (table) => this.#host.storage.sql.exec(`DELETE FROM ${table} RETURNING 1`).toArray().length,
      );
      return gone.reduce((sum, count) => sum + count, 0);
    });
  }

  /** For as long as the cart may hold anything: it is deleted with its customer, be it their current one or not. */
  #noteCart(cartId: string): void {
    const now = this.#host.clock.now();
    const { sql } = this.#host.storage;
    sql.exec('DELETE FROM carts WHERE at > 0 AND at <= ?', now - CART_NOTED_MS);
    sql.exec('INSERT OR REPLACE INTO carts VALUES (?, ?)', cartId, now);
  }

  #claimed({ key, fingerprint }: ClaimInput, now: number): Result<{ orderId: string } | null, 'key_reused'> {
    const [present] = this.#host.storage.sql
      .exec<{ fingerprint: string; order_id: string }>(
        'SELECT fingerprint, order_id FROM claims WHERE key = ? AND expires_at > ?',
        key,
        now,
      )
      .toArray();
    if (present === undefined) return ok(null);
    return present.fingerprint === fingerprint ? ok({ orderId: present.order_id }) : fail('key_reused');
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
