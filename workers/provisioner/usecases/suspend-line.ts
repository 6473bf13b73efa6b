import type { z } from 'zod';
import { INSTANCE_SUSPENSION_TEXTS, isOrdersReason } from '#shared/domain/suspension.ts';
import type { Ports } from '../ports.ts';
import type { Standing, Wish } from '../queries/accesses.ts';
import { carryOut } from './carry-out-access.ts';
import type { resumeLineSchema, suspendLineSchema } from './messages.ts';
import { resultOf, sendReports } from './reports.ts';

type Message = z.infer<typeof suspendLineSchema> | z.infer<typeof resumeLineSchema>;

/**
 * The order wants a line out of its owner's reach, or back in it. Whatever order its wishes arrive in, and however often,
 * the one with the greatest sequence counts; it may come before the line was made, or after it was taken back.
 */
export async function changeAccess(ports: Ports, message: Message): Promise<void> {
  const { instanceId, orderId, lineId, sequence, requestId } = message;
  const wanted = message.type === 'line.suspend';
  const wish: Wish = {
    instanceId,
    orderId,
    lineId,
    cause: 'order',
    wanted,
    sequence,
    reason: wanted ? message.reason : 'by_operator',
    note: null,
    by: null,
    requestId,
    now: ports.clock.now(),
  };
  const access = await ports.stores.ofInstance(instanceId).accesses.wish(wish);
  if (access.state === 'done') await tellAgain(ports, access);
  else await carryOut(ports, instanceId);
  await sendReports(ports, instanceId);
}

/** Nothing is left to do, but the order asks. */
async function tellAgain(ports: Ports, access: Standing): Promise<void> {
  const isOrders = access.suspended && isOrdersReason(access.reason);
  const report = resultOf(
    access,
    isOrders ? 'line.suspended' : 'line.resumed',
    isOrders ? INSTANCE_SUSPENSION_TEXTS[access.reason] : '',
  );
  await ports.stores
    .ofInstance(access.instanceId)
    .accesses.end(access, { state: 'done', move: null, report }, ports.clock.now());
}
