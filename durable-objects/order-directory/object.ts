import { DurableObject } from 'cloudflare:workers';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  type OrderDirectoryFace,
  type PageInput,
  pageInputSchema,
  type RegisterInput,
  registerInputSchema,
  type WalkInput,
  walkInputSchema,
} from './face.ts';
import { ORDER_DIRECTORY_MIGRATIONS } from './migrations.ts';

/**
 * Which orders and buyers there are: objects cannot be listed, so without it a lost projection could never be made again,
 * nor a backup find them. One is written down here before anybody is told of it.
 */
export class OrderDirectory extends DurableObject<object> implements OrderDirectoryFace {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, ORDER_DIRECTORY_MIGRATIONS);
    this.#sql = ctx.storage.sql;
  }

  async register(call: CallContext, input: RegisterInput): Promise<void> {
    callContextSchema.parse(call);
    const { id } = registerInputSchema.parse(input);
    this.#sql.exec('INSERT INTO known_orders (id) VALUES (?) ON CONFLICT DO NOTHING', id);
  }

  async page(call: CallContext, input: PageInput): Promise<string[]> {
    callContextSchema.parse(call);
    const { after, limit } = pageInputSchema.parse(input);
    return this.#after(after ?? '', limit);
  }

  async walk(call: CallContext, input: WalkInput): Promise<string[]> {
    callContextSchema.parse(call);
    const { limit } = walkInputSchema.parse(input);
    return this.ctx.storage.transactionSync(() => {
      const { last_id } = this.#sql.exec<{ last_id: string }>('SELECT last_id FROM walk').one();
      const ids = this.#after(last_id, limit);
      const reached = ids.length < limit ? '' : (ids.at(-1) ?? '');
      if (reached !== last_id) this.#sql.exec('UPDATE walk SET last_id = ?', reached);
      return ids;
    });
  }

  #after(id: string, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM known_orders WHERE id > ? ORDER BY id LIMIT ?', id, limit)
      .toArray()
      .map((row) => row.id);
  }
}
