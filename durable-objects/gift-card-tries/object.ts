import { DurableObject } from 'cloudflare:workers';
import { z } from 'zod';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { migrateObject } from '../lib/migrations.ts';
import { type GiftCardTriesFace, type Tries, triesSchema } from './face.ts';

const MIGRATIONS = [
  {
    name: 'tries',
    sql: 'CREATE TABLE tries (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL)',
  },
];

/** Counts codes that one buyer or network tried and that were none. Forgotten when the window is over. */
export class GiftCardTries extends DurableObject<object> implements GiftCardTriesFace {
  readonly #storage: DurableObjectStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#storage = ctx.storage;
    migrateObject(ctx.storage, MIGRATIONS);
  }

  async take(call: CallContext, input: Tries): Promise<{ retryAfterMs: number | null }> {
    callContextSchema.parse(call);
    const { limit, windowMs, count } = triesSchema.parse(input);
    return this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      const now = Date.now();
      sql.exec('DELETE FROM tries WHERE at <= ?', now - windowMs);
      const made = sql.exec<{ at: number }>('SELECT at FROM tries ORDER BY sequence').toArray();
      const inTheWay = made[made.length + count - limit - 1];
      if (inTheWay !== undefined) return { retryAfterMs: Math.max(1, inTheWay.at + windowMs - now) };
      for (let index = 0; index < count; index += 1) sql.exec('INSERT INTO tries (at) VALUES (?)', now);
      void this.#storage.setAlarm(now + windowMs);
      return { retryAfterMs: null };
    });
  }

  async giveBack(call: CallContext, input: { count: number }): Promise<void> {
    callContextSchema.parse(call);
    const { count } = z.strictObject({ count: z.int().min(1).max(100) }).parse(input);
    this.#storage.sql.exec(
      'DELETE FROM tries WHERE sequence IN (SELECT sequence FROM tries ORDER BY sequence DESC LIMIT ?)',
      count,
    );
  }

  /** A window without a further try: nothing is left to remember. */
  override async alarm() {
    this.#storage.sql.exec('DELETE FROM tries');
  }
}
