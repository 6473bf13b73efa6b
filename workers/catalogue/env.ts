import type { JobRunnerFace } from '#objects/job-runner/face.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { BackupEnv } from '#shared/backup/of-env.ts';
import type { AuthService } from '#shared/contracts/auth.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';

/** What wrangler.toml binds, with its true types. */
interface Typed {
  AUTH: Service<AuthService & Rpc.WorkerEntrypointBranded>;
  JOB_RUNNER: ObjectNamespace<JobRunnerFace>;
}
export type Env = Omit<GeneratedEnv, keyof Typed | keyof BackupEnv> & Typed & BackupEnv;

export const BINDINGS: Partial<Record<keyof Env, BindingKind>> = {
  AUTH: 'service',
  BACKUPS: 'r2',
  CATALOGUE_CACHE: 'kv',
  CATALOGUE_DB: 'd1',
  CATALOGUE_EVENTS: 'queue',
  JOB_FILES: 'r2',
  JOB_RUNNER: 'object',
  MEDIA: 'r2',
  SEARCH_DB: 'd1',
  STOCK_EVENTS: 'queue',
};
