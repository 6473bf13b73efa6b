import { CONNECTORS } from '../connectors/connectors.ts';
import type { UndoTask } from '../connectors/connector.ts';
import type { Ports } from '../ports.ts';
import { operationNameSchema, type OperationName } from '../connectors/operations.ts';
import { planSchema } from '../templates/plan.ts';
import { OWN_POLICY, type StepFailure, type StepPolicy } from '../templates/template.ts';
import { isEngineAbort, type Steps } from './steps.ts';

/** Null: everything is undone. Otherwise what stands in the way. */
export type UndoEnd = { stuck: StepFailure | null };

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

/**
 * Undoes every step that may have had an effect, in reverse order. One that cannot be undone does not keep the others
 * from being undone; the first obstacle is reported.
 */
export async function undoSteps(ports: Ports, steps: Steps, instanceId: string): Promise<UndoEnd> {
  const owed = await steps.run('list what to undo', OWN_POLICY, () => listOwed(ports, instanceId));
  let stuck: StepFailure | null = null;
  for (const undo of owed) {
    const failure = await undoStep(ports, steps, instanceId, undo);
    stuck ??= failure;
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
      const undo = plan.steps.find((step) => step.name === row.step)?.undo;
      const policy = undo === undefined || 'none' in undo ? null : undo;
      const action = operationNameSchema.parse(row.action);
      const tasks = policy === null ? [] : await CONNECTORS[action].undoTasks(ports, row);
      return policy === null ? [] : [{ step: row.step, action, policy, tasks }];
    }),
  );
  return owed.flat();
}

async function undoStep(
  ports: Ports,
  steps: Steps,
  instanceId: string,
  { step, action, policy, tasks }: UndoStep,
): Promise<StepFailure | null> {
  const key = { instanceId, step };
  try {
    for (const task of tasks) {
      const outcome = await steps.run(`undo ${step}: ${task.name}`, policy, () =>
        CONNECTORS[action].undo(ports, key, task),
      );
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
