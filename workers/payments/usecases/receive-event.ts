import { ok, type Result } from '#shared/domain/result.ts';
import { wakeUpCall } from './messages.ts';
import type { EventPorts, WebhookError, WebhookVerifier } from './ports.ts';

export interface Received {
  duplicate: boolean;
  /** Sends the event on; to be run after the answer. A crash before it ends is mended by `enqueueForgotten`. */
  enqueue: (() => Promise<void>) | null;
}

/** Verifies an event and keeps it. Only then may the provider be answered: from here on nothing can lose it. */
export async function receiveEvent(
  ports: EventPorts & { verifier: WebhookVerifier },
  input: { body: string; signature: string | null; requestId: string },
): Promise<Result<Received, WebhookError>> {
  const verified = await ports.verifier.verify(input.body, input.signature);
  if (!verified.ok) return verified;
  const event = verified.value;
  const orderId = event.about?.orderId ?? null;
  const paymentId = event.about?.paymentId ?? null;
  const message = event.wakesOrder
    ? wakeUpCall({ ...event, orderId, paymentId }, event.eventId, input.requestId)
    : null;
  const fresh = await ports.inbox.store(
    event,
    message === null ? 'ignored' : 'received',
    input.requestId,
    ports.clock.now(),
  );
  if (!fresh || message === null) return ok({ duplicate: !fresh, enqueue: null });
  return ok({
    duplicate: false,
    enqueue: async () => {
      await ports.queue.send([message]);
      await ports.inbox.markEnqueued([event.eventId], ports.clock.now());
    },
  });
}
