import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { fanOut } from './fan-out.ts';
import type { EventPorts, WebhookError, WebhookVerifier } from './ports.ts';

export interface Received {
  duplicate: boolean;
  /** Sends the event on; to be run after the answer. A crash before it ends is mended by the sweeper. */
  enqueue: (() => Promise<void>) | null;
}

/**
 * Verifies an event and keeps it. Only then may the provider be answered: from here on nothing can lose it. `readBody`
 * answers null when there is more than we take, and is not called where the header alone is wrong.
 */
export async function receiveEvent(
  ports: EventPorts & { verifier: WebhookVerifier },
  input: { readBody: () => Promise<Uint8Array | null>; signature: string | null; requestId: string },
): Promise<Result<Received, WebhookError>> {
  if (input.signature === null) return fail({ code: 'missing_signature' });
  const verify = ports.verifier.plausible(input.signature);
  if (verify === null) return fail({ code: 'invalid_signature' });
  const body = await input.readBody();
  if (body === null) return fail({ code: 'too_large' });
  const verified = await verify(body);
  if (!verified.ok) return verified;
  const { requestId } = input;
  const { fresh, event, sameBody } = await ports.inbox.store(verified.value, requestId, ports.clock.now());
  const { eventId, type, flags } = event;
  if (!sameBody)
    log.error('an event came again with another body; the first is kept', { requestId, eventId });
  if (fresh && flags.length > 0) log.warn('odd payment event', { requestId, eventId, type, flags });
  if (!fresh || event.state !== 'received') return ok({ duplicate: !fresh, enqueue: null });
  return ok({
    duplicate: false,
    enqueue: async () => {
      await fanOut(ports, [{ event, messageId: event.eventId }], requestId);
    },
  });
}
