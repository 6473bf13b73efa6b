import type { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import { operationNameSchema } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { InstanceRow } from '../queries/instances.ts';
import type { activateLineSchema } from './messages.ts';
import { activeText, endOf } from '../templates/delivery.ts';
import { openDelivery } from '../workflows/line-facts.ts';
import { carryOut } from './carry-out-access.ts';
import { resultOf, sendReports } from './reports.ts';

/**
 * Gives the customer what was made: ready → active, unless it was to be suspended before. Repeats tell the result again.
 * Throws before the instance is ready or when another mover was first, so that the message comes back; an instance that is
 * being undone stays so.
 */
export async function activateLine(ports: Ports, message: z.infer<typeof activateLineSchema>): Promise<void> {
  const { instanceId, requestId } = message;
  const { instances, accesses, reports } = ports.stores.ofInstance(instanceId);
  const instance = await instances.get(instanceId);
  if (isWithdrawn(instance)) {
    log.warn('not activated: it is being undone', { requestId, instanceId });
    return;
  }
  const sealed = instance?.sealedDelivery ?? null;
  if (sealed === null) throw new Error(`instance ${instanceId} is not ready yet`);
  const delivery = await openDelivery(ports, instanceId, sealed);
  await activateMade(ports, message);
  const { text: detail, code, params } = activeText(delivery);
  const now = ports.clock.now();
  const endsAt = endOf(delivery, now);
  const report = { ...resultOf(message, 'line.activated', detail, code), params };
  if (instance?.state === 'active' || instance?.state === 'suspended') await reports.put(report, now);
  else {
    const { moved, waited } = await accesses.activate(
      {
        id: instanceId,
        to: 'active',
        type: 'instance.activated',
        detail,
        now,
        activatedAt: now,
        report,
        ...(endsAt === null ? {} : { endsAt }),
      },
      { type: 'instance.suspended', detail: 'Suspended.', now },
    );
    if (!moved) throw new Error(`instance ${instanceId} was moved meanwhile`);
    if (waited) await carryOut(ports, instanceId);
  }
  await sendReports(ports, instanceId, ['line.provisioned']);
}

/** What cannot be used before it is paid for can be from now on. */
async function activateMade(
  ports: Ports,
  { instanceId, requestId }: { instanceId: string; requestId: string },
): Promise<void> {
  const steps = await ports.stores.ofInstance(instanceId).steps.of(instanceId);
  for (const { step, action, doneAt, undoneAt } of steps) {
    if (doneAt === null || undoneAt !== null) continue;
    await CONNECTORS[operationNameSchema.parse(action)].activate?.(ports, {
      key: { instanceId, step },
      requestId,
    });
  }
}

const isWithdrawn = (instance: InstanceRow | null): boolean =>
  instance !== null && ['undoing', 'undone', 'failed'].includes(instance.state);
