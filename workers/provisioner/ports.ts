import type { AuthService } from '#shared/contracts/auth.ts';
import type { CatalogueService, TemplateDirectory } from '#shared/contracts/catalogue.ts';
import type { GiftCardsService } from '#shared/contracts/gift-cards.ts';
import type { ProvisioningResultMessage } from '#shared/contracts/messages.ts';
import type { SigningRing } from '#shared/crypto/signing-ring.ts';
import { type Mailer, mailerOf } from '#shared/mail/mail.ts';
import { systemClock, type Clock } from '#shared/time/time.ts';
import { type BrokerApi, brokerApi } from './adapters/broker-api.ts';
import type { DownloadTokens } from './adapters/download-tokens.ts';
import { r2Files, type Files } from './adapters/files.ts';
import { dnsOverHttps } from '#objects/webhook-endpoint/outside.ts';
import { type Gates, partnerGates } from './adapters/gates.ts';
import { type InstanceUses, instanceUses } from './adapters/instance-uses.ts';
import { partnerApi, type PartnerApi } from './adapters/partner-api.ts';
import type { Sealer } from './adapters/sealer.ts';
import { type SignedHttp, signedHttp } from './adapters/signed-http.ts';
import type { CallbackVerifier } from './adapters/webhooks.ts';
import { workflowStarter, type WorkflowStarter } from './adapters/workflows.ts';
import type { PartnerMessage } from './connectors/queue/request.ts';
import type { Env } from './env.ts';
import { isolate } from './isolate.ts';
import { registry, type Registry } from './queries/registry.ts';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { type Placing, placing } from './store/placing.ts';
import { type Stores, stores } from './store/stores.ts';
import type { Remembered } from './usecases/entitlements/kept.ts';
import type { DeprovisionParams, LifecycleParams, ProvisionParams } from './workflows/params.ts';

/** Everything use cases and connectors may touch. */
export interface Ports {
  clock: Clock;
  stores: Stores;
  registry: Registry;
  placing: Placing;
  sealer: Sealer;
  tokens: DownloadTokens;
  files: Files;
  partner: PartnerApi;
  /** Who may call a partner now. */
  gates: Gates;
  http: SignedHttp;
  brokers: BrokerApi;
  callbacks: CallbackVerifier;
  /** Signs licence files and licence keys. */
  signer: SigningRing;
  /** Who uses an instance. */
  uses: InstanceUses;
  remembered: Remembered;
  catalogue: CatalogueService & TemplateDirectory;
  provisionings: WorkflowStarter<ProvisionParams>;
  deprovisionings: WorkflowStarter<DeprovisionParams>;
  lifecycles: WorkflowStarter<LifecycleParams>;
  results: { send(messages: readonly ProvisioningResultMessage[]): Promise<void> };
  /** Messages for consumers of one's own; null: there are none. */
  ownMessages: { send(message: PartnerMessage): Promise<unknown> } | null;
  mailer: Mailer;
  auth: Pick<AuthService, 'getContact'>;
  /** Who owns the money of gift cards. */
  giftCards: GiftCardsService;
  /** Public origin of the shop, for links and call-backs. */
  publicOrigin: string;
}

/** Ports over one env: the worker's own, or a metered view of it. */
export function ports(env: Env): Ports {
  const made = isolate(env);
  const databases = storeDatabases(env);
  const gates = partnerGates(env.PARTNER_GATE);
  const outside = {
    gates,
    targets: env.CONNECTION_TARGETS === 'any' ? ('any' as const) : ('public' as const),
    lookUp: dnsOverHttps(env.DNS_API_BASE),
  };
  return {
    clock: systemClock,
    stores: stores(databases, made.directory),
    registry: registry(env[HOME]),
    placing: placing(databases, env.SHARD_MOVER.getByName('mover')),
    sealer: made.sealer,
    tokens: made.tokens,
    files: r2Files(env.DOWNLOADS),
    partner: partnerApi({ apiBase: env.PARTNER_API_BASE, apiKey: env.PARTNER_API_KEY, gates }),
    gates,
    http: signedHttp(outside),
    brokers: brokerApi(outside),
    callbacks: made.callbacks,
    signer: made.signer,
    uses: instanceUses(env.INSTANCE_USE),
    remembered: made.remembered,
    catalogue: env.CATALOGUE,
    provisionings: workflowStarter(env.PROVISION, 'provisionings', made.starts),
    deprovisionings: workflowStarter(env.DEPROVISION, 'deprovisionings', made.starts),
    lifecycles: workflowStarter(env.LIFECYCLE, 'lifecycles', made.starts),
    results: {
      async send(messages) {
        await env.PROVISIONING_RESULTS.sendBatch(messages.map((body) => ({ body })));
      },
    },
    ownMessages: env.PARTNER_MESSAGES ?? null,
    mailer: mailerOf(env),
    auth: env.AUTH,
    giftCards: env.GIFT_CARDS,
    publicOrigin: env.PUBLIC_ORIGIN,
  };
}
