import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';

const SWEEP_MAX = 100;

/**
 * Nudges orders that have not moved for long: their own alarms do the work, this is for what was lost on the way.
 * Safe to run twice at once. Returns how many were nudged.
 */
export async function sweepOrders(
  ports: Pick<Ports, 'order' | 'ordersToSweep'>,
  requestId: string,
  now: number,
): Promise<number> {
  const ids = await ports.ordersToSweep(now, SWEEP_MAX);
  await Promise.all(
    ids.map((id) =>
      ports
        .order(id, (order) => order.nudge({ requestId }))
        .catch((error: unknown) => log.error('nudge failed', { requestId, orderId: id, error })),
    ),
  );
  if (ids.length > 0) log.info('orders nudged', { requestId, count: ids.length });
  return ids.length;
}
