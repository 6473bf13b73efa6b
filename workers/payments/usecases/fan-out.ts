import { wakeLedger } from '#shared/queues/payment-facts.ts';
import { wakeUpCall } from './messages.ts';
import type { EventPorts, StoredEvent } from './ports.ts';

/** Tells everybody who waits for these events, the orders first and then the ledger, at most 100, and notes it. Safe to repeat; how many went. */
export async function fanOut(
  ports: Pick<EventPorts, 'queue' | 'factsQueue' | 'inbox' | 'clock'>,
  events: readonly { event: StoredEvent; messageId: string }[],
  requestId: string,
): Promise<number> {
  const messages = events
    .map(({ event, messageId }) => wakeUpCall(event, messageId, requestId))
    .filter((message) => message !== null);
  if (messages.length === 0) return 0;
  const sentAt = ports.clock.now();
  await ports.queue.send(messages);
  await ports.inbox.markEnqueued(
    messages.map(({ eventId }) => eventId),
    sentAt,
  );
  await wakeLedger(ports, [...new Set(messages.map(({ paymentId }) => paymentId))], requestId);
  return messages.length;
}
