import type { Settings } from './storage.ts';

const UPSERT = `INSERT INTO webhook_endpoints
  (id, url, event_types, description, disabled_reason, version, created_at_ms, updated_at_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET url = excluded.url, event_types = excluded.event_types,
    description = excluded.description, disabled_reason = excluded.disabled_reason, version = excluded.version,
    updated_at_ms = excluded.updated_at_ms
  WHERE excluded.version > webhook_endpoints.version`;

/** Shows an endpoint in lists and to the fan-out. An older version never replaces a newer one. */
export async function projectEndpoint(database: D1Database, settings: Settings): Promise<void> {
  await database
    .prepare(UPSERT)
    .bind(
      settings.id,
      settings.url,
      JSON.stringify(settings.eventTypes),
      settings.description,
      settings.disabledReason,
      settings.version,
      settings.createdAt,
      settings.updatedAt,
    )
    .run();
}

export async function withdrawEndpoint(database: D1Database, id: string): Promise<void> {
  await database.prepare('DELETE FROM webhook_endpoints WHERE id = ?').bind(id).run();
}
