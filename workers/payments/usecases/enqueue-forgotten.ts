import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { fanOut } from './fan-out.ts';
import type { EventPorts } from './ports.ts';

/** Younger ones are still on their way in the request that stored them. */
const GRACE_MS = MINUTE_MS;
/** Messages in one send: the platform's limit of a batch. */
const BATCH_MAX = 100;
const BATCHES_MAX = 20;
const KEEP_MS = 90 * DAY_MS;
const FORGET_MAX = 500;

/** Sends on what was kept but never reached the queue, and forgets what is long settled. Safe to repeat. */
export async function enqueueForgotten(
  ports: EventPorts,
  requestId: string,
): Promise<{ enqueued: number; forgotten: number }> {
  const before = ports.clock.now() - GRACE_MS;
  let enqueued = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const events = await ports.inbox.notEnqueued(before, BATCH_MAX);
    const sent = await fanOut(
      ports,
      events.map((event) => ({ event, messageId: event.eventId })),
      requestId,
    );
    enqueued += sent;
    if (sent === 0) break;
    if (events.length < BATCH_MAX) break;
  }
  const forgotten = await ports.inbox.forget(ports.clock.now() - KEEP_MS, FORGET_MAX);
  return { enqueued, forgotten };
}
