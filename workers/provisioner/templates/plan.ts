import { fail, ok, type Result } from '#shared/domain/result.ts';
import { fulfilmentSchema, type Fulfilment } from '#shared/domain/product.ts';
import { actions } from './actions.ts';
import { neededSteps, resolveSources, type LineFacts } from './resolve.ts';
import type { Plan, StepFailure, Template } from './template.ts';

/**
 * The plan of one order line: its template with an idempotency key for each step, derived from order, line and step.
 * Inputs stay paths, so a plan holds nothing personal; every input that needs no earlier result is checked here.
 * The failure is final: nothing was done yet, and no repeat can mend it. Pure.
 */
export function buildPlan(
  templates: Record<Fulfilment['template'], Template>,
  line: Omit<LineFacts, 'fulfilment'> & { fulfilment: unknown },
): Result<Plan, StepFailure> {
  const fulfilment = fulfilmentSchema.safeParse(line.fulfilment);
  if (!fulfilment.success) return fail(INVALID_FULFILMENT);
  const template = templates[fulfilment.data.template];
  const facts: LineFacts = { ...line, fulfilment: fulfilment.data };
  for (const step of template.steps) {
    if (Object.values(step.inputs).some((source) => neededSteps(source).length > 0)) continue;
    const inputs = actions[step.action].input.safeParse(resolveSources(step.inputs, facts, {}));
    if (!inputs.success) {
      const missesAddress = line.shippingAddress === null && inputs.error.issues[0]?.path[0] === 'address';
      return fail(missesAddress ? ADDRESS_MISSING : INVALID_FULFILMENT);
    }
  }
  return ok({
    template: template.name,
    version: template.version,
    steps: template.steps.map((step) => ({
      ...step,
      idempotencyKey: `${line.orderId}/${line.lineId}/${step.name}`,
    })),
    delivery: template.delivery,
  });
}

const INVALID_FULFILMENT: StepFailure = {
  code: 'invalid_fulfilment',
  text: 'This product is set up wrongly and cannot be delivered.',
};
const ADDRESS_MISSING: StepFailure = {
  code: 'address_missing',
  text: 'There is no address to send the parcel to.',
};
