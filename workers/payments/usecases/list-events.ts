import type { EventPage, Inbox, StoredEvent } from './ports.ts';

/** A page of the inbox, newest first; `next` is the position to go on from. */
export async function listEvents(
  inbox: Inbox,
  page: EventPage,
): Promise<{ events: StoredEvent[]; next: EventPage['after'] }> {
  const found = await inbox.list({ ...page, limit: page.limit + 1 });
  const events = found.slice(0, page.limit);
  const last = events.at(-1);
  const more = last !== undefined && found.length > page.limit;
  return { events, next: more ? { receivedAt: last.receivedAt, eventId: last.eventId } : null };
}
