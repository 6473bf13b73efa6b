import { DurableObject } from 'cloudflare:workers';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  type GiftCardTriesFace,
  type RightCodes,
  rightCodesSchema,
  type Tries,
  triesSchema,
} from './face.ts';

const MIGRATIONS = [
  {
    name: 'tries',
    sql: 'CREATE TABLE tries (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL)',
  },
  {
    name: 'one code counts once',
    sql: `ALTER TABLE tries ADD COLUMN code TEXT;
    CREATE UNIQUE INDEX tries_of_code ON tries (code);`,
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

  async take(call: CallContext, input: Tries): Promise<{ retryAfterMs: number | null; counted: string[] }> {
    callContextSchema.parse(call);
    const { limit, windowMs, codes } = triesSchema.parse(input);
    return this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      const now = Date.now();
      sql.exec('DELETE FROM tries WHERE at <= ?', now - windowMs);
      const made = sql
        .exec<{ at: number; code: string | null }>('SELECT at, code FROM tries ORDER BY sequence')
        .toArray();
      const counted = [...new Set(codes)].filter((code) => made.every((one) => one.code !== code));
      const inTheWay = made[made.length + counted.length - limit - 1];
      if (inTheWay !== undefined)
        return { retryAfterMs: Math.max(1, inTheWay.at + windowMs - now), counted: [] };
      for (const code of counted) sql.exec('INSERT INTO tries (at, code) VALUES (?, ?)', now, code);
      void this.#storage.setAlarm(now + windowMs);
      return { retryAfterMs: null, counted };
    });
  }

  async giveBack(call: CallContext, input: RightCodes): Promise<void> {
    callContextSchema.parse(call);
    const { codes } = rightCodesSchema.parse(input);
    this.#storage.sql.exec(
      'DELETE FROM tries WHERE code IN (SELECT value FROM json_each(?))',
      JSON.stringify(codes),
    );
  }

  /** A window without a further try: nothing is left to remember. */
  override async alarm() {
    this.#storage.sql.exec('DELETE FROM tries');
  }
}
