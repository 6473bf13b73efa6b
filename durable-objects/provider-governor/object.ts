import { DurableObject } from 'cloudflare:workers';
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

const CALENDAR = 'calendar';

/**
 * Keeps all isolates together below the provider's rate. The calendar is kept, so that what was given away before the
 * object was moved still counts; leases end by themselves, so nothing need ever be given back.
 */
export class ProviderGovernor extends DurableObject implements GovernorFace {
  lease(input: LeaseInput): Promise<Grant> {
    const { rates, waitMaxMs, ...ask } = leaseInputSchema.parse(input);
    const { calendar, grant } = lease(this.#calendar(), { ...ask, now: systemClock.now() }, rates, waitMaxMs);
    this.ctx.storage.kv.put(CALENDAR, calendar);
    return Promise.resolve(grant);
  }

  slowDown(input: SlowDownInput): Promise<void> {
    const { retryAfterMs } = slowDownInputSchema.parse(input);
    const calendar = slowDown(this.#calendar(), systemClock.now(), retryAfterMs);
    this.ctx.storage.kv.put(CALENDAR, calendar);
    log.warn('the provider is asked less often', {
      system: 'payments',
      retryAfterMs,
      factor: calendar.slow?.factor,
    });
    return Promise.resolve();
  }

  #calendar(): Calendar {
    return this.ctx.storage.kv.get<Calendar>(CALENDAR) ?? EMPTY;
  }
}
