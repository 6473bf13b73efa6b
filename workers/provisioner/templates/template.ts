import { z } from 'zod';
import type { Fulfilment } from '#shared/domain/product.ts';
import { actionNameSchema } from './actions.ts';

/**
 * Where an input comes from: a path (`line.quantity`, `fulfilment.plan`, `customisation`, `result.<step>.<field>`),
 * two such numbers multiplied, or a value written in the template.
 */
export const sourceSchema = z.union([
  z.string().regex(/^(line|fulfilment|customisation|result)(\.[\w-]+)*$/),
  z.strictObject({ path: z.string(), times: z.string() }),
  z.strictObject({ literal: z.union([z.string(), z.number(), z.null()]) }),
]);
export type Source = z.infer<typeof sourceSchema>;

const retrySchema = z.strictObject({
  /** Further tries after the first. */
  limit: z.int().min(0).max(50),
  delaySeconds: z.int().min(1),
  backoff: z.enum(['constant', 'linear', 'exponential']),
});

const policySchema = z.strictObject({ retry: retrySchema, timeoutSeconds: z.int().min(1).max(600) });
export type StepPolicy = z.infer<typeof policySchema>;

/** Code and text of a failure; the text is for the customer. */
export const failureSchema = z.strictObject({ code: z.string(), text: z.string() });
export type StepFailure = z.infer<typeof failureSchema>;

export const stepTemplateSchema = policySchema.extend({
  /** Names the step in the Workflow, in idempotency keys and in `result` paths. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  action: actionNameSchema,
  inputs: z.record(z.string(), sourceSchema),
  /** For actions that end later, by call-back: how often to order anew, and how long each wait for news lasts. */
  settle: z
    .strictObject({ attempts: z.int().min(1).max(9), waitSeconds: z.array(z.int().min(1)).min(1).max(20) })
    .nullable(),
  /** How to repeat the compensation; null when the action leaves nothing behind. */
  undo: policySchema.nullable(),
  /** What the customer reads when the tries are used up. */
  exhausted: failureSchema,
});
export type StepTemplate = z.infer<typeof stepTemplateSchema>;

export interface Template {
  name: Fulfilment['template'];
  /** Increases with each change; a running plan keeps the version it was built from. */
  version: number;
  steps: readonly StepTemplate[];
  /** Fields of what the customer receives, see `storedDeliverySchema`. */
  delivery: Record<string, Source>;
}

/** A template made concrete for one order line. Kept with the instance, so that undoing follows what was done. */
export const planSchema = z.strictObject({
  template: z.string(),
  version: z.int(),
  steps: z.array(stepTemplateSchema.extend({ idempotencyKey: z.string().max(200) })),
  delivery: z.record(z.string(), sourceSchema),
});
export type Plan = z.infer<typeof planSchema>;
export type PlanStep = Plan['steps'][number];

/** Within our own systems: short and patient enough for a restart of the database. */
export const OWN_POLICY: StepPolicy = {
  retry: { limit: 5, delaySeconds: 2, backoff: 'exponential' },
  timeoutSeconds: 30,
};
/** A partner that is away: about two minutes before the customer gets the money back. */
export const PARTNER_POLICY: StepPolicy = {
  retry: { limit: 6, delaySeconds: 2, backoff: 'exponential' },
  timeoutSeconds: 30,
};
/** Undoing tries longer than doing: after it comes a person. */
export const UNDO_POLICY: StepPolicy = {
  retry: { limit: 9, delaySeconds: 2, backoff: 'exponential' },
  timeoutSeconds: 30,
};
