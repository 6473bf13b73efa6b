import { wakeUpCall } from './messages.ts';
import type { EventPorts, StoredEvent } from './ports.ts';

/** Tells everybody who waits for these events, at most 100, and notes it. Safe to repeat; how many went. */
export async function fanOut(
  ports: Pick<EventPorts, 'queue' | 'inbox' | 'clock'>,
  events: readonly { event: StoredEvent; messageId: string }[],
  requestId: string,
): Promise<number> {
  const messages = events
    .map(({ event, messageId }) => wakeUpCall(event, messageId, requestId))
    .filter((message) => message !== null);
  if (messages.length === 0) return 0;
  await ports.queue.send(messages);
  await ports.inbox.markEnqueued(
    messages.map(({ eventId }) => eventId),
    ports.clock.now(),
  );
  return messages.length;
}
