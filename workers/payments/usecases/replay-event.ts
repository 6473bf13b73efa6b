import { fail, ok, type Result } from '#shared/domain/result.ts';
import { wakeUpCall } from './messages.ts';
import type { EventPorts } from './ports.ts';

export type ReplayError = { code: 'not_found' | 'no_order' };

/** Wakes the order again. It refetches the truth, so repeating this does no harm. */
export async function replayEvent(
  ports: EventPorts,
  input: { eventId: string; requestId: string },
): Promise<Result<{ eventId: string }, ReplayError>> {
  const event = await ports.inbox.find(input.eventId);
  if (event === null) return fail({ code: 'not_found' });
  const message = wakeUpCall(event, `${event.eventId}:${input.requestId}`, input.requestId);
  if (message === null) return fail({ code: 'no_order' });
  await ports.queue.send([message]);
  await ports.inbox.markEnqueued([event.eventId], ports.clock.now());
  return ok({ eventId: event.eventId });
}
