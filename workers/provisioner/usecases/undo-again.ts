import type { Ports } from '../ports.ts';
import type { TaskRow } from '../queries/tasks.ts';
import { removeNow } from './lifecycle/drive.ts';
import { undoLine } from './undo-line.ts';

/**
 * Another round of taking an instance back, as an operator decided; `skip`: without the step that stood in the way, which
 * somebody has seen to by hand.
 */
export async function tryUndoAgain(ports: Ports, task: TaskRow, requestId: string): Promise<void> {
  const { instanceId } = task;
  const store = ports.stores.ofInstance(instanceId);
  const undo = await store.undos.get(instanceId);
  if (undo === null || undo.state === 'done') return;
  if (task.decision === 'skip') await store.steps.undone({ instanceId, step: task.step }, ports.clock.now());
  if (undo.lifecycleId !== null) return removeAgain(ports, instanceId, undo.lifecycleId);
  const { orderId, lineId, workflowId, reason } = undo;
  await undoLine(ports, {
    type: 'line.deprovision',
    requestId,
    messageId: `${task.id}:again`,
    orderId,
    lineId,
    instanceId,
    workflowId,
    reason,
  });
}

/** It ended, and no order wants it back: none is told, and what belonged to its owner is wiped. */
async function removeAgain(ports: Ports, instanceId: string, lifecycleId: string): Promise<void> {
  const { lifecycles, instances } = ports.stores.ofInstance(instanceId);
  const [operation, instance] = await Promise.all([lifecycles.get(lifecycleId), instances.get(instanceId)]);
  if (operation !== null && instance !== null) await removeNow(ports, operation, instance);
}
