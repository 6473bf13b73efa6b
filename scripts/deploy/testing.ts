import { readConfig } from '../lib/config.ts';
import { configPath, DEPLOYABLE_WORKERS, ROOT, type WorkerName } from '../lib/workers.ts';
import path from 'node:path';
import type { DeployableWorker, Deployment } from './deployment.ts';
import { readExpected } from './expected.ts';

/** The committed configurations with small made-up bundles that export and handle what these ask for. For tests. */
export function committedDeployment(): Deployment {
  const configs = DEPLOYABLE_WORKERS.map((worker) => ({ worker, config: readConfig(worker) }));
  const workers = configs.map(({ worker, config }): DeployableWorker => {
    const entrypoints = configs
      .flatMap((other) => other.config.services)
      .flatMap(({ service, entrypoint }) => (service === config.name && entrypoint ? [entrypoint] : []));
    return {
      worker,
      file: path.relative(ROOT, configPath(worker)),
      config,
      expected: readExpected(worker),
      bundle: {
        rawBytes: 500_000,
        gzipBytes: 100_000,
        exports: [
          'default',
          ...entrypoints,
          ...config.durable_objects.bindings.map(({ class_name: name }) => name),
          ...config.workflows.map(({ class_name: name }) => name),
        ],
        handlers: [
          'fetch',
          ...((config.queues.consumers ?? []).length === 0 ? [] : ['queue']),
          ...((config.triggers.crons ?? []).length === 0 ? [] : ['scheduled']),
        ],
        sources: [`workers/${worker}/index.ts`, 'node_modules/hono/dist/index.js'],
      },
    };
  });
  const databases = workers.flatMap(({ config }) => config.d1_databases);
  return {
    workers,
    migrations: Object.fromEntries(
      databases.map(({ binding, database_name: name = binding }) => [name, ['0001_first.sql']]),
    ),
    sources: Object.fromEntries(
      workers.map(({ worker }) => [`workers/${worker}/index.ts`, 'export default {};']),
    ),
    runtimeDate: '2026-10-23',
    localValues: ['sixteen-characters-of-a-local-secret'],
  };
}

/** One worker of a deployment, to alter it. */
export function workerOf(deployment: Deployment, name: WorkerName): DeployableWorker {
  const found = deployment.workers.find(({ worker }) => worker === name);
  if (found === undefined) throw new Error(`${name} is not part of this deployment`);
  return found;
}
