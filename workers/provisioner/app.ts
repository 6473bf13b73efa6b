import { backupRoutes } from '#shared/backup/routes.ts';
import { createApp } from '#shared/http/app.ts';
import { deadLetterRoutes } from '#shared/queues/dead-letter-routes.ts';
import type { ProvisionerApp } from './app-env.ts';
import { hold, sources } from './backups.ts';
import { BINDING_KINDS, type Env } from './env.ts';
import { isolate } from './isolate.ts';
import { answerTaskRoute } from './routes/answer-task.ts';
import { checkEntitlementRoute } from './routes/check-entitlement.ts';
import { brokerCatalogueRoutes } from './routes/broker-catalogues.ts';
import { connectionRoutes } from './routes/connections.ts';
import { connectorCallbackRoute } from './routes/connector-callback.ts';
import { connectorRoutes } from './routes/connectors.ts';
import { countUsageRoute } from './routes/count-usage.ts';
import { downloadRoute } from './routes/download.ts';
import { dryRunRoute } from './routes/dry-run.ts';
import { getInstanceRoute } from './routes/get-instance.ts';
import { instanceUseRoutes } from './routes/instance-use.ts';
import { labelInstanceRoute } from './routes/label-instance.ts';
import { listOwnedRoute } from './routes/list-owned.ts';
import { revealCredentialsRoute } from './routes/reveal-credentials.ts';
import { licenceDeviceRoutes } from './routes/licence-devices.ts';
import { licenceFileRoutes } from './routes/licence-files.ts';
import { licenceLeaseRoutes } from './routes/licence-leases.ts';
import { lifecycleRoutes } from './routes/lifecycle.ts';
import { listInstancesRoute } from './routes/list-instances.ts';
import { makeDownloadLinkRoute } from './routes/make-download-link.ts';
import { licencePoolRoutes } from './routes/licence-pools.ts';
import { noticesRoute } from './routes/notices.ts';
import { partnerCallbackRoute } from './routes/partner-callback.ts';
import { partnerQueueRoutes } from './routes/partner-queues.ts';
import { progressRoutes } from './routes/progress.ts';
import { putFileRoute } from './routes/put-file.ts';
import { readLifecycleRoutes } from './routes/read-lifecycle.ts';
import { readTemplateRoutes } from './routes/read-templates.ts';
import { retryManyRoute } from './routes/retry-many.ts';
import { storeRoutes } from './routes/store.ts';
import { suspendInstanceRoutes } from './routes/suspend-instance.ts';
import { taskRoutes } from './routes/tasks.ts';
import { writeTemplateRoutes } from './routes/write-templates.ts';
import { ports } from './ports.ts';

/** The provisioner's HTTP face. Files and keys are streamed. */
export function createProvisionerApp(): ProvisionerApp {
  const app = createApp<Env>({
    system: 'provisioner',
    bindings: BINDING_KINDS,
    verifier: (env) => isolate(env).verifier,
    streamed: /^\/v1\/(files|provisioning\/licence-pools\/[^/]+\/keys)/,
  });
  listInstancesRoute(app, ports);
  getInstanceRoute(app, ports);
  makeDownloadLinkRoute(app, ports);
  downloadRoute(app, ports);
  partnerCallbackRoute(app, ports);
  putFileRoute(app, ports);
  suspendInstanceRoutes(app, ports);
  lifecycleRoutes(app, ports);
  readLifecycleRoutes(app, ports);
  readTemplateRoutes(app, ports);
  writeTemplateRoutes(app, ports);
  taskRoutes(app, ports);
  retryManyRoute(app, ports);
  dryRunRoute(app, ports);
  answerTaskRoute(app, ports);
  progressRoutes(app, ports);
  connectorRoutes(app, ports);
  connectionRoutes(app, ports);
  brokerCatalogueRoutes(app, ports);
  licencePoolRoutes(app, ports);
  noticesRoute(app, ports);
  connectorCallbackRoute(app, ports);
  partnerQueueRoutes(app, ports);
  checkEntitlementRoute(app, ports);
  licenceDeviceRoutes(app, ports);
  licenceLeaseRoutes(app, ports);
  countUsageRoute(app, ports);
  licenceFileRoutes(app, ports);
  storeRoutes(app, ports);
  labelInstanceRoute(app, ports);
  revealCredentialsRoute(app, ports);
  instanceUseRoutes(app, ports);
  listOwnedRoute(app, ports);
  backupRoutes(app, { worker: 'provisioner', sources, hold });
  deadLetterRoutes(app, {
    worker: 'provisioner',
    database: (env) => env.STORE_DB,
    queues: (env) => ({ provisioning: env.PROVISIONING, 'partner-replies': env.PARTNER_REPLIES }),
  });
  return app;
}

export const app = createProvisionerApp();
