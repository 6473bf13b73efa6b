import { z } from 'zod';

/** How a broker knows us: HTTP Basic, or a token it gave out. */
export const brokerCredentialsSchema = z.union([
  z.strictObject({ username: z.string().min(1).max(500), password: z.string().min(1).max(2_000) }),
  z.strictObject({ token: z.string().min(1).max(4_000) }),
]);
export type BrokerCredentials = z.infer<typeof brokerCredentialsSchema>;

const jsonSchema = z.record(z.string(), z.unknown()).nullable();

/** What a service broker says of a plan; what its service says by default is filled in. */
export const planOfferSchema = z.strictObject({
  service: z.string(),
  plan: z.string(),
  description: z.string(),
  free: z.boolean(),
  bindable: z.boolean(),
  bindingsRetrievable: z.boolean(),
  bindingRotatable: z.boolean(),
  planUpdateable: z.boolean(),
  /** Seconds; null: as long as the template waits. */
  pollingSecondsMax: z.int().nullable(),
  /** JSON Schemas of parameters; null: the broker says nothing about them. */
  schemas: z.strictObject({ provision: jsonSchema, update: jsonSchema, bind: jsonSchema }),
});
export type PlanOffer = z.infer<typeof planOfferSchema>;

/** A plan as it is listed: without its schemas, which may be long. */
export const brokerPlanSummarySchema = planOfferSchema
  .omit({ schemas: true })
  .extend({
    planId: z.string(),
    serviceId: z.string(),
    /** `withdrawn`: the broker offers it no more; what was sold of it goes on. */
    status: z.enum(['offered', 'withdrawn']),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'BrokerPlanSummary' });
export const brokerPlanSchema = brokerPlanSummarySchema
  .extend({ schemas: planOfferSchema.shape.schemas })
  .meta({ id: 'BrokerPlan' });
export type BrokerPlan = z.infer<typeof brokerPlanSchema>;

export const brokerCatalogueSchema = z
  .strictObject({
    connection: z.string(),
    /** Counts its changes. */
    version: z.int(),
    syncedAt: z.iso.datetime().nullable(),
    /** Why it could not be read the last time. */
    error: z.string().nullable(),
    items: z.array(brokerPlanSummarySchema),
    next: z.string().nullable(),
  })
  .meta({ id: 'BrokerCatalogue' });
export type BrokerCatalogue = z.infer<typeof brokerCatalogueSchema>;

export const catalogueSyncSchema = z
  .strictObject({
    version: z.int(),
    changes: z.array(
      z.strictObject({
        what: z.enum(['added', 'changed', 'withdrawn', 'returned']),
        serviceId: z.string(),
        planId: z.string(),
        service: z.string(),
        plan: z.string(),
      }),
    ),
  })
  .meta({ id: 'CatalogueSync' });
export type CatalogueSync = z.infer<typeof catalogueSyncSchema>;

export const noticeSchema = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    subject: z.string(),
    text: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ProvisioningNotice', description: 'What staff should know of partners and supplies' });
export const noticePageSchema = z
  .strictObject({ items: z.array(noticeSchema), next: z.string().nullable() })
  .meta({ id: 'ProvisioningNoticePage' });
