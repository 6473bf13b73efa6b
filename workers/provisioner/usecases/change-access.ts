import type { z } from 'zod';
import { INSTANCE_SUSPENSION_TEXTS, isOrdersReason } from '#shared/domain/suspension.ts';
import type { Ports } from '../ports.ts';
import { carryOut } from './carry-out-access.ts';
import type { resumeLineSchema, suspendLineSchema } from './messages.ts';
import { resultOf, sendReports } from './reports.ts';

/**
 * An order that changed an instance wants it out of its owner's reach, or back: a cause beside the one of the order that
 * made it. It is told at once; the sweeper carries on what a partner does not answer.
 */
export async function changeAccessAsChanged(
  ports: Ports,
  message: z.infer<typeof suspendLineSchema> | z.infer<typeof resumeLineSchema>,
  instanceId: string,
): Promise<void> {
  const { lineId, sequence, requestId } = message;
  const store = ports.stores.ofInstance(instanceId);
  const instance = await store.instances.get(instanceId);
  if (instance === null) throw new Error(`${instanceId} is changed by an order and not there`);
  const now = ports.clock.now();
  const wanted = message.type === 'line.suspend';
  await store.accesses.wish({
    instanceId,
    orderId: instance.orderId,
    lineId: instance.lineId,
    cause: `order:${lineId}`,
    wanted,
    sequence,
    reason: wanted ? message.reason : 'by_operator',
    note: null,
    by: null,
    requestId,
    now,
  });
  const causes = await store.accesses.causes(instanceId);
  const own = causes.find(({ cause }) => cause === `order:${lineId}`);
  const report = resultOf(
    message,
    own === undefined ? 'line.resumed' : 'line.suspended',
    own !== undefined && isOrdersReason(own.reason) ? INSTANCE_SUSPENSION_TEXTS[own.reason] : '',
  );
  await store.reports.putOfCause(report, { instanceId, cause: `order:${lineId}` }, now);
  await carryOut(ports, instanceId);
  await sendReports(ports, message.instanceId);
  await sendReports(ports, instanceId);
}
