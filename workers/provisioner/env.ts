import type { AuthService } from '#shared/contracts/auth.ts';
import type { CatalogueService } from '#shared/contracts/catalogue.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';
import type { DeprovisionParams, ProvisionParams } from './workflows/params.ts';

export type Env = Omit<GeneratedEnv, 'CATALOGUE' | 'AUTH' | 'PROVISION' | 'DEPROVISION'> & {
  CATALOGUE: CatalogueService;
  AUTH: AuthService;
  PROVISION: Workflow<ProvisionParams>;
  DEPROVISION: Workflow<DeprovisionParams>;
};

/** Bindings whose calls are counted in each request's costs. */
export const BINDING_KINDS = {
  CATALOGUE: 'service',
  AUTH: 'service',
  STORE_DB: 'd1',
  DOWNLOADS: 'r2',
  PROVISIONING: 'queue',
  PROVISIONING_RESULTS: 'queue',
  PROVISION: 'workflow',
  DEPROVISION: 'workflow',
} as const satisfies Partial<Record<keyof Env, BindingKind>>;
