import { newId } from '#shared/ids/ids.ts';
import { MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import {
  NO_COUNTS,
  PHASES,
  type Counts,
  type Phase,
  type Reconciliation,
  type ReconciliationStore,
} from '../usecases/reconcile/ports.ts';

/** How long the owner has for one page; then another may take over. */
const OWNED_MS = 2 * MINUTE_MS;

interface Row {
  id: string;
  slot: string | null;
  asked_by: string | null;
  period_from: string;
  period_to: string;
  state: Reconciliation['state'];
  phase: Phase;
  cursor: string | null;
  counts: string;
  failures: number;
  error: string | null;
  started_at: string;
  finished_at: string | null;
}

const toRun = (row: Row): Reconciliation => ({
  id: row.id,
  slot: row.slot,
  askedBy: row.asked_by,
  from: row.period_from,
  to: row.period_to,
  state: row.state,
  phase: row.phase,
  cursor: row.cursor,
  counts: { ...NO_COUNTS, ...(JSON.parse(row.counts) as Partial<Counts>) },
  failures: row.failures,
  error: row.error,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
});

/** Reconciliations in `PAYMENTS_DB`. */
export function d1Reconciliations(database: D1Database): ReconciliationStore {
  const one = async (sql: string, ...values: unknown[]): Promise<Reconciliation | null> => {
    const row = await database
      .prepare(sql)
      .bind(...values)
      .first<Row>();
    return row === null ? null : toRun(row);
  };
  return {
    start: ({ slot, askedBy, period }, now) =>
      one(
        `INSERT INTO reconciliations (id, slot, asked_by, period_from, period_to, state, phase, counts, started_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6, '{}', ?7) ON CONFLICT DO NOTHING RETURNING *`,
        newId('reconciliation'),
        slot,
        askedBy,
        rfc3339(period.from),
        rfc3339(period.to),
        PHASES[0],
        rfc3339(now),
      ),

    find: (id) => one('SELECT * FROM reconciliations WHERE id = ?', id),

    async list({ after, limit }) {
      const { results } = await database
        .prepare(
          'SELECT * FROM reconciliations WHERE (started_at, id) < (?1, ?2) ORDER BY started_at DESC, id DESC LIMIT ?3',
        )
        .bind(after?.startedAt ?? '9', after?.id ?? '', limit)
        .all<Row>();
      return results.map(toRun);
    },

    async waiting(startedBefore, restedSince) {
      const row = await database
        .prepare(
          `SELECT id FROM reconciliations WHERE state = 'running' AND started_at < ?1
             AND (owned_until IS NULL OR owned_until < ?2) ORDER BY started_at, id LIMIT 1`,
        )
        .bind(rfc3339(startedBefore), rfc3339(restedSince))
        .first<{ id: string }>();
      return row?.id ?? null;
    },

    own: (id, owner, now) =>
      one(
        `UPDATE reconciliations SET owner = ?2, owned_until = ?4 WHERE id = ?1 AND state = 'running' AND NOT EXISTS (
           SELECT 1 FROM reconciliations AS held WHERE held.state = 'running' AND held.owned_until >= ?3)
         RETURNING *`,
        id,
        owner,
        rfc3339(now),
        rfc3339(now + OWNED_MS),
      ),

    async save(run, owner, now) {
      const row = await database
        .prepare(
          `UPDATE reconciliations SET state = ?3, phase = ?4, cursor = ?5, counts = ?6, failures = ?7, error = ?8,
             finished_at = ?9, owned_until = ?10 WHERE id = ?1 AND owner = ?2 RETURNING id`,
        )
        .bind(
          run.id,
          owner,
          run.state,
          run.phase,
          run.cursor,
          JSON.stringify(run.counts),
          run.failures,
          run.error,
          run.finishedAt,
          rfc3339(now + OWNED_MS),
        )
        .first();
      return row !== null;
    },

    async release(id, owner, now) {
      await database
        .prepare('UPDATE reconciliations SET owner = NULL, owned_until = ?3 WHERE id = ?1 AND owner = ?2')
        .bind(id, owner, rfc3339(now - 1))
        .run();
    },
  };
}
