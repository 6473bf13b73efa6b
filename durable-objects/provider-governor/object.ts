import { DurableObject } from 'cloudflare:workers';
import { migrateObject } from '#objects/lib/migrations.ts';
import { log } from '#shared/observability/log.ts';
import { systemClock } from '#shared/time/time.ts';
import {
  type GovernorFace,
  type LeaseInput,
  leaseInputSchema,
  type SlowDownInput,
  slowDownInputSchema,
} from './face.ts';
import { type Calendar, EMPTY, type Grant, lease, slowDown } from './machine.ts';
import { PROVIDER_GOVERNOR_MIGRATIONS } from './migrations.ts';

/**
 * Keeps all isolates together below the provider's rate. The calendar is kept, so that what was given away before the
 * object was moved still counts; leases end by themselves, so nothing need ever be given back.
 */
export class ProviderGovernor extends DurableObject implements GovernorFace {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, PROVIDER_GOVERNOR_MIGRATIONS);
  }

  lease(input: LeaseInput): Promise<Grant> {
    const { rates, waitMaxMs, ...ask } = leaseInputSchema.parse(input);
    const { calendar, grant } = lease(this.#calendar(), { ...ask, now: systemClock.now() }, rates, waitMaxMs);
    this.#keep(calendar);
    return Promise.resolve(grant);
  }

  slowDown(input: SlowDownInput): Promise<void> {
    const { retryAfterMs } = slowDownInputSchema.parse(input);
    const calendar = slowDown(this.#calendar(), systemClock.now(), retryAfterMs);
    this.#keep(calendar);
    const factor = calendar.slow?.factor;
    log.warn('the provider is asked less often', { system: 'payments', retryAfterMs, factor });
    return Promise.resolve();
  }

  #calendar(): Calendar {
    const [row] = this.ctx.storage.sql.exec<{ document: string }>('SELECT document FROM calendar').toArray();
    return row === undefined ? EMPTY : (JSON.parse(row.document) as Calendar);
  }

  #keep(calendar: Calendar): void {
    this.ctx.storage.sql.exec(
      'INSERT INTO calendar VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document',
      JSON.stringify(calendar),
    );
  }
}
