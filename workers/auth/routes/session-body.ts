import { rfc3339 } from '#shared/time/time.ts';
import { deviceName } from '../device-name.ts';
import type { listSessions } from '../usecases/sessions.ts';

type Row = Extract<Awaited<ReturnType<typeof listSessions>>, { ok: true }>['value'][number]['row'];

/** A session on the wire. */
export const sessionBody = (row: Row, current: boolean) => ({
  id: row.id,
  current,
  userAgent: row.userAgent,
  device: deviceName(row.userAgent),
  country: row.country,
  amr: row.amr,
  createdAt: rfc3339(row.createdAt),
  lastUsedAt: rfc3339(row.lastUsedAt),
  expiresAt: rfc3339(Math.min(row.idleUntil, row.absoluteUntil)),
});
