import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { PartnerGateFace } from '#objects/partner-gate/face.ts';
import type { AuthService } from '#shared/contracts/auth.ts';
import type { CatalogueService } from '#shared/contracts/catalogue.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';
import type { DeprovisionParams, ProvisionParams } from './workflows/params.ts';

export type Env = Omit<GeneratedEnv, 'CATALOGUE' | 'AUTH' | 'PROVISION' | 'DEPROVISION' | 'PARTNER_GATE'> & {
  CATALOGUE: CatalogueService;
  AUTH: AuthService;
  PROVISION: Workflow<ProvisionParams>;
  DEPROVISION: Workflow<DeprovisionParams>;
  PARTNER_GATE: ObjectNamespace<PartnerGateFace>;
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
  PARTNER_GATE: 'object',
} as const satisfies Partial<Record<keyof Env, BindingKind>>;
