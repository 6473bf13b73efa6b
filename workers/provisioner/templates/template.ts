import { z } from 'zod';
import { deliveredKindSchema } from '#shared/domain/product.ts';
import { statedEntitlementsSchema } from '#shared/domain/entitlements.ts';
import { conditionSchema } from './condition.ts';
import { mappingSchema } from './mapping.ts';

const retrySchema = z.strictObject({
  /** Further tries after the first. */
  limit: z.int().min(0).max(50),
  delaySeconds: z.int().min(1).max(3_600),
  backoff: z.enum(['constant', 'linear', 'exponential']),
});

const policySchema = z.strictObject({ retry: retrySchema, timeoutSeconds: z.int().min(1).max(600) });
export type StepPolicy = z.infer<typeof policySchema>;

/** Code and text of a failure; the text is for the customer. */
export const failureSchema = z.strictObject({
  code: z.string().min(1).max(100),
  text: z.string().min(1).max(500),
});
export type StepFailure = z.infer<typeof failureSchema>;

/** Names a step in the Workflow, in idempotency keys and in pointers; also connectors and operations. */
export const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a small letter, then at most 39 of a–z, 0–9 and -');

/**
 * Longest wait for a person. An order gives its lines a day (STAGE_DEADLINE_MS of the order) before it asks for an
 * operator itself, so a wait ends before.
 */
export const PERSON_WAIT_SECONDS_MAX = 20 * 3_600;
const personWait = z.int().min(60).max(PERSON_WAIT_SECONDS_MAX).default(PERSON_WAIT_SECONDS_MAX);

export const stepTemplateSchema = policySchema.extend({
  name: nameSchema,
  /** For people: what is being done, as in "Setting your service up". */
  title: z.string().trim().min(1).max(120),
  connector: nameSchema,
  operation: nameSchema,
  inputs: z.record(z.string().min(1).max(100), mappingSchema),
  /** Steps that must have ended before; steps that do not wait for one another run side by side. */
  after: z.array(nameSchema).max(30).default([]),
  when: conditionSchema.nullable().default(null),
  /** An operator has to agree before the step begins. */
  approval: z
    .strictObject({ text: z.string().min(1).max(500), timeoutSeconds: personWait })
    .nullable()
    .default(null),
  /** For operations that end later: how often to ask anew, and how long each wait for news lasts. */
  settle: z
    .strictObject({
      attempts: z.int().min(1).max(9),
      waitSeconds: z.array(z.int().min(1).max(86_400)).min(1).max(20),
    })
    .nullable()
    .default(null),
  /** How long each question to a person waits. */
  personTimeoutSeconds: personWait,
  /** How to repeat the compensation; or why there is none. */
  undo: z.union([policySchema, z.strictObject({ none: z.string().trim().min(3).max(300) })]),
  /** `hold`: an operator decides what becomes of a step that failed, and until then nothing is undone. */
  onFailure: z.enum(['roll-back', 'hold']).default('roll-back'),
  /** What the customer reads when the tries are used up. */
  exhausted: failureSchema,
});
export type StepTemplate = z.infer<typeof stepTemplateSchema>;

export const DELIVERY_TYPES = [
  'licence-key',
  'download',
  'partner-service',
  'parcel',
  'gift-card',
  'custom',
] as const;
/** What the customer receives, see `storedDeliverySchema`. `labels`: of the fields of a `custom` one. */
export const deliveryTemplateSchema = z.strictObject({
  type: z.enum(DELIVERY_TYPES),
  fields: z.record(z.string().min(1).max(60), mappingSchema),
  labels: z
    .record(
      z.string(),
      z.strictObject({ label: z.string().min(1).max(100), secret: z.boolean().default(false) }),
    )
    .default({}),
});
export type DeliveryTemplate = z.infer<typeof deliveryTemplateSchema>;

export const STEPS_MAX = 30;
export const templateDocumentSchema = z
  .strictObject({
    /** For staff. */
    title: z.string().trim().min(1).max(200),
    kind: deliveredKindSchema,
    /** JSON Schema (2020-12) of `fulfilment.parameters` of products that refer to it; null: they have none. */
    parameters: z.record(z.string(), z.unknown()).nullable().default(null),
    steps: z.array(stepTemplateSchema).min(1).max(STEPS_MAX),
    delivery: deliveryTemplateSchema,
    /** What a unit entitles to where its product says nothing. */
    entitlements: z.union([statedEntitlementsSchema, z.null()]).default(null),
  })
  .meta({ id: 'ProvisioningTemplateDocument' });
export type TemplateDocument = z.infer<typeof templateDocumentSchema>;

/** A version of a template. It never changes. */
export interface Template {
  id: string;
  handle: string;
  version: number;
  document: TemplateDocument;
}

/** Within our own systems: short and patient enough for a restart of the database. */
export const OWN_POLICY: StepPolicy = {
  retry: { limit: 5, delaySeconds: 2, backoff: 'exponential' },
  timeoutSeconds: 30,
};
