import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Inbox, StoredEvent } from './ports.ts';

/** Names under which a provider tells who the customer is; an operator who needs that has the order. */
const PERSONAL = new Set([
  'email',
  'receipt_email',
  'phone',
  'name',
  'address',
  'shipping',
  'ip',
  'customer_name',
]);
const REDACTED = '[redacted]';

/** One event with its body as JSON, without what names the customer. */
export async function readEventFor(
  inbox: Inbox,
  eventId: string,
): Promise<Result<{ event: StoredEvent; body: unknown }, { code: 'not_found' }>> {
  const found = await inbox.read(eventId);
  if (found === null) return fail({ code: 'not_found' });
  const body: unknown = JSON.parse(found.body, (name, value: unknown) =>
    PERSONAL.has(name) && value !== null ? REDACTED : value,
  );
  return ok({ event: found.event, body });
}
