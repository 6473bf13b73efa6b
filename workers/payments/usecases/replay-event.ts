import { fail, ok, type Result } from '#shared/domain/result.ts';
import { fanOut } from './fan-out.ts';
import type { EventPorts } from './ports.ts';

export type ReplayError = { code: 'not_found' | 'no_order' };

/** Wakes the order again. It refetches the truth, so repeating this does no harm. */
export async function replayEvent(
  ports: EventPorts,
  input: { eventId: string; requestId: string },
): Promise<Result<{ eventId: string }, ReplayError>> {
  const event = await ports.inbox.find(input.eventId);
  if (event === null) return fail({ code: 'not_found' });
  const messageId = `${event.eventId}:${input.requestId}`;
  const sent = await fanOut(ports, [{ event, messageId }], input.requestId);
  if (sent === 0) return fail({ code: 'no_order' });
  return ok({ eventId: event.eventId });
}
