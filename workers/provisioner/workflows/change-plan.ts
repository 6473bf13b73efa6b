import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import { contractOf, type OperationName, operationNameSchema } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { LifecycleStepRow, Terms } from '../queries/lifecycle.ts';
import type { Made } from '../queries/steps.ts';
import { holds } from '../templates/condition.ts';
import { referencesOf, resolveMappings, type Scope, stepOf } from '../templates/mapping.ts';
import { type PlanStep, planSchema } from '../templates/plan.ts';
import type { StepFailure } from '../templates/template.ts';
import { currentOperation, scopeOfMade } from './made.ts';

/** Steps of a plan that an operation has to go to, in their order; or why it cannot be done. */
export type ChangePlan = { steps: string[] } | { refused: StepFailure };

/** An instance as it would be under other terms, with what its steps leave by then. */
export const under = (made: Made, terms: Terms, kept: readonly LifecycleStepRow[] = []): Made => ({
  ...made,
  instance: { ...made.instance, ...terms },
  steps: made.steps.map((row) => {
    const output = kept.find(({ step }) => step === row.step)?.sealedOutput ?? null;
    return output === null ? row : { ...row, sealedOutput: output };
  }),
});

export const termsOf = ({ instance }: Pick<Made, 'instance'>): Terms => ({
  productId: instance.productId,
  productVersion: instance.productVersion,
  variantId: instance.variantId,
  sku: instance.sku,
  title: instance.title,
  variantTitle: instance.variantTitle,
  customisation: instance.customisation,
  fulfilment: instance.fulfilment,
});

/** Who carries a step out, with what: null where the step made nothing that stands. */
export function standingStep(made: Made, step: PlanStep) {
  const row = made.steps.find((each) => each.step === step.name);
  if (row === undefined || row.doneAt === null || row.undoneAt !== null) return null;
  const { operation, inputs } = currentOperation(made, step);
  const name = operationNameSchema.safeParse(operation);
  return name.success ? { operation: name.data, inputs } : null;
}

/** What other terms change: each step whose inputs differ, or depend on one that changes. Looks alone. */
export async function planChange(
  ports: Ports,
  made: Made,
  { former, target }: { former: Terms; target: Terms },
): Promise<ChangePlan> {
  const plan = planSchema.parse(made.instance.plan);
  const [before, after] = await Promise.all([
    scopeOfMade(ports, under(made, former)),
    scopeOfMade(ports, under(made, target)),
  ]);
  const steps: string[] = [];
  for (const step of plan.steps) {
    if (step.when !== null && holds(step.when, before) !== holds(step.when, after))
      return { refused: { code: 'other_steps', text: `It would need “${step.title}” done otherwise.` } };
    const standing = standingStep(made, step);
    if (standing === null) continue;
    const follows = Object.values(standing.inputs)
      .flatMap(referencesOf)
      .some(({ pointer }) => steps.includes(stepOf(pointer) ?? ''));
    if (!follows && !differs(standing, before, after)) continue;
    const fault = faultOf(standing, step, after, follows);
    if (fault !== null) return { refused: fault };
    steps.push(step.name);
  }
  return { steps };
}

/** Steps that leave credentials which their connector can renew. */
export const planRotation = (made: Made): ChangePlan => {
  const steps = planSchema.parse(made.instance.plan).steps.filter((step) => {
    const standing = standingStep(made, step);
    return standing !== null && CONNECTORS[standing.operation].rotate !== undefined;
  });
  return { steps: steps.map(({ name }) => name) };
};

type Standing = NonNullable<ReturnType<typeof standingStep>>;

const differs = ({ inputs }: Standing, before: Scope, after: Scope): boolean =>
  canonicalJson(resolveMappings(inputs, before)) !== canonicalJson(resolveMappings(inputs, after));

function faultOf(
  { operation, inputs }: Standing,
  step: PlanStep,
  after: Scope,
  follows: boolean,
): StepFailure | null {
  if (CONNECTORS[operation].update === undefined)
    return { code: 'not_changeable', text: `“${step.title}” cannot be changed once it is done.` };
  return follows || inputOf(operation, inputs, after) !== null
    ? null
    : { code: 'inputs_unfit', text: `“${step.title}” cannot be done with that.` };
}

/** The input of a step's operation; null: it does not fit. */
export function inputOf(operation: OperationName, inputs: Standing['inputs'], scope: Scope): unknown {
  const input = contractOf(operation).input.safeParse(resolveMappings(inputs, scope));
  return input.success ? input.data : null;
}
