import { DurableObject } from 'cloudflare:workers';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  type AddRefusals,
  addRefusalsSchema,
  type ReadRefusals,
  readRefusalsSchema,
  type RefusalCount,
  REFUSALS_KEPT_DAYS,
  type WebhookRefusalsFace,
} from './face.ts';
import { WEBHOOK_REFUSALS_MIGRATIONS } from './migrations.ts';

/** Counts refused webhooks. At most a row a minute and reason, so nobody can make it grow by sending more. */
export class WebhookRefusals extends DurableObject<object> implements WebhookRefusalsFace {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, WEBHOOK_REFUSALS_MIGRATIONS);
    this.#sql = ctx.storage.sql;
  }

  async add(call: CallContext, input: AddRefusals): Promise<void> {
    callContextSchema.parse(call);
    const { counts } = addRefusalsSchema.parse(input);
    for (const { minute, reason, count } of counts) {
      this.#sql.exec(
        'INSERT INTO refusals VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
        minute,
        reason,
        count,
      );
    }
    this.#sql.exec(
      'DELETE FROM refusals WHERE minute < ?',
      rfc3339(Date.now() - REFUSALS_KEPT_DAYS * DAY_MS),
    );
  }

  async read(call: CallContext, input: ReadRefusals): Promise<RefusalCount[]> {
    callContextSchema.parse(call);
    const { from, to, per } = readRefusalsSchema.parse(input);
    const minute = per === 'minute' ? 'minute' : "substr(minute, 1, 13) || ':00'";
    return this.#sql
      .exec<{ minute: string; reason: RefusalCount['reason']; count: number }>(
        `SELECT ${minute} AS minute, reason, SUM(count) AS count FROM refusals
         WHERE refusals.minute >= ? AND refusals.minute < ? GROUP BY 1, 2 ORDER BY 1, 2`,
        from,
        to,
      )
      .toArray();
  }
}
