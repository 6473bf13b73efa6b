import { DIRECTORY_SHARDS } from '#objects/order-directory/face.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import { inParallel } from '#shared/domain/in-parallel.ts';

/** Orders nudged in one run; what is left waits for the next, a minute later. */
const SWEEP_MAX = 200;
/** Orders of the directory looked at in one run: a round through a million takes three and a half days. */
const WALK_MAX = 200;
const PARALLEL = 16;

export interface Swept {
  /** Orders that had not moved for long. */
  nudged: number;
  /** Orders that lists had lost, or no longer had for sweeping. */
  restored: number;
  /** Whether there may be more to nudge. */
  more: boolean;
}

/**
 * Nudges orders that have not moved for long: their own alarms do the work, this is for what was lost on the way. Finds
 * them in the projection, and, a few a minute, in the directory of all orders, which knows also what the projection has
 * lost. Safe at any time and twice at once.
 */
export async function sweepOrders(
  ports: Pick<Ports, 'order' | 'directory' | 'ordersToSweep' | 'ordersNotListed'>,
  requestId: string,
  now: number,
): Promise<Swept> {
  const due = await ports.ordersToSweep(now, SWEEP_MAX);
  const nudged = await count(due, async (id) => {
    await ports.order(id, (order) => order.nudge({ requestId }));
  });
  const shard = Math.floor(now / MINUTE_MS) % DIRECTORY_SHARDS;
  const walked = await ports.directory(shard, (directory) =>
    directory.walk({ requestId }, { limit: WALK_MAX }),
  );
  const lost = walked.length === 0 ? [] : await ports.ordersNotListed(walked);
  const restored = await count(lost, async (id) => {
    await ports.order(id, (order) => order.project({ requestId }));
    await ports.order(id, (order) => order.nudge({ requestId }));
  });
  if (due.length + lost.length > 0) log.info('orders swept', { requestId, nudged, restored });
  return { nudged, restored, more: due.length === SWEEP_MAX };

  async function count(ids: readonly string[], act: (id: string) => Promise<void>): Promise<number> {
    let done = 0;
    await inParallel(PARALLEL, ids, async (id) => {
      try {
        await act(id);
        done += 1;
      } catch (error) {
        log.error('nudge failed', { requestId, orderId: id, error });
      }
    });
    return done;
  }
}
