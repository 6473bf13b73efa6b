import { DurableObject } from 'cloudflare:workers';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS, SECOND_MS, systemClock } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { migrateObject } from '../lib/migrations.ts';
import { type JobRunnerFace, type JobSteps, type StartJob, startJobSchema } from './face.ts';
import { JOB_RUNNER_MIGRATIONS } from './migrations.ts';

/** After which a run that was never heard of again is taken for dead. */
const WATCHDOG_MS = 2 * MINUTE_MS;
/** An alarm may take fifteen minutes; the next one goes on. */
const ALARM_MS = 5 * MINUTE_MS;
const RETRY_MS = SECOND_MS;

/**
 * Makes one job go on: each run of steps is a call of the worker, so that each has limits of its own. Holds nothing but
 * the job's id; two that run at once do no harm, since a step that is not the next one undoes itself.
 */
export class JobRunner extends DurableObject<object> implements JobRunnerFace {
  readonly #sql: SqlStorage;
  readonly #alarms: NamedAlarms<'run'>;
  #running: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, JOB_RUNNER_MIGRATIONS);
    this.#sql = ctx.storage.sql;
    this.#alarms = new NamedAlarms(ctx.storage, systemClock);
  }

  async start(call: CallContext, input: StartJob): Promise<void> {
    const { requestId } = callContextSchema.parse(call);
    const { jobId, waitMs } = startJobSchema.parse(input);
    this.#sql.exec('INSERT OR REPLACE INTO job VALUES (1, ?, ?)', jobId, requestId);
    this.#alarms.set('run', Date.now() + (waitMs === 0 ? 0 : RETRY_MS));
    if (waitMs === 0) return;
    await this.#run(Date.now() + waitMs).catch((error: unknown) =>
      log.error('job not run', { requestId, jobId, error }),
    );
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring({ run: () => this.#run(Date.now() + ALARM_MS) });
  }

  /** Joins a run that is under way. */
  #run(until: number): Promise<void> {
    this.#running ??= this.#goOn(until).finally(() => (this.#running = null));
    return this.#running;
  }

  async #goOn(until: number): Promise<void> {
    const [job] = this.#sql
      .exec<{ id: string; request_id: string }>('SELECT id, request_id FROM job')
      .toArray();
    if (job === undefined) return;
    const steps = (this.ctx.exports as unknown as { CatalogueJobSteps: JobSteps }).CatalogueJobSteps;
    do {
      this.#alarms.set('run', Date.now() + WATCHDOG_MS);
      const { more } = await steps.run({ requestId: job.request_id }, { jobId: job.id });
      if (!more) {
        this.#alarms.clear('run');
        return;
      }
    } while (Date.now() < until);
    this.#alarms.set('run', Date.now());
  }
}
