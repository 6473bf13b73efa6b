import { rfc3339 } from '#shared/time/time.ts';

/** Readings of raw columns, and back. */
export const msOf = (time: string | null): number | null => (time === null ? null : Date.parse(time));
export const timeOf = (ms: unknown): string | null => (typeof ms === 'number' ? rfc3339(ms) : null);
export const parsed = (json: unknown): unknown => JSON.parse(String(json));

/** What every rule's row has beside the kind's own columns. */
export const keptOf = (row: Record<string, unknown>) => ({
  id: row['id'],
  status: row['status'],
  version: row['version'],
  createdAt: timeOf(row['created_at_ms']),
  updatedAt: timeOf(row['updated_at_ms']),
});
