import { chunks } from '#shared/domain/chunks.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { fanOut } from './fan-out.ts';
import type { EventFilter, EventPorts, StoredEvent } from './ports.ts';

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

/**
 * The newest that fit, and of the oldest moment among them all: whoever goes on before it then misses none. A moment with
 * more than `limit` of them is taken whole.
 */
async function wholeMoments(
  { inbox }: Pick<EventPorts, 'inbox'>,
  filter: EventFilter,
  limit: number,
): Promise<{ events: StoredEvent[]; more: boolean }> {
  const found = await inbox.list({ ...filter, after: null, limit: limit + 1 });
  const cut = found[limit]?.receivedAt;
  if (cut === undefined) return { events: found, more: false };
  const newer = found.filter(({ receivedAt }) => receivedAt !== cut);
  if (newer.length > 0) return { events: newer, more: true };
  const moment = { ...filter, from: cut, to: rfc3339(Date.parse(cut) + 1) };
  const events = await inbox.list({ ...moment, after: null, limit: MOMENT_MAX });
  const [older] = await inbox.list({ ...filter, to: cut, after: null, limit: 1 });
  return { events, more: older !== undefined };
}
/** So many never arrive in one millisecond. */
const MOMENT_MAX = 2_000;

/** Wakes the orders of many events again, the newest first. */
export async function replayEvents(
  ports: EventPorts,
  { limit, requestId, ...filter }: EventFilter & { limit: number; requestId: string },
): Promise<BulkReplay> {
  const { events, more } = await wholeMoments(ports, filter, limit);
  let replayed = 0;
  for (const batch of chunks(events, BATCH)) {
    const again = batch.map((event) => ({ event, messageId: `${event.eventId}:${requestId}` }));
    replayed += await fanOut(ports, again, requestId);
  }
  return {
    replayed,
    skipped: events.length - replayed,
    more,
    oldestReceivedAt: events.at(-1)?.receivedAt ?? null,
  };
}
