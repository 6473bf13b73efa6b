import { chunks } from '#shared/domain/chunks.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { fanOut } from './fan-out.ts';
import type { EventFilter, EventPorts } from './ports.ts';

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

/** Of one request: a few sends to the queue. */
export const REPLAY_MAX = 500;
const BATCH = 100;

export interface BulkReplay {
  replayed: number;
  /** Events that concern no order. */
  skipped: number;
  /** There are older ones that fit. */
  more: boolean;
  oldestReceivedAt: string | null;
}

/** Wakes the orders of many events again, the newest first. */
export async function replayEvents(
  ports: EventPorts,
  { limit, requestId, ...filter }: EventFilter & { limit: number; requestId: string },
): Promise<BulkReplay> {
  const found = await ports.inbox.list({ ...filter, after: null, limit: limit + 1 });
  const events = found.slice(0, limit);
  let replayed = 0;
  for (const batch of chunks(events, BATCH)) {
    const again = batch.map((event) => ({ event, messageId: `${event.eventId}:${requestId}` }));
    replayed += await fanOut(ports, again, requestId);
  }
  return {
    replayed,
    skipped: events.length - replayed,
    more: found.length > limit,
    oldestReceivedAt: events.at(-1)?.receivedAt ?? null,
  };
}
