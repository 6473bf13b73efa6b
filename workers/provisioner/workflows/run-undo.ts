import type { Ports } from '../ports.ts';
import { OWN_POLICY } from '../templates/template.ts';
import { resultOf, sendReports } from '../usecases/reports.ts';
import type { DeprovisionParams } from './params.ts';
import type { UndoRow } from '../queries/undos.ts';
import type { Steps } from './steps.ts';
import { stuckTask, type UndoEnd, undoSteps } from './undo-steps.ts';
import { wakeWaits } from './wake-waits.ts';

export const UNDONE_TEXT = 'Taken back.';
const ENDED_TEXT = 'Ended, and its data are removed.';

/**
 * Undoes an instance that is marked `undoing`. Provisioning may still run beside it: no step of it can begin any more,
 * and what a call under way brings about is found by its key. It is woken so that it ends now rather than at its time-out.
 */
export async function deprovision(
  ports: Ports,
  steps: Steps,
  { instanceId, requestId }: DeprovisionParams,
): Promise<string> {
  await steps.run('stop provisioning', OWN_POLICY, () => wakeWaits(ports, instanceId));
  const { stuck } = await undoSteps(ports, steps, instanceId);
  await steps.run('close', OWN_POLICY, () => close(ports, instanceId, requestId, stuck));
  await steps.run('report', OWN_POLICY, () => sendReports(ports, instanceId));
  return stuck === null ? 'undone' : 'stuck';
}

async function close(
  ports: Ports,
  instanceId: string,
  requestId: string,
  stuck: UndoEnd['stuck'],
): Promise<void> {
  const { undos } = ports.stores.ofInstance(instanceId);
  const undo = await undos.get(instanceId);
  if (undo === null) throw new Error(`no undo request of ${instanceId}`);
  const now = ports.clock.now();
  const subject = { ...undo, requestId };
  if (undo.lifecycleId !== null)
    return closeEnd(ports, { ...undo, lifecycleId: undo.lifecycleId }, stuck, now);
  if (stuck === null) {
    await undos.done(
      { id: instanceId, to: 'undone', type: 'instance.undone', detail: UNDONE_TEXT, now },
      resultOf(subject, 'line.deprovisioned', UNDONE_TEXT),
    );
    return;
  }
  await undos.stuck(
    { ...undo, nudgeAt: now },
    { id: instanceId, to: 'undoing', type: 'instance.stuck', detail: stuck.text, now },
    resultOf(subject, 'line.stuck', stuck.text, stuck.code),
    stuckTask(instanceId, undo.round, stuck),
  );
}

/** It ended, which is no business of its order: nobody is told, and what belonged to its owner is wiped. */
async function closeEnd(
  ports: Ports,
  undo: UndoRow & { lifecycleId: string },
  stuck: UndoEnd['stuck'],
  now: number,
): Promise<void> {
  const { instanceId: id } = undo;
  const { undos, lifecycles } = ports.stores.ofInstance(id);
  if (stuck === null) {
    await undos.done({ id, to: 'undone', type: 'instance.ended', detail: ENDED_TEXT, now }, null);
    const history = { type: 'lifecycle.terminate.done', text: ENDED_TEXT };
    await lifecycles.turn({ id: undo.lifecycleId, from: ['running'], to: 'done', now, history });
    return;
  }
  await undos.stuck(
    { ...undo, nudgeAt: now },
    { id, to: 'undoing', type: 'instance.stuck', detail: stuck.text, now },
    null,
    stuckTask(id, undo.round, stuck),
  );
}
