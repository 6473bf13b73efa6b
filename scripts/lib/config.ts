import './quiet-wrangler.ts';
import { unstable_readConfig } from 'wrangler';
import { configPath, type WorkerName } from './workers.ts';

/** The members of a normalised wrangler configuration that our scripts read. */
export interface WorkerConfig {
  name: string;
  compatibility_date: string;
  compatibility_flags: string[];
  workers_dev?: boolean;
  preview_urls?: boolean;
  route?: Route;
  routes?: Route[];
  /** Names of all `[env.*]` sections. */
  definedEnvironments?: string[];
  /** The environment this configuration was read for, chosen by CLOUDFLARE_ENV. */
  targetEnvironment?: string;
  vars: Record<string, unknown>;
  secrets?: { required?: string[] };
  triggers: { crons?: string[] };
  d1_databases: { binding: string; database_name?: string; database_id?: string; migrations_dir?: string }[];
  kv_namespaces: { binding: string; id?: string }[];
  r2_buckets: { binding: string; bucket_name: string }[];
  durable_objects: { bindings: { name: string; class_name: string; script_name?: string }[] };
  migrations: { tag: string; new_sqlite_classes?: string[] }[];
  workflows: { name: string; binding: string; class_name: string; script_name?: string }[];
  services: { binding: string; service: string; entrypoint?: string }[];
  ratelimits: { name: string; namespace_id: string; simple: { limit: number; period: number } }[];
  queues: {
    producers?: QueueProducer[];
    consumers?: QueueConsumer[];
  };
}

type Route = string | { pattern: string };

export interface QueueProducer {
  binding: string;
  queue: string;
  /** Seconds. */
  delivery_delay?: number;
}

export interface QueueConsumer {
  queue: string;
  dead_letter_queue?: string;
  max_batch_size?: number;
  /** Seconds. */
  max_batch_timeout?: number;
  max_retries?: number;
  /** Not set or null: as many as the platform allows. */
  max_concurrency?: number | null;
  /** Seconds. */
  retry_delay?: number;
}

/** Reads a worker's configuration as wrangler itself does. */
export const readConfig = (worker: WorkerName): WorkerConfig => readConfigFile(configPath(worker));

export function readConfigFile(file: string): WorkerConfig {
  const config: unknown = unstable_readConfig({ config: file }, { hideWarnings: true });
  return config as WorkerConfig;
}
