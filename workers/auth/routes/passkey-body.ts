import { rfc3339 } from '#shared/time/time.ts';
import type { listPasskeys } from '../usecases/passkeys.ts';

type Row = Extract<Awaited<ReturnType<typeof listPasskeys>>, { ok: true }>['value'][number];

/** A passkey on the wire; neither key nor credential id leaves. */
export const passkeyBody = (row: Row) => ({
  id: row.id,
  name: row.name,
  synced: row.backupEligible,
  createdAt: rfc3339(row.createdAt),
  lastUsedAt: row.lastUsedAt === null ? null : rfc3339(row.lastUsedAt),
});
