import path from 'node:path';

/** Repository root. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

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

/** Absolute path of a worker's wrangler configuration: the gateway's is the root one. */
export const configPath = (worker: WorkerName): string =>
  worker === 'gateway'
    ? path.join(ROOT, 'wrangler.toml')
    : path.join(ROOT, 'workers', worker, 'wrangler.toml');

export const workerFolder = (worker: WorkerName): string => path.join(ROOT, 'workers', worker);
