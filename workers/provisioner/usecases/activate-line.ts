import type { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';
import type { InstanceRow } from '../queries/instances.ts';
import type { activateLineSchema } from './messages.ts';
import { resultOf, sendReports } from './reports.ts';

const ACTIVE_TEXT = 'Delivered.';

/**
 * Gives the customer what was made: ready → active. Repeats tell the result again. Throws before the instance is ready,
 * so that the message comes back; an instance that is being undone stays so.
 */
export async function activateLine(ports: Ports, message: z.infer<typeof activateLineSchema>): Promise<void> {
  const { instanceId, requestId } = message;
  const { instances, reports } = ports.stores.ofInstance(instanceId);
  const now = ports.clock.now();
  const report = resultOf(message, 'line.activated', ACTIVE_TEXT);
  const moved = await instances.move({
    id: instanceId,
    to: 'active',
    type: 'instance.activated',
    detail: ACTIVE_TEXT,
    now,
    activatedAt: now,
    report,
  });
  if (!moved) {
    const instance = await instances.get(instanceId);
    if (isWithdrawn(instance)) {
      log.warn('not activated: it is being undone', { requestId, instanceId });
      return;
    }
    if (instance?.state !== 'active') throw new Error(`instance ${instanceId} is not ready yet`);
    await reports.put(report, now);
  }
  await reports.acknowledge(instanceId, ['line.provisioned']);
  await sendReports(ports, instanceId);
}

const isWithdrawn = (instance: InstanceRow | null): boolean =>
  instance !== null && ['undoing', 'undone', 'failed'].includes(instance.state);
