import type { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import type { LifecycleRow, Terms } from '../../queries/lifecycle.ts';
import { commit, reportOf } from '../../workflows/end-lifecycle.ts';
import { carryOut } from '../carry-out-access.ts';
import type { activateLineSchema } from '../messages.ts';
import { resultOf, sendReports } from '../reports.ts';
import { tellFailed } from './drive.ts';
import { planAfter } from './operation-id.ts';
import { orderedRequest } from './ordered-request.ts';
import { signTerm } from './sign-term.ts';
import { wordsOf } from './words.ts';

/**
 * It is paid: what the order changes of an instance counts from now on. Repeats tell the result again. What was
 * taken back with its instance meanwhile is told as failed. Throws before it is made, so that the message comes back.
 */
export async function activateChange(
  ports: Ports,
  message: z.infer<typeof activateLineSchema>,
  instanceId: string,
): Promise<void> {
  const { lifecycles, reports } = ports.stores.ofInstance(instanceId);
  const operation = await lifecycles.ofHandle(message.instanceId);
  if (operation?.state === 'done') {
    const report = resultOf(message, 'line.activated', wordsOf(operation.kind).done);
    await reports.put(report, ports.clock.now());
  } else if (operation?.state === 'made') {
    if (operation.kind === 'renew') await renewAsOrdered(ports, operation);
    else await commit(ports, operation, 'made');
    await carryOut(ports, instanceId);
    await signTerm(ports, instanceId);
  } else if (operation?.state === 'failed' && operation.direction === 'forth')
    return tellFailed(ports, operation);
  else if (operation !== null && (operation.direction === 'back' || operation.state !== 'running')) {
    log.warn('not activated: it is being taken back', { requestId: message.requestId, instanceId });
    return;
  } else throw new Error(`change ${message.instanceId} is not made yet`);
  await sendReports(ports, message.instanceId, ['line.provisioned']);
}

/** The term goes on; another plan begins where the present term ends, and is noted down first. */
async function renewAsOrdered(ports: Ports, operation: LifecycleRow): Promise<void> {
  const { instanceId, requestId, target } = operation;
  const { instances, lifecycles } = ports.stores.ofInstance(instanceId);
  const instance = await instances.get(instanceId);
  const days = orderedRequest(operation)?.days ?? null;
  if (instance === null || days === null || instance.endsAt === null) return;
  const now = ports.clock.now();
  if (target !== null) await planFrom(ports, operation, target as Terms, instance.endsAt);
  const text = `Renewed until ${rfc3339(Math.max(instance.endsAt, now) + days * DAY_MS)}.`;
  await lifecycles.renew(
    { id: operation.id, from: ['made'], to: 'done', now, history: { type: 'lifecycle.renew.done', text } },
    { ...instance, requestId },
    { byMs: days * DAY_MS },
    reportOf(operation, 'line.activated', text),
  );
}

async function planFrom(ports: Ports, renewal: LifecycleRow, target: Terms, at: number): Promise<void> {
  const { instanceId, customerId, requestId } = renewal;
  await ports.stores.ofInstance(instanceId).lifecycles.ask(
    {
      id: planAfter(renewal),
      instanceId,
      customerId,
      kind: 'change_plan',
      state: 'scheduled',
      request: { kind: 'change_plan' },
      former: null,
      target,
      sealedCode: null,
      codeHash: null,
      askedAs: 'clock',
      askedBy: null,
      reason: null,
      handle: null,
      orderId: renewal.orderId,
      lineId: renewal.lineId,
      dueAt: at,
      nudgeAt: null,
      requestId,
      now: ports.clock.now(),
    },
    { type: 'lifecycle.change_plan.asked', text: `Another plan from ${rfc3339(at)} on.` },
  );
}
