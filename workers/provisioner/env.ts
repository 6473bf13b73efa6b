import type { BackupEnv } from '#shared/backup/of-env.ts';
import type { CopiedFace } from '#objects/lib/copies.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { InstanceUseFace } from '#objects/instance-use/face.ts';
import type { GovernorFace } from '#objects/provider-governor/face.ts';
import type { PartnerGateFace } from '#objects/partner-gate/face.ts';
import type { ShardMoverFace } from '#objects/shard-mover/face.ts';
import type { AuthService } from '#shared/contracts/auth.ts';
import type { CatalogueService, TemplateDirectory } from '#shared/contracts/catalogue.ts';
import type { GiftCardsService } from '#shared/contracts/gift-cards.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { PartnerMessage } from './connectors/queue/request.ts';
import type { GeneratedEnv } from './env.generated.ts';
import type { DeprovisionParams, LifecycleParams, ProvisionParams } from './workflows/params.ts';

export type Env = Omit<
  GeneratedEnv,
  | keyof BackupEnv
  | 'CATALOGUE'
  | 'AUTH'
  | 'GIFT_CARDS'
  | 'PROVISION'
  | 'DEPROVISION'
  | 'LIFECYCLE'
  | 'PARTNER_GATE'
  | 'INSTANCE_USE'
  | 'SHARD_MOVER'
  | 'GOVERNOR'
> & {
  CATALOGUE: CatalogueService & TemplateDirectory;
  AUTH: AuthService;
  GIFT_CARDS: GiftCardsService;
  PROVISION: Workflow<ProvisionParams>;
  DEPROVISION: Workflow<DeprovisionParams>;
  LIFECYCLE: Workflow<LifecycleParams>;
  PARTNER_GATE: ObjectNamespace<PartnerGateFace>;
  SHARD_MOVER: ObjectNamespace<ShardMoverFace>;
  GOVERNOR: ObjectNamespace<GovernorFace>;
  /** Further databases of the Product Store, as many as the configuration binds. */
  [further: `STORE_DB_${number}`]: D1Database;
  INSTANCE_USE: ObjectNamespace<InstanceUseFace & CopiedFace>;
  /** Bound by whoever has a consumer of the queue connector's messages. */
  PARTNER_MESSAGES?: Queue<PartnerMessage>;
} & BackupEnv;

/** Bindings whose calls are counted in each request's costs. */
export const BINDING_KINDS = {
  CATALOGUE: 'service',
  AUTH: 'service',
  GIFT_CARDS: 'service',
  STORE_DB: 'd1',
  STORE_DB_2: 'd1',
  STORE_DB_3: 'd1',
  STORE_DB_4: 'd1',
  STORE_DB_5: 'd1',
  STORE_DB_6: 'd1',
  STORE_DB_7: 'd1',
  STORE_DB_8: 'd1',
  DOWNLOADS: 'r2',
  BACKUPS: 'r2',
  PROVISIONING: 'queue',
  PROVISIONING_RESULTS: 'queue',
  PARTNER_REPLIES: 'queue',
  PROVISION: 'workflow',
  DEPROVISION: 'workflow',
  LIFECYCLE: 'workflow',
  PARTNER_GATE: 'object',
  INSTANCE_USE: 'object',
  SHARD_MOVER: 'object',
  GOVERNOR: 'object',
} as const satisfies Partial<Record<keyof Env, BindingKind>>;
