import { NotNow } from '../adapters/not-now.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import type { UndoOutcome, UndoTask } from '../connectors/connector.ts';
import { operationNameSchema, type OperationName } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { NewTask } from '../queries/tasks.ts';
import { type PlanStep, planSchema } from '../templates/plan.ts';
import { OWN_POLICY, type StepFailure, type StepPolicy } from '../templates/template.ts';
import { taskId } from './ask-person.ts';
import { turnEventType } from './params.ts';
import type { Run } from './run.ts';
import { isEngineAbort, type Steps } from './steps.ts';

/** Null: everything is undone. Otherwise what stands in the way, and at which step. */
export type UndoEnd = { stuck: (StepFailure & { step: string; operation: string }) | null };

/** What an operator is asked about something that could not be taken back; `round`: of the undoing. */
export function stuckTask(instanceId: string, round: number, stuck: NonNullable<UndoEnd['stuck']>): NewTask {
  const [connector = '', operation = ''] = stuck.operation.split('.');
  return {
    id: taskId(instanceId, stuck.step, 'failed_undo', round),
    instanceId,
    step: stuck.step,
    kind: 'failed_undo',
    askedOf: 'operator',
    connector,
    operation,
    code: stuck.code,
    text: stuck.text,
    fields: null,
    sealedPayload: null,
    dueAt: null,
  };
}

interface UndoStep {
  step: string;
  action: OperationName;
  policy: StepPolicy;
  tasks: UndoTask[];
}

const UNREACHABLE: StepFailure = {
  code: 'undo_unreachable',
  text: 'Taking it back did not work; our staff will see to it.',
};
/** A partner that is not to be called now is waited for, about a day in all. */
const TURNS_MAX = 150;
const TURN_SECONDS_MAX = 600;

/**
 * Undoes every step that may have had an effect, in reverse of the order in which they began. One that cannot be undone does
 * not keep the others from being undone; the first obstacle is reported.
 */
export async function undoSteps(ports: Ports, steps: Steps, instanceId: string): Promise<UndoEnd> {
  const owed = await steps.run('list what to undo', OWN_POLICY, () => listOwed(ports, instanceId));
  let stuck: UndoEnd['stuck'] = null;
  for (const undo of owed) {
    const failure = await undoStep(ports, steps, instanceId, undo);
    stuck ??= failure === null ? null : { ...failure, step: undo.step, operation: undo.action };
  }
  return { stuck };
}

async function listOwed(ports: Ports, instanceId: string): Promise<UndoStep[]> {
  const store = ports.stores.ofInstance(instanceId);
  const instance = await store.instances.get(instanceId);
  if (instance === null) return [];
  const plan = planSchema.parse(instance.plan);
  const rows = await store.steps.toUndo(instanceId);
  const owed = await Promise.all(
    rows.map(async (row) => {
      const policy = policyOf(plan.steps.find((step) => step.name === row.step));
      const action = operationNameSchema.parse(row.action);
      if (policy === null) return [];
      return [{ step: row.step, action, policy, tasks: await CONNECTORS[action].undoTasks(ports, row) }];
    }),
  );
  return owed.flat();
}

const policyOf = (step: PlanStep | undefined): StepPolicy | null =>
  step === undefined || 'none' in step.undo ? null : step.undo;

async function undoStep(
  ports: Ports,
  steps: Steps,
  instanceId: string,
  { step, action, policy, tasks }: UndoStep,
): Promise<StepFailure | null> {
  const key = { instanceId, step };
  try {
    for (const task of tasks) {
      const outcome = await taskDone(steps, `undo ${step}: ${task.name}`, policy, {
        step,
        work: () => CONNECTORS[action].undo(ports, key, task),
      });
      if (outcome.kind === 'kept') return outcome.failure;
    }
    await steps.run(`undo ${step}: done`, OWN_POLICY, () =>
      ports.stores.ofInstance(instanceId).steps.undone(key, ports.clock.now()),
    );
    return null;
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    return UNREACHABLE;
  }
}

/** One call of a compensation, once it is its turn at the partner. */
async function taskDone(
  steps: Steps,
  name: string,
  policy: StepPolicy,
  { step, work }: { step: string; work: () => Promise<UndoOutcome> },
): Promise<UndoOutcome> {
  for (let turn = 1; turn <= TURNS_MAX; turn += 1) {
    const done = await steps.run(turn === 1 ? name : `${name}, turn ${turn}`, policy, async () => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof NotNow) return { kind: 'parked' as const, seconds: error.retryAfterSeconds };
        throw error;
      }
    });
    if (done.kind !== 'parked') return done;
    const seconds = Math.min(TURN_SECONDS_MAX, Math.max(done.seconds, 2 ** Math.min(turn, 10)));
    await steps.wait(`${name}, parked ${turn}`, turnEventType(`undo-${step}`, 0, turn), seconds);
  }
  return { kind: 'kept', failure: UNREACHABLE };
}

/**
 * Removes what a step that failed may have left at a partner, while the line goes on being made. What is our own has an
 * effect only together with the end of its step, so there nothing is left, but for what its connector has to `clear`. `to`: who
 * takes the step over; null: nobody. Null: it is removed.
 */
export async function clearStep(
  { ports, steps, params: { instanceId } }: Run,
  step: PlanStep,
  { round, to }: { round: number; to: string | null },
): Promise<StepFailure | null> {
  const policy = policyOf(step);
  if (policy === null) return null;
  const key = { instanceId, step: step.name };
  const { action, tasks } = await steps.run(`${step.name}: list leftovers ${round}`, OWN_POLICY, () =>
    leftovers(ports, instanceId, step),
  );
  try {
    for (const task of tasks) {
      const name = `${step.name}: clear ${round}, ${task.name}`;
      const outcome = await taskDone(steps, name, policy, {
        step: step.name,
        work: () => CONNECTORS[action].undo(ports, key, task),
      });
      if (outcome.kind === 'kept') return outcome.failure;
    }
    if (CONNECTORS[action].clear !== undefined)
      await steps.run(`${step.name}: clear ${round}, ours`, policy, async () =>
        CONNECTORS[action].clear?.(ports, key, action !== to),
      );
    return null;
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    return UNREACHABLE;
  }
}

async function leftovers(ports: Ports, instanceId: string, step: PlanStep) {
  const rows = await ports.stores.ofInstance(instanceId).steps.of(instanceId);
  const row = rows.find((each) => each.step === step.name);
  const action = operationNameSchema.parse(row?.action ?? `${step.connector}.${step.operation}`);
  const tasks = row === undefined ? [] : await CONNECTORS[action].undoTasks(ports, row);
  return { action, tasks: tasks.filter(({ task }) => task !== 'own') };
}
