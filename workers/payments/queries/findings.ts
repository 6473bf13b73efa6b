import { newId } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Finding, FindingPage, FindingStore, NewFinding } from '../usecases/findings/ports.ts';

/** Raises a matter once; one a person has accepted as it is stays closed until something about it changes. */
export const putFinding = (
  database: D1Database,
  { code, subject, paymentId, orderId, detail }: NewFinding,
  reconciliationId: string | null,
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO payment_findings (id, code, subject, payment_id, order_id, detail, state, reconciliation_id, found_at, last_found_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7, ?8, ?8)
       ON CONFLICT (code, subject) DO UPDATE SET last_found_at = excluded.last_found_at, detail = excluded.detail,
         payment_id = COALESCE(excluded.payment_id, payment_id), order_id = COALESCE(excluded.order_id, order_id),
         reconciliation_id = COALESCE(excluded.reconciliation_id, reconciliation_id),
         state = CASE WHEN resolved_by IS NOT NULL AND detail = excluded.detail THEN 'resolved' ELSE 'open' END,
         resolved_at = CASE WHEN resolved_by IS NOT NULL AND detail = excluded.detail THEN resolved_at END,
         resolution = CASE WHEN resolved_by IS NOT NULL AND detail = excluded.detail THEN resolution END,
         resolved_by = CASE WHEN detail = excluded.detail THEN resolved_by END`,
    )
    .bind(newId('finding'), code, subject, paymentId, orderId, detail, reconciliationId, rfc3339(now));

/** Closes what is no longer so. */
export const closeFindings = (
  database: D1Database,
  subjects: readonly string[],
  codes: readonly string[],
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE payment_findings SET state = 'resolved', resolved_at = ?1, resolution = 'No longer so.'
       WHERE code IN (SELECT value FROM json_each(?3)) AND subject IN (SELECT value FROM json_each(?2)) AND state = 'open'`,
    )
    .bind(rfc3339(now), JSON.stringify(subjects), JSON.stringify(codes));

const CLOSE_HEARD = `
  UPDATE payment_findings SET state = 'resolved', resolved_at = ?1, resolution = 'No longer so.'
  WHERE state = 'open' AND code = 'event_unheard' AND EXISTS (
    SELECT 1 FROM payment_events WHERE event_id = subject AND payment_events.state IN ('handled', 'ignored'))`;

const COLUMNS = `id, code, subject, payment_id AS paymentId, order_id AS orderId, detail, state, reconciliation_id AS reconciliationId,
  found_at AS foundAt, last_found_at AS lastFoundAt, resolved_at AS resolvedAt, resolved_by AS resolvedBy, resolution`;

/** Findings in `PAYMENTS_DB`. */
export function d1Findings(database: D1Database): FindingStore {
  return {
    async put(findings, reconciliationId, now) {
      if (findings.length === 0) return;
      await database.batch(findings.map((finding) => putFinding(database, finding, reconciliationId, now)));
    },
    async close(subjects, codes, now) {
      if (subjects.length > 0) await closeFindings(database, subjects, codes, now).run();
    },
    async closeHeard(now) {
      await database.prepare(CLOSE_HEARD).bind(rfc3339(now)).run();
    },
    async openAbout(code, after, limit) {
      const { results } = await database
        .prepare(
          `SELECT subject FROM payment_findings WHERE code = ?1 AND subject > ?2 AND state = 'open'
           ORDER BY subject LIMIT ?3`,
        )
        .bind(code, after ?? '', limit)
        .all<{ subject: string }>();
      return results.map(({ subject }) => subject);
    },
    async list({ state, reconciliationId, after, limit }: FindingPage) {
      // Each filter reads along the index that leads with it.
      const filter =
        reconciliationId !== null ? 'reconciliation_id = ?5 AND' : state !== null ? 'state = ?1 AND' : '';
      const { results } = await database
        .prepare(
          `SELECT ${COLUMNS} FROM payment_findings WHERE ${filter} (?1 IS NULL OR state = ?1) AND (?5 IS NULL OR true)
             AND (found_at, id) < (?2, ?3) ORDER BY found_at DESC, id DESC LIMIT ?4`,
        )
        .bind(state, after?.foundAt ?? '9', after?.id ?? '', limit, reconciliationId)
        .all<Finding>();
      return results;
    },
    // One that closed by itself meanwhile stays so: it was not accepted, and opens again when it comes again.
    async resolve(id, { by, reason }, now) {
      const row = await database
        .prepare(
          `UPDATE payment_findings SET state = 'resolved', resolved_at = COALESCE(resolved_at, ?2), resolved_by = CASE state WHEN 'open' THEN ?3 ELSE resolved_by END,
             resolution = COALESCE(resolution, ?4) WHERE id = ?1 RETURNING ${COLUMNS}`,
        )
        .bind(id, rfc3339(now), by, reason)
        .first<Finding>();
      return row;
    },
  };
}
