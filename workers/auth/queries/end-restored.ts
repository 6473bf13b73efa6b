import { EVERYBODY } from '#shared/auth/key-set.ts';
import { auditQueries } from './audit.ts';
import { revocationQueries } from './revocations.ts';
import type { RevokedWhy } from './sessions.ts';

/** What was begun and would let somebody in, by table and key. */
export const BEGUN = {
  ceremonies: 'id',
  email_codes: 'email_index',
  email_tokens: 'token_hash',
  federation_requests: 'state_hash',
  oauth_codes: 'code_hash',
  oauth_device_codes: 'device_hash',
  oauth_pushed_requests: 'request_hash',
  organisation_invitations: 'id',
  owner_links: 'token_hash',
  sign_in_challenges: 'id_hash',
} as const;
const ROWS_AT_ONCE = 5_000;
const WHY: RevokedWhy = 'restored';

/**
 * A restored database believes in what was ended since its backup. So every session ends, what was begun goes, and, at
 * last, every access token there is counts no more. A bounded part; true: all of it is done.
 */
export async function endRestored(
  database: D1Database,
  { now, requestId }: { now: number; requestId: string },
): Promise<boolean> {
  const parts = await database.batch([
    database
      .prepare(
        `UPDATE sessions SET revoked_at = ?, revoked_why = ?
         WHERE id IN (SELECT id FROM sessions WHERE revoked_at IS NULL LIMIT ${ROWS_AT_ONCE}) RETURNING 1`,
      )
      .bind(now, WHY),
    ...Object.entries(BEGUN).map(([table, key]) =>
      database.prepare(
        `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} LIMIT ${ROWS_AT_ONCE}) RETURNING 1`,
      ),
    ),
  ]);
  if (parts.some(({ results }) => results.length === ROWS_AT_ONCE)) return false;
  await database.batch([
    revocationQueries(database).close(EVERYBODY, now),
    auditQueries(database).add({
      at: now,
      requestId,
      address: '',
      actorId: null,
      subject: null,
      action: 'backup.restored',
      outcome: 'success',
      factor: 'none',
      detail: '{}',
    }),
  ]);
  return true;
}
