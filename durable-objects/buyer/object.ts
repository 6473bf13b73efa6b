import { DurableObject } from 'cloudflare:workers';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { DAY_MS, systemClock } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { migrateObject } from '../lib/migrations.ts';
import { type BuyerFace, type ClaimInput, claimInputSchema } from './face.ts';
import { BUYER_MIGRATIONS } from './migrations.ts';

export const CLAIM_TTL_MS = DAY_MS;

/** One customer's idempotency keys: decides, before anything else happens, which order a request means. */
export class Buyer extends DurableObject<object> implements BuyerFace {
  readonly #alarms: NamedAlarms<'expiry'>;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, BUYER_MIGRATIONS);
    this.#alarms = new NamedAlarms(ctx.storage, systemClock);
  }

  async claim(call: CallContext, input: ClaimInput): Promise<Result<{ orderId: string }, 'key_reused'>> {
    callContextSchema.parse(call);
    const { key, fingerprint } = claimInputSchema.parse(input);
    const now = systemClock.now();
    return this.ctx.storage.transactionSync(() => {
      const { sql } = this.ctx.storage;
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
      const orderId = newId('order');
      sql.exec('INSERT INTO claims VALUES (?, ?, ?, ?)', key, fingerprint, orderId, now + CLAIM_TTL_MS);
      this.#alarms.setNoLaterThan('expiry', now + CLAIM_TTL_MS);
      return ok({ orderId });
    });
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring({ expiry: () => this.#expire() });
  }

  #expire(): void {
    const { sql } = this.ctx.storage;
    sql.exec('DELETE FROM claims WHERE expires_at <= ?', systemClock.now());
    const next = sql.exec<{ at: number | null }>('SELECT min(expires_at) AS at FROM claims').one().at;
    if (next !== null) this.#alarms.set('expiry', next);
  }
}
