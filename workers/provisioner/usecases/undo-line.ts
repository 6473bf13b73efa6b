import type { z } from 'zod';
import type { Ports } from '../ports.ts';
import { undoWorkflowId } from '../workflows/params.ts';
import { UNDONE_TEXT } from '../workflows/run-undo.ts';
import type { undoLineSchema } from './messages.ts';
import { NUDGE_AFTER_MS } from './nudge.ts';
import { resultOf, sendReports } from './reports.ts';

/**
 * Takes a line back, whatever state it is in. The mark comes first, in one transaction with the row it stops; then a
 * Workflow does the work, unless there is none: a line that never began is undone by the mark alone.
 */
export async function undoLine(ports: Ports, message: z.infer<typeof undoLineSchema>): Promise<void> {
  const { instanceId, requestId } = message;
  const { undos, reports } = ports.stores.ofInstance(instanceId);
  const now = ports.clock.now();
  const { undo, instance } = await undos.request(
    { ...message, nudgeAt: now + NUDGE_AFTER_MS },
    { id: instanceId, to: 'undoing', type: 'instance.undoing', detail: 'Being taken back.', now },
  );
  const report = resultOf({ ...undo, requestId }, 'line.deprovisioned', UNDONE_TEXT);
  if (undo.state === 'done') {
    await reports.put(report, now);
    // Its owner may have ended it, so that nobody was told.
    await reports.putToChangers({ instanceId, requestId }, now);
  } else if (instance === null) {
    await undos.done(
      { id: instanceId, to: 'undone', type: 'instance.undone', detail: UNDONE_TEXT, now },
      report,
    );
  } else {
    await ports.deprovisionings.start(undoWorkflowId(undo), { instanceId, requestId, round: undo.round });
    return;
  }
  await sendReports(ports, instanceId);
}
