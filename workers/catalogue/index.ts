import { WorkerEntrypoint } from 'cloudflare:workers';
import { type JobSteps, startJobSchema } from '#objects/job-runner/face.ts';
import { keepBackups } from '#shared/backup/of-env.ts';
import { isRestoring } from '#shared/backup/restoring.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import { callContextSchema } from '#shared/contracts/call.ts';
import {
  type CatalogueService,
  type KeepTemplatesInput,
  keepTemplatesInputSchema,
  type ListForInput,
  listForInputSchema,
  type ListStockInput,
  listStockInputSchema,
  type ProductLists,
  type ResolveVariantsInput,
  type StockDirectory,
  type TemplateDirectory,
} from '#shared/contracts/catalogue.ts';
import { stockEventMessageSchema } from '#shared/contracts/messages.ts';
import { newRequestId, REQUEST_ID_HEADER } from '#shared/http/request-id.ts';
import { log } from '#shared/observability/log.ts';
import { logWork, meterWork } from '#shared/observability/work.ts';
import { consumeEach } from '#shared/queues/consume.ts';
import { isDeadLetterQueue, storeDeadLetters } from '#shared/queues/dead-letters.ts';
import { createCatalogueApp } from './app.ts';
import { sources } from './backups.ts';
import { BINDINGS, type Env } from './env.ts';
import { invocationOf, portsOf } from './ports.ts';
import { applyStockEvent } from './usecases/apply-stock-event.ts';
import { ofCustomer } from './routes/context.ts';
import { drainOutbox, tellMerchants } from './usecases/drain-outbox.ts';
import { publishScheduled } from './usecases/publish-scheduled.ts';
import { sweepMedia } from './usecases/media.ts';
import { tendIndex } from './usecases/rebuild-index.ts';
import { runJob } from './usecases/jobs/run-job.ts';
import { tendJobs } from './usecases/jobs/tend-jobs.ts';
import { resolveVariants } from './usecases/resolve-variants.ts';

const app = createCatalogueApp();
const runJobSchema = startJobSchema.pick({ jobId: true });

export { DataSubjectRpc } from './privacy/rpc.ts';
export { JobRunner } from '#objects/job-runner/object.ts';

/** What orders ask the catalogue, and what the provisioner tells it. */
export class CatalogueRpc
  extends WorkerEntrypoint<Env>
  implements CatalogueService, StockDirectory, TemplateDirectory, ProductLists
{
  resolveVariants(call: CallContext, input: ResolveVariantsInput) {
    const { requestId } = callContextSchema.parse(call);
    const ports = portsOf(meterWork(this.env, BINDINGS), requestId, invocationOf(this.ctx));
    return logWork({ system: 'catalogue', work: 'resolveVariants', requestId }, () =>
      resolveVariants(ports, input),
    );
  }

  listStock(call: CallContext, input: ListStockInput) {
    const { requestId } = callContextSchema.parse(call);
    const page = listStockInputSchema.parse(input);
    const ports = portsOf(meterWork(this.env, BINDINGS), requestId, invocationOf(this.ctx));
    return logWork({ system: 'catalogue', work: 'listStock', requestId }, () =>
      ports.catalogue.listStock(page),
    );
  }

  async listFor(call: CallContext, input: ListForInput) {
    const { requestId } = callContextSchema.parse(call);
    const { query, languages, groups } = listForInputSchema.parse(input);
    const headers = {
      [REQUEST_ID_HEADER]: requestId,
      ...(languages === '' ? {} : { 'accept-language': languages }),
    };
    const request = new Request(`https://catalogue/v1/products?${query}`, { headers });
    return app.fetch(ofCustomer(request, groups), this.env, this.ctx);
  }

  keepTemplates(call: CallContext, input: KeepTemplatesInput) {
    const { requestId } = callContextSchema.parse(call);
    const { templates } = keepTemplatesInputSchema.parse(input);
    const ports = portsOf(meterWork(this.env, BINDINGS), requestId, invocationOf(this.ctx));
    return logWork({ system: 'catalogue', work: 'keepTemplates', requestId }, () =>
      ports.catalogue.keepTemplates(templates),
    );
  }
}

/** Steps of jobs, for the objects that make them go on. */
export class CatalogueJobSteps extends WorkerEntrypoint<Env> implements JobSteps {
  async run(call: CallContext, input: { jobId: string }) {
    const { requestId } = callContextSchema.parse(call);
    const { jobId } = runJobSchema.parse(input);
    const ports = portsOf(meterWork(this.env, BINDINGS), requestId, invocationOf(this.ctx));
    const more = await logWork({ system: 'catalogue', work: 'job', requestId }, () => runJob(ports, jobId));
    return { more };
  }
}

export default {
  fetch: app.fetch,

  async queue(batch, env, ctx) {
    const requestId = newRequestId();
    const ports = portsOf(meterWork(env, BINDINGS), requestId, invocationOf(ctx));
    if (isDeadLetterQueue(batch.queue)) {
      await storeDeadLetters(env.CATALOGUE_DB, batch, ports.clock.now());
      return;
    }
    await consumeEach('catalogue', batch, stockEventMessageSchema, (event) => applyStockEvent(ports, event));
    // The levels are kept; what follows from them may also wait for the cron.
    await logWork({ system: 'catalogue', work: 'outbox', requestId }, () => drainOutbox(ports)).catch(
      (error: unknown) => log.error('outbox not drained', { requestId, error }),
    );
  },

  /** Publishes what was scheduled, tells merchants' systems of changes, performs effects that were not performed at once, tends jobs and the search index. */
  async scheduled(_controller, env, ctx) {
    if (isRestoring(env)) return;
    const requestId = newRequestId();
    const ports = portsOf(env, requestId, invocationOf(ctx));
    const failures: unknown[] = [];
    // What fails is told and tried again at the next tick; it holds up nothing that comes after it.
    const task = async (name: string, perform: () => Promise<unknown>): Promise<void> => {
      try {
        await perform();
      } catch (error) {
        log.error('tick failed', { requestId, task: name, error });
        failures.push(error);
      }
    };
    await task('publish', () => publishScheduled(ports));
    await task('outbox', async () => {
      const performed = await drainOutbox(ports);
      if (performed > 0) log.info('outbox drained', { requestId, performed });
    });
    await task('merchants', () => tellMerchants(ports));
    await task('jobs', () => tendJobs(ports));
    await task('media', async () => {
      const swept = await sweepMedia(ports);
      if (swept > 0) log.info('pictures nobody shows deleted', { requestId, swept });
    });
    await task('index', () => tendIndex(ports));
    await task('backups', () => keepBackups(env, 'catalogue', sources(env)));
    if (failures.length > 0) throw new AggregateError(failures, 'some tasks of the tick failed');
  },
} satisfies ExportedHandler<Env>;
