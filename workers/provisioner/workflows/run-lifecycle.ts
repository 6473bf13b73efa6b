import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';
import type { LifecycleRow } from '../queries/lifecycle.ts';
import type { Made } from '../queries/steps.ts';
import { planSchema } from '../templates/plan.ts';
import { OWN_POLICY, type StepFailure } from '../templates/template.ts';
import { carryOut } from '../usecases/carry-out-access.ts';
import { handOver } from '../usecases/lifecycle/hand-over.ts';
import { signTerm } from '../usecases/lifecycle/sign-term.ts';
import { sendReports } from '../usecases/reports.ts';
import { planChange, planRotation, termsOf } from './change-plan.ts';
import {
  changeStep,
  type Direction,
  type LifecycleRun,
  stepToChange,
  type StepToChange,
  termsIn,
} from './change-step.ts';
import { deliveryNow, endBack, endFailed, endForth } from './end-lifecycle.ts';
import type { LifecycleParams } from './params.ts';
import type { Steps } from './steps.ts';

type Begun =
  | { kind: 'stopped' }
  | { kind: 'refused'; failure: StepFailure }
  | { kind: 'go'; direction: Direction; putsBack: boolean; steps: StepToChange[] };

/** Carries one operation of an instance's life out, or puts back what it did. Side effects are in steps. */
export async function runLifecycle(ports: Ports, steps: Steps, params: LifecycleParams): Promise<string> {
  const begun = await steps.run('begin', OWN_POLICY, () => begin(ports, params));
  if (begun.kind === 'stopped') return 'stopped';
  const direction = begun.kind === 'go' ? begun.direction : 'forth';
  const run: LifecycleRun = { ports, steps, params, direction };
  const end = begun.kind === 'refused' ? begun : await goThrough(run, begun);
  if (end.kind === 'stopped') return 'stopped';
  const closed = await steps.run('close', OWN_POLICY, () => close(run, begun, end));
  await steps.run('report', OWN_POLICY, () => tell(run));
  return closed;
}

type End = { kind: 'done' } | { kind: 'stopped' } | { kind: 'refused'; failure: StepFailure };

/** Step after step; what was changed before one that fails is put back, the last first. */
async function goThrough(run: LifecycleRun, begun: Extract<Begun, { kind: 'go' }>): Promise<End> {
  const changed: StepToChange[] = [];
  let failure: StepFailure | null = null;
  for (const step of begun.steps) {
    const end = await changeStep(run, step, begun.direction);
    if (end.kind === 'stopped') return end;
    if (begun.direction === 'forth') changed.push(step);
    if (end.kind === 'refused') {
      ({ failure } = end);
      if (begun.direction === 'forth') break;
    }
  }
  if (failure === null) {
    const isWhole = await run.steps.run('look over', OWN_POLICY, () => isDeliverable(run, begun.direction));
    if (isWhole) return { kind: 'done' };
    failure = INCOMPLETE;
  }
  if (begun.putsBack)
    for (const step of changed.toReversed())
      if ((await changeStep(run, step, 'back')).kind === 'stopped') return { kind: 'stopped' };
  return { kind: 'refused', failure };
}

const INCOMPLETE: StepFailure = {
  code: 'delivery_incomplete',
  text: 'What it would be could not be put together.',
};
const GONE: StepFailure = { code: 'instance_gone', text: 'It is not in use any more.' };

async function begin(ports: Ports, params: LifecycleParams): Promise<Begun> {
  const store = ports.stores.ofInstance(params.instanceId);
  const [operation, made] = await Promise.all([
    store.lifecycles.get(params.operationId),
    store.steps.withInstance(params.instanceId),
  ]);
  if (operation?.state !== 'running') return { kind: 'stopped' };
  if (made === null || !['active', 'suspended'].includes(made.instance.state))
    return { kind: 'refused', failure: GONE };
  const { direction } = operation;
  const planned =
    direction === 'back'
      ? { steps: await stepsToPutBack(ports, operation, made) }
      : await planForth(ports, operation, made);
  if ('refused' in planned) return { kind: 'refused', failure: planned.refused };
  const all = planSchema.parse(made.instance.plan).steps;
  const putsBack = operation.kind === 'configure' || operation.kind === 'change_plan';
  return {
    kind: 'go',
    direction,
    putsBack: putsBack && direction === 'forth',
    steps: planned.steps.flatMap((name) => all.filter((step) => step.name === name).map(stepToChange)),
  };
}

async function planForth(ports: Ports, operation: LifecycleRow, made: Made) {
  if (operation.kind === 'rotate' || operation.kind === 'transfer') return planRotation(made);
  return planChange(ports, made, termsIn(operation, made));
}

/** What it changed and nobody has changed since, the last first. */
async function stepsToPutBack(ports: Ports, operation: LifecycleRow, made: Made): Promise<string[]> {
  const { former, target } = termsIn(operation, made);
  const present = termsOf(made).variantId;
  if (present !== target.variantId && present !== former.variantId) return [];
  const rows = await ports.stores.ofInstance(operation.instanceId).lifecycles.stepsOf(operation.id);
  return rows
    .filter(({ direction, state }) => direction === 'forth' && state !== 'skipped')
    .map(({ step }) => step)
    .toReversed();
}

async function isDeliverable({ ports, params }: LifecycleRun, direction: Direction): Promise<boolean> {
  if (direction === 'back') return true;
  return (await deliveryNow(ports, params, 'forth')) !== null;
}

async function close(run: LifecycleRun, begun: Begun, end: End): Promise<string> {
  const { ports, params } = run;
  const store = ports.stores.ofInstance(params.instanceId);
  const operation = await store.lifecycles.get(params.operationId);
  if (operation === null) return 'stopped';
  if (begun.kind === 'go' && begun.direction === 'back') return endBack(ports, operation, end);
  if (end.kind === 'refused') return endFailed(ports, operation, end.failure);
  if (operation.kind === 'transfer') return handOver(ports, operation);
  return endForth(ports, operation);
}

async function tell({ ports, params }: LifecycleRun): Promise<void> {
  const operation = await ports.stores.ofInstance(params.instanceId).lifecycles.get(params.operationId);
  if (operation?.handle !== null && operation !== null) await sendReports(ports, operation.handle);
  await carryOut(ports, params.instanceId).catch((error: unknown) => {
    log.warn('use not carried out', { ...params, error });
  });
  // An order alone begins a term with it, or ends the one it began.
  if (operation?.handle !== null) await signTerm(ports, params.instanceId);
}
