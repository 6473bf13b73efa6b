import { DurableObject } from 'cloudflare:workers';
import { isRestoring } from '#shared/backup/restoring.ts';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { log } from '#shared/observability/log.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { type Answered, Commands, type Once, onceSchema } from '../lib/commands.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  type Asked,
  type AskInput,
  askInputSchema,
  type DataRequestsFace,
  type DataRequestSteps,
  LISTED_MAX,
  type RequestId,
  requestIdSchema,
} from './face.ts';
import {
  begun,
  cancelled,
  type DataRequest,
  hasClosed,
  newRequest,
  outlived,
  repeated,
  retried,
  standsFor,
  stepOf,
  stepped,
  tripped,
} from './machine.ts';
import { DATA_REQUESTS_MIGRATIONS } from './migrations.ts';
import { requestStorage } from './storage.ts';

/** An alarm may take fifteen minutes; the next one goes on. */
const RUN_MS = 30 * SECOND_MS;
/** Between two looks whether a restore is over, and tries of what it asked for. */
const REST_MS = 10 * SECOND_MS;

/**
 * Owns what one person asked about their data. Its alarm takes one step after the other through the worker it lives in; each
 * is kept before the next begins, so that whatever dies, the same step is taken again. It holds no personal data but ids.
 */
export class DataRequests extends DurableObject<{ RESTORE_TOKEN?: string }> implements DataRequestsFace {
  readonly #rows = requestStorage(this.ctx.storage.sql);
  readonly #alarms = new NamedAlarms<'run'>(this.ctx.storage, systemClock);
  readonly #commands = new Commands(this.ctx.storage, systemClock);

  constructor(ctx: DurableObjectState, env: { RESTORE_TOKEN?: string }) {
    super(ctx, env);
    migrateObject(ctx.storage, DATA_REQUESTS_MIGRATIONS);
  }

  ask(call: CallContext, input: AskInput): Promise<Answered<Asked>> {
    const { requestId } = callContextSchema.parse(call);
    const { once, graceMs, ...asked } = askInputSchema.parse(input);
    const now = systemClock.now();
    const begin = (): Asked => {
      const standing = this.#rows
        .all()
        .find((request) => request.kind === asked.kind && standsFor(request, now));
      if (standing !== undefined) {
        const again = asked.isRepeat ? repeated(standing, now) : null;
        if (again !== null) this.#keep(again);
        return { kind: 'under_way', request: again ?? standing };
      }
      const request = newRequest({ ...asked, requestId }, now, graceMs);
      this.#keep(request);
      return { kind: 'asked', request };
    };
    return Promise.resolve(this.#commands.once(once, begin, ({ kind }) => kind === 'asked'));
  }

  recall(call: CallContext, once: Once): Promise<Answered<Asked> | null> {
    callContextSchema.parse(call);
    return Promise.resolve(this.#commands.answered<Asked>(onceSchema.parse(once)));
  }

  list(call: CallContext): Promise<DataRequest[]> {
    callContextSchema.parse(call);
    return Promise.resolve(this.#rows.newest(LISTED_MAX));
  }

  get(call: CallContext, input: RequestId): Promise<DataRequest | null> {
    callContextSchema.parse(call);
    return Promise.resolve(this.#rows.byId(requestIdSchema.parse(input).id));
  }

  cancel(call: CallContext, input: RequestId): Promise<DataRequest | 'too_late' | null> {
    callContextSchema.parse(call);
    const request = this.#rows.byId(requestIdSchema.parse(input).id);
    if (request === null || request.state === 'cancelled') return Promise.resolve(request);
    const after = cancelled(request, systemClock.now());
    if (after !== null) this.#keep(after);
    return Promise.resolve(after ?? 'too_late');
  }

  retry(call: CallContext, input: RequestId): Promise<DataRequest | 'not_failed' | null> {
    callContextSchema.parse(call);
    const request = this.#rows.byId(requestIdSchema.parse(input).id);
    if (request === null) return Promise.resolve(null);
    const after = retried(request, systemClock.now());
    if (after !== null) this.#keep(after);
    return Promise.resolve(after ?? 'not_failed');
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring({ run: () => this.#run(systemClock.now() + RUN_MS) });
  }

  async #run(until: number): Promise<void> {
    // While a restore is under way nothing may write by itself but what the restore itself asked for.
    const rests = isRestoring(this.env);
    const steps = (this.ctx.exports as unknown as { DataRequestsSteps: DataRequestSteps }).DataRequestsSteps;
    for (;;) {
      await this.#tell(steps, rests);
      const request = this.#rows.due(systemClock.now(), rests);
      if (request === null || systemClock.now() >= until) break;
      await this.#advance(steps, request);
    }
    const next = this.#rows.nextDueAt();
    if (next === null) return;
    this.#alarms.setNoLaterThan('run', rests ? Math.max(next, systemClock.now() + REST_MS) : next);
  }

  /** What changed is told before anything else is done: of an erasure that is coming its owner has to hear. */
  async #tell(steps: DataRequestSteps, onlyRepeats: boolean): Promise<void> {
    for (let row = this.#rows.untold(onlyRepeats); row !== null; row = this.#rows.untold(onlyRepeats)) {
      const { request, version } = row;
      await steps.tell({ requestId: request.requestId }, { request });
      this.#rows.told(request.id, version);
    }
  }

  async #advance(steps: DataRequestSteps, due: DataRequest): Promise<void> {
    const request = begun(due);
    const { requestId, id } = request;
    // From here on it cannot be cancelled, whatever is asked while the step is under way.
    this.#rows.keep(request, true);
    const step = stepOf(request);
    let after: DataRequest;
    try {
      after = stepped(request, await steps.take({ requestId }, { request }), systemClock.now());
    } catch (error) {
      const cause = `${step}: ${error instanceof Error ? error.message : String(error)}`;
      after = tripped(request, cause, systemClock.now(), Math.random());
      const fields = { requestId, dataRequestId: id, step, attempts: after.attempts, error };
      if (after.state === 'failed') log.error('data request failed', fields);
      else log.warn('data request stumbled', fields);
    }
    this.ctx.storage.transactionSync(() => {
      // It was begun anew meanwhile: what this step came to is not where it stands.
      if (this.#rows.byId(id)?.askedAt !== request.askedAt) return;
      this.#keep(after, after.state === due.state && after.state !== 'failed');
      if (hasClosed(after)) this.#endCopies();
    });
  }

  #endCopies(): void {
    for (const request of this.#rows.all()) {
      const after = outlived(request, systemClock.now());
      if (after !== request) this.#keep(after);
    }
  }

  #keep(request: DataRequest, isTold = false): void {
    this.#rows.keep(request, isTold);
    const dueAt = isTold ? request.dueAt : systemClock.now();
    if (dueAt !== null) this.#alarms.setNoLaterThan('run', dueAt);
  }
}
