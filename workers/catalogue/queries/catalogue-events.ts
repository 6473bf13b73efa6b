import { z } from 'zod';
import { type CatalogueEventMessage, catalogueEventMessageSchema } from '#shared/contracts/messages.ts';

const rowSchema = z.object({
  id: z.int(),
  type: z.string(),
  subject: z.string(),
  version: z.int(),
  status: z.string(),
  at: z.int(),
  requestId: z.string().nullable(),
});

/** The oldest events owed to merchants' systems, as messages, with the request that made the version where it is known. */
export async function owedEvents(
  database: D1DatabaseSession,
  limit: number,
): Promise<{ id: number; message: CatalogueEventMessage }[]> {
  const { results } = await database
    .prepare(
      `SELECT e.id, e.type, e.subject, e.version, e.status, e.at_ms AS at, v.request_id AS requestId
       FROM catalogue_events e LEFT JOIN product_versions v ON v.product_id = e.subject AND v.version = e.version
       ORDER BY e.id LIMIT ?`,
    )
    .bind(limit)
    .all();
  return rowSchema
    .array()
    .parse(results)
    .map(({ id, subject, requestId, ...event }) => {
      const messageId = `catalogue-event-${id}`;
      const of = event.type === 'price_list.updated' ? { priceListId: subject } : { productId: subject };
      const stated = { ...event, ...of, requestId: requestId ?? messageId, messageId, sequence: id };
      return { id, message: catalogueEventMessageSchema.parse(stated) };
    });
}

/** Forgets events that the queue has taken. */
export async function forgetEvents(database: D1DatabaseSession, ids: readonly number[]): Promise<void> {
  await database
    .prepare('DELETE FROM catalogue_events WHERE id IN (SELECT value FROM json_each(?))')
    .bind(JSON.stringify(ids))
    .run();
}
