import type { WorkerConfig } from '../lib/config.ts';
import type { WorkerName } from '../lib/workers.ts';

/** Everything the checks and the plan look at: plain data, so that a test can alter any part of it. */
export interface Deployment {
  workers: DeployableWorker[];
  /** Migration files by database name, in the order they are applied. */
  migrations: Record<string, string[]>;
  /** Text of the project's own sources in any bundle, by path from the root. */
  sources: Record<string, string>;
  /** Newest compatibility date the pinned runtime knows, YYYY-MM-DD. */
  runtimeDate: string;
  /** Values this machine's `.dev.vars` files hold: none of them belongs into a committed configuration. */
  localValues: string[];
}

export interface DeployableWorker {
  worker: WorkerName;
  /** Configuration file, path from the root. */
  file: string;
  config: WorkerConfig;
  bundle: Bundle;
  /** Members of the `env` its code is written against, with their types. */
  expected: Record<string, string>;
}

export interface Bundle {
  rawBytes: number;
  gzipBytes: number;
  /** Names the entry point exports, `default` among them. */
  exports: string[];
  /** Members of its default export (`fetch`, `queue`, `scheduled`); null when the bundle does not say them plainly. */
  handlers: string[] | null;
  /** Every file the bundle imports, path from the root. */
  sources: string[];
}

/** One thing that forbids a deployment. */
export interface Finding {
  worker: WorkerName;
  /** Path from the root. */
  file: string;
  /** Dotted path in the configuration, or the place in the file. */
  field: string;
  problem: string;
}

export type Check = (deployment: Deployment) => Finding[];

/** Runs a check over one worker at a time. */
export const perWorker =
  (check: (worker: DeployableWorker, deployment: Deployment) => [field: string, problem: string][]): Check =>
  (deployment) =>
    deployment.workers.flatMap((worker) =>
      check(worker, deployment).map(([field, problem]) => finding(worker, field, problem)),
    );

export const finding = ({ worker, file }: DeployableWorker, field: string, problem: string): Finding => ({
  worker,
  file,
  field,
  problem,
});
