import path from 'node:path';

/** Repository root. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

/** What a laptop keeps between starts: databases, objects, builds, generated secrets. Not under version control. */
export const STATE_FOLDER = path.join(ROOT, '.tradepost');

/** What a deployment consists of, in the order of first deployment: a worker comes after those it binds. */
export const DEPLOYABLE_WORKERS = [
  'auth',
  'catalogue',
  'payments',
  'provisioner',
  'purchase',
  'gateway',
] as const;
/** The laptop's stand-in for the outside world. Only development and tests know it. */
export const SANDBOX_WORKER = 'sandbox';

export type WorkerName = (typeof DEPLOYABLE_WORKERS)[number] | typeof SANDBOX_WORKER;
/** The gateway first: the first worker is the one behind the public port. */
export const ALL_WORKERS: readonly WorkerName[] = [...DEPLOYABLE_WORKERS.toReversed(), SANDBOX_WORKER];

/** Absolute path of a worker's wrangler configuration: the gateway's is the root one. */
export const configPath = (worker: WorkerName): string =>
  worker === 'gateway'
    ? path.join(ROOT, 'wrangler.toml')
    : path.join(ROOT, 'workers', worker, 'wrangler.toml');

export const workerFolder = (worker: WorkerName): string => path.join(ROOT, 'workers', worker);

/** Name under which a worker is deployed and bound. */
export const scriptName = (worker: WorkerName): string => `tradepost-${worker}`;
