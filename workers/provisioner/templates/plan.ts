import { z } from 'zod';
import { Validator } from '@cfworker/json-schema';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { fulfilmentSchema } from '#shared/domain/product.ts';
import { contractOf, operationOf } from '../connectors/operations.ts';
import { inOrder } from './graph.ts';
import { referencesOf, resolveMappings, stepOf } from './mapping.ts';
import { type LineFacts, scopeOf } from './scope.ts';
import { deliveryTemplateSchema, stepTemplateSchema, type StepFailure, type Template } from './template.ts';
import { upgradedPlan } from './upgrade.ts';

/** A template made concrete for one order line. Kept with the instance, so that undoing follows what was done. */
const currentPlanSchema = z.strictObject({
  /** Id of the template; its name in plans of an older release. */
  template: z.string(),
  version: z.int(),
  /** In an order in which each comes after those it waits for. */
  steps: z.array(stepTemplateSchema.extend({ idempotencyKey: z.string().max(200) })),
  delivery: deliveryTemplateSchema,
});
export const planSchema = z.preprocess(upgradedPlan, currentPlanSchema);
export type Plan = z.infer<typeof currentPlanSchema>;
export type PlanStep = Plan['steps'][number];

/**
 * The plan of one order line: the template's steps with an idempotency key each, derived from order, line and step.
 * Inputs stay pointers, so a plan holds nothing personal; every input that needs no earlier result is checked here.
 * The failure is final: nothing was done yet, and no repeat can mend it. Pure.
 */
export function buildPlan(
  template: Template,
  line: Omit<LineFacts, 'fulfilment'> & { fulfilment: unknown },
): Result<Plan, StepFailure> {
  const fulfilment = fulfilmentSchema.safeParse(line.fulfilment);
  const steps = inOrder(template.document.steps);
  if (!fulfilment.success || steps === null) return fail(INVALID_FULFILMENT);
  const facts: LineFacts = { ...line, fulfilment: fulfilment.data };
  const { parameters } = template.document;
  if (parameters !== null && !isValid(parameters, facts.fulfilment['parameters'] ?? {}))
    return fail(INVALID_FULFILMENT);
  for (const step of steps) {
    const operation = operationOf(step);
    if (operation === null) return fail(INVALID_FULFILMENT);
    const references = Object.values(step.inputs).flatMap(referencesOf);
    if (step.when !== null || references.some(({ pointer }) => stepOf(pointer) !== null)) continue;
    const inputs = contractOf(operation).input.safeParse(resolveMappings(step.inputs, scopeOf(facts, {})));
    if (!inputs.success) {
      const missesAddress = line.shippingAddress === null && inputs.error.issues[0]?.path[0] === 'address';
      return fail(missesAddress ? ADDRESS_MISSING : INVALID_FULFILMENT);
    }
  }
  return ok({
    template: template.id,
    version: template.version,
    steps: steps.map((step) => ({ ...step, idempotencyKey: `${line.orderId}/${line.lineId}/${step.name}` })),
    delivery: template.document.delivery,
  });
}

const isValid = (schema: Record<string, unknown>, value: unknown): boolean =>
  new Validator(schema, '2020-12', false).validate(value).valid;

export const INVALID_FULFILMENT: StepFailure = {
  code: 'invalid_fulfilment',
  text: 'This product is set up wrongly and cannot be delivered.',
};
const ADDRESS_MISSING: StepFailure = {
  code: 'address_missing',
  text: 'There is no address to send the parcel to.',
};
