import { DAY_MS } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import type { LifecycleRow } from '../../queries/lifecycle.ts';
import { reportOf, wasDone } from '../../workflows/end-lifecycle.ts';
import { UNDONE_TEXT } from '../../workflows/run-undo.ts';
import { carryOut } from '../carry-out-access.ts';
import { sendReports } from '../reports.ts';
import { planAfter } from './operation-id.ts';
import { orderedRequest } from './ordered-request.ts';
import { signTerm } from './sign-term.ts';

const UNCHANGED = { terms: null, sealedDelivery: null, outputsOf: null, endsAt: null } as const;

/** The term ends when it would have without the renewal, and the plan that was to follow does not. */
export async function undoRenewal(ports: Ports, operation: LifecycleRow): Promise<void> {
  const { id, instanceId, requestId } = operation;
  const { instances, lifecycles } = ports.stores.ofInstance(instanceId);
  const instance = await instances.get(instanceId);
  const days = orderedRequest(operation)?.days ?? 0;
  if (instance === null) return;
  const now = ports.clock.now();
  await lifecycles.turn({
    id: planAfter(operation),
    from: ['scheduled'],
    to: 'called_off',
    now,
    history: { type: 'lifecycle.change_plan.called_off', text: 'Its renewal was taken back.' },
  });
  const history = { type: 'lifecycle.renew.undone', text: 'The renewal was taken back.' };
  const turn = { id, from: ['running'] as const, to: 'undone' as const, now, history };
  const report = reportOf(operation, 'line.deprovisioned', UNDONE_TEXT);
  if (wasDone(operation))
    await lifecycles.renew(turn, { ...instance, requestId }, { byMs: -days * DAY_MS }, report);
  else await lifecycles.settle({ turn, operation, report, ...UNCHANGED });
  await carryOut(ports, instanceId);
  await signTerm(ports, instanceId);
  await sendReports(ports, operation.handle ?? instanceId);
}
