import type { z } from 'zod';
import type { Ports } from '../../ports.ts';
import type { LifecycleRow } from '../../queries/lifecycle.ts';
import { UNDONE_TEXT } from '../../workflows/run-undo.ts';
import type { undoLineSchema } from '../messages.ts';
import { NUDGE_AFTER_MS } from '../nudge.ts';
import { resultOf, sendReports } from '../reports.ts';
import { drive } from './drive.ts';

/**
 * Takes back what an order's line changed, whatever has become of it. The mark comes first: a change that has not begun
 * cannot begin any more. Throws while something else is at work on the instance, so that the message comes back.
 */
export async function undoChange(
  ports: Ports,
  message: z.infer<typeof undoLineSchema>,
  instanceId: string,
): Promise<void> {
  const { instanceId: handle, requestId } = message;
  const { lifecycles, undos, instances } = ports.stores.ofInstance(instanceId);
  const now = ports.clock.now();
  await undos.forbid(message, now);
  const [operation, instance] = await Promise.all([lifecycles.ofHandle(handle), instances.get(instanceId)]);
  const isGone = instance === null || !['active', 'suspended'].includes(instance.state);
  const isOver = operation === null || isGone || isUndone(operation);
  if (isOver) return tellUndone(ports, message, instanceId);
  if (operation.direction === 'back' && operation.state === 'running')
    return drive(ports, operation, requestId);
  const marked = await lifecycles.turnBack(operation, ['running', 'made', 'done', 'failed'], {
    requestId,
    nudgeAt: now + NUDGE_AFTER_MS,
  });
  const present = await lifecycles.get(operation.id);
  if (!marked && present?.state !== 'running' && present?.state !== 'undone')
    throw new Error(`something else is at work on ${instanceId}`);
  if (present?.state === 'running') await drive(ports, present, requestId);
}

/** What failed on its way forth was put back then. */
const isUndone = ({ state, direction }: LifecycleRow): boolean =>
  state === 'undone' || (state === 'failed' && direction === 'forth');

async function tellUndone(
  ports: Ports,
  message: z.infer<typeof undoLineSchema>,
  instanceId: string,
): Promise<void> {
  const report = resultOf(message, 'line.deprovisioned', UNDONE_TEXT);
  await ports.stores.ofInstance(instanceId).reports.put(report, ports.clock.now());
  await sendReports(ports, message.instanceId);
}
