import { asc, gt, isNull } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ENDPOINTS_MAX, type WebhookEndpointSummary } from '#shared/contracts/http/webhook-endpoints.ts';
import { webhookEndpoints } from '#shared/db/commerce.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';

export interface EndpointRequest {
  keyHash: string;
  fingerprint: string;
  endpointId: string;
  /** Epoch milliseconds. */
  at: number;
}
/** The endpoints as lists and the fan-out see them. */
export interface EndpointDirectory {
  /** In the order of creation, after the given id. */
  list(after: string | null, limit: number): Promise<WebhookEndpointSummary[]>;
  /** Everyone who may want an event. */
  subscribers(): Promise<{ id: string; eventTypes: string[] }[]>;
  /** Which endpoint a request means, and what it asked for at first; null when there are too many already. */
  claim(request: EndpointRequest): Promise<{ endpointId: string; fingerprint: string } | null>;
}

export const REQUEST_KEPT_MS = DAY_MS;

export function endpointDirectory(database: D1Database): EndpointDirectory {
  const db = drizzle(database);
  return {
    async list(after, limit) {
      const rows = await db
        .select()
        .from(webhookEndpoints)
        .where(after === null ? undefined : gt(webhookEndpoints.id, after))
        .orderBy(asc(webhookEndpoints.id))
        .limit(limit);
      return rows.map(({ createdAtMs, updatedAtMs, disabledReason, ...row }) => ({
        ...row,
        enabled: disabledReason === null,
        disabledReason,
        createdAt: rfc3339(createdAtMs),
        updatedAt: rfc3339(updatedAtMs),
      }));
    },
    // Awaited here: the builder runs its query again for everyone who waits for it.
    subscribers: async () => {
      const rows = await db
        .select({ id: webhookEndpoints.id, eventTypes: webhookEndpoints.eventTypes })
        .from(webhookEndpoints)
        .where(isNull(webhookEndpoints.disabledReason))
        .limit(ENDPOINTS_MAX * 2);
      return rows;
    },
    async claim({ keyHash, fingerprint, endpointId, at }) {
      const [, , found] = await database.batch<{ endpoint_id: string; fingerprint: string }>([
        database
          .prepare('DELETE FROM webhook_endpoint_requests WHERE created_at_ms <= ?')
          .bind(at - REQUEST_KEPT_MS),
        database
          .prepare(
            `INSERT INTO webhook_endpoint_requests (key_hash, fingerprint, endpoint_id, created_at_ms)
             SELECT ?, ?, ?, ? WHERE (SELECT count(*) FROM webhook_endpoints) < ? ON CONFLICT DO NOTHING`,
          )
          .bind(keyHash, fingerprint, endpointId, at, ENDPOINTS_MAX),
        database
          .prepare('SELECT endpoint_id, fingerprint FROM webhook_endpoint_requests WHERE key_hash = ?')
          .bind(keyHash),
      ]);
      const row = found?.results[0];
      return row === undefined ? null : { endpointId: row.endpoint_id, fingerprint: row.fingerprint };
    },
  };
}
