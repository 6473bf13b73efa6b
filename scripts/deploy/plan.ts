import { deploymentOrder } from './order.ts';
import type { DeployableWorker, Deployment } from './deployment.ts';
import type { QueueConsumer } from '../lib/config.ts';
import type { WorkerName } from '../lib/workers.ts';

/** What a deployment creates and applies, in the order of its members. */
export interface Plan {
  /** Dead-letter queues among them. */
  queues: string[];
  databases: { name: string; worker: WorkerName; migrations: string[] }[];
  namespaces: { title: string; worker: WorkerName; binding: string }[];
  buckets: string[];
  workflows: { name: string; worker: WorkerName }[];
  classes: { name: string; worker: WorkerName; tag: string }[];
  secrets: { worker: WorkerName; script: string; names: string[] }[];
  crons: { worker: WorkerName; cron: string }[];
  consumers: { worker: WorkerName; consumer: QueueConsumer }[];
  rateLimits: { worker: WorkerName; name: string; namespace: string; limit: number; periodSeconds: number }[];
  services: { worker: WorkerName; binding: string; service: string; entrypoint: string }[];
  vars: { worker: WorkerName; name: string; value: string }[];
  /** A worker after those it binds. */
  workers: DeployableWorker[];
}

/** A KV namespace has no name in the configuration: its title in the account follows its binding. */
export const namespaceTitle = (binding: string): string =>
  `tradepost-${binding.toLowerCase().replaceAll('_', '-')}`;

export function planDeployment(deployment: Deployment): Plan {
  const { migrations } = deployment;
  const workers = deploymentOrder(deployment.workers);
  const each = <Item>(items: (deployable: DeployableWorker) => Item[]): Item[] => workers.flatMap(items);
  const consumers = each(({ config }) => config.queues.consumers ?? []);
  return {
    queues: [
      ...new Set([
        ...each(({ config }) => (config.queues.producers ?? []).map(({ queue }) => queue)),
        ...consumers.flatMap(({ queue, dead_letter_queue: dead }) => [queue, ...(dead ? [dead] : [])]),
      ]),
    ].sort(),
    databases: each(({ worker, config }) =>
      config.d1_databases.map(({ binding, database_name: name = binding }) => ({
        name,
        worker,
        migrations: migrations[name] ?? [],
      })),
    ),
    namespaces: each(({ worker, config }) =>
      config.kv_namespaces.map(({ binding }) => ({ title: namespaceTitle(binding), worker, binding })),
    ),
    buckets: [...new Set(each(({ config }) => config.r2_buckets.map(({ bucket_name: name }) => name)))],
    workflows: each(({ worker, config }) => config.workflows.map(({ name }) => ({ name, worker }))),
    classes: each(({ worker, config }) =>
      config.migrations.flatMap(({ tag, new_sqlite_classes: names = [] }) =>
        names.map((name) => ({ name, worker, tag })),
      ),
    ),
    secrets: each(({ worker, config }) => {
      const names = config.secrets?.required ?? [];
      return names.length === 0 ? [] : [{ worker, script: config.name, names }];
    }),
    crons: each(({ worker, config }) => (config.triggers.crons ?? []).map((cron) => ({ worker, cron }))),
    consumers: each(({ worker, config }) =>
      (config.queues.consumers ?? []).map((consumer) => ({ worker, consumer })),
    ),
    rateLimits: each(({ worker, config }) =>
      config.ratelimits.map(({ name, namespace_id: namespace, simple: { limit, period } }) => ({
        worker,
        name,
        namespace,
        limit,
        periodSeconds: period,
      })),
    ),
    services: each(({ worker, config }) =>
      config.services.map(({ binding, service, entrypoint = 'default' }) => ({
        worker,
        binding,
        service,
        entrypoint,
      })),
    ),
    vars: each(({ worker, config }) =>
      Object.entries(config.vars).map(([name, value]) => ({ worker, name, value: String(value) })),
    ),
    workers,
  };
}
