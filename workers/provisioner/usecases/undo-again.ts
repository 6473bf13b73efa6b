import type { Ports } from '../ports.ts';
import type { TaskRow } from '../queries/tasks.ts';
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
