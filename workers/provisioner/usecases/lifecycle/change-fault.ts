import type { InstanceChange } from '#shared/contracts/instance-changes.ts';
import { entitlementsOf } from '#shared/domain/entitlements.ts';
import { fulfilmentSchema, type Fulfilment } from '#shared/domain/product.ts';
import { isOrdersCause } from '#shared/domain/suspension.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import { BEGINS_IN, type Terms } from '../../queries/lifecycle.ts';
import type { Made } from '../../queries/steps.ts';
import type { StepFailure } from '../../templates/template.ts';
import { planChange, termsOf } from '../../workflows/change-plan.ts';

interface Wanted {
  kind: InstanceChange['kind'];
  /** What it is to be; null: it keeps its plan. */
  plan: Terms | null;
  /** Absent: nothing is promised yet. */
  expects?: InstanceChange['expects'];
}

/** Why an order cannot change an instance like that; null: it can. Looks alone. */
export async function changeFault(
  ports: Ports,
  made: Made,
  { kind, plan, expects }: Wanted,
): Promise<StepFailure | null> {
  const { instance } = made;
  if (instance.kind === 'physical')
    return fault('not_changeable', 'What was sent as a parcel stays as it is.');
  if (!BEGINS_IN[kind].includes(instance.state))
    return fault('not_in_use', `Not while it is ${instance.state}.`);
  const { lifecycles, accesses } = ports.stores.ofInstance(instance.id);
  const [atWork, planAt, causes] = await Promise.all([
    lifecycles.atWork(instance.id),
    lifecycles.planBeginsAt(instance.id),
    accesses.causes(instance.id),
  ]);
  if (planAt !== null)
    return fault('plan_ordered', `Another plan was ordered and begins on ${rfc3339(planAt).slice(0, 10)}.`);
  if (atWork !== null && !(kind === 'renew' && atWork.askedAs === 'clock'))
    return fault('operation_running', 'Something else is being done with it, or it is being ended.');
  if (causes.some(({ cause }) => isOrdersCause(cause) || cause === 'operator'))
    return fault('suspended', 'It is suspended for another reason than the end of its term.');
  if (expects !== undefined && !isAsExpected(instance, expects))
    return fault('changed_meanwhile', 'It was changed since its price was told.');
  if (kind === 'renew' && instance.endsAt === null)
    return fault('no_term', 'It has no term that could be renewed.');
  return plan === null || plan.variantId === instance.variantId
    ? samePlanFault(kind, plan)
    : otherPlanFault(ports, made, kind, plan);
}

const fault = (code: string, text: string): StepFailure => ({ code, text });

const isAsExpected = ({ variantId, endsAt }: Made['instance'], expects: InstanceChange['expects']): boolean =>
  variantId === expects.variantId && endsAt === expects.endsAt;

const samePlanFault = (kind: Wanted['kind'], plan: Terms | null): StepFailure | null =>
  kind === 'change_plan' && plan !== null ? fault('same_plan', 'It has this plan already.') : null;

async function otherPlanFault(
  ports: Ports,
  made: Made,
  kind: Wanted['kind'],
  plan: Terms,
): Promise<StepFailure | null> {
  const former = fulfilmentSchema.safeParse(made.instance.fulfilment);
  const target = fulfilmentSchema.safeParse(plan.fulfilment);
  const isSame = plan.productId === made.instance.productId;
  if (!isSame && (!former.success || !target.success || !isPlanOf(former.data, target.data)))
    return fault('no_plan', 'That is no plan of it: order it anew.');
  if (!former.success || !target.success || !isDeliveredAlike(former.data, target.data))
    return fault('made_otherwise', 'That plan is delivered in another way: order it anew.');
  if ((termDaysOf(former.data) === null) !== (termDaysOf(target.data) === null))
    return fault('other_term', 'One of the plans has a term and the other has none: order it anew.');
  if (kind === 'renew' && made.instance.state !== 'active')
    return fault('not_in_use', 'Its term has ended: renew it as it was first.');
  const planned = await planChange(ports, made, {
    former: termsOf(made),
    target: { ...plan, customisation: made.instance.customisation },
  });
  return 'refused' in planned ? planned.refused : null;
}

const isPlanOf = (one: Fulfilment, other: Fulfilment): boolean =>
  one.planGroup !== undefined && one.planGroup === other.planGroup;

/** The same template goes on with it. */
const isDeliveredAlike = (one: Fulfilment, other: Fulfilment): boolean =>
  one.template === other.template && one.templateId === other.templateId;

/** How long a term of a plan is, in days; null: for ever. */
export const termDaysOf = (fulfilment: Fulfilment): number | null =>
  entitlementsOf(fulfilment, null).validDays;
