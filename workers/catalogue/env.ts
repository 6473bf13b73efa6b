import type { AuthService } from '#shared/contracts/auth.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';

export type Env = Omit<GeneratedEnv, 'AUTH'> & { AUTH: Service<AuthService & Rpc.WorkerEntrypointBranded> };

export const BINDINGS: Partial<Record<keyof Env, BindingKind>> = {
  AUTH: 'service',
  CATALOGUE_CACHE: 'kv',
  CATALOGUE_DB: 'd1',
  CATALOGUE_EVENTS: 'queue',
  SEARCH_DB: 'd1',
  STOCK_EVENTS: 'queue',
};
