import { type Terms, termsSchema } from '#shared/domain/entitlements.ts';
import type { ActivationRow, GiveUpInput, LeaseRow, MeterState } from './face.ts';

const ACTIVATION = `SELECT id, unit, device, name, activated_at AS activatedAt, seen_at AS seenAt FROM activations`;
const LEASE = `SELECT id, unit, device, name, leased_at AS leasedAt, expires_at AS expiresAt FROM leases`;
type Counted = { key: string; meter: string; amount: number; outcome: MeterState };

/** Rows of an `InstanceUse` object. */
export const useRows = (sql: SqlStorage) => {
  const byUnit = (statement: string, ...values: (number | null)[]): ReadonlyMap<number, number> =>
    new Map(
      sql
        .exec<{ unit: number; count: number }>(statement, ...values)
        .toArray()
        .map(({ unit, count }) => [unit, count]),
    );
  const first = <Row extends Record<string, SqlStorageValue>>(
    statement: string,
    ...values: (string | number | null)[]
  ): Row | null => sql.exec<Row>(statement, ...values).toArray()[0] ?? null;

  return {
    isThere: () => first("SELECT 1 FROM sqlite_master WHERE name = 'activations'") !== null,

    terms(): { revision: number; terms: Terms } | null {
      const row = first<{ revision: number; document: string }>('SELECT revision, document FROM terms');
      return row === null
        ? null
        : { revision: row.revision, terms: termsSchema.parse(JSON.parse(row.document)) };
    },
    keepTerms(terms: Terms): void {
      sql.exec('INSERT OR REPLACE INTO terms VALUES (1, ?, ?)', terms.revision, JSON.stringify(terms));
    },

    /** Of a device, in one unit or in whichever it is. */
    activation: (device: string, unit: number | null) =>
      first<ActivationRow & Record<string, SqlStorageValue>>(
        `${ACTIVATION} WHERE device = ?1 AND (?2 IS NULL OR unit = ?2) ORDER BY unit LIMIT 1`,
        device,
        unit,
      ),
    activations: () =>
      sql
        .exec<ActivationRow & Record<string, SqlStorageValue>>(`${ACTIVATION} ORDER BY activated_at, id`)
        .toArray(),
    /** Seats taken, by unit: of one, or of all. */
    seatsTaken: (unit: number | null) =>
      byUnit(
        'SELECT unit, COUNT(*) AS count FROM activations WHERE ?1 IS NULL OR unit = ?1 GROUP BY unit',
        unit,
      ),
    /** How many of its unit were activated before it: it is within its seats while fewer were than there are. */
    activatedBefore: ({ unit, activatedAt, id }: ActivationRow) =>
      sql
        .exec<{ count: number }>(
          'SELECT COUNT(*) AS count FROM activations WHERE unit = ? AND (activated_at, id) < (?, ?)',
          unit,
          activatedAt,
          id,
        )
        .one().count,
    addActivation({ id, unit, device, name, activatedAt, seenAt }: ActivationRow): void {
      sql.exec(
        'INSERT INTO activations (id, unit, device, name, activated_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        unit,
        device,
        name,
        activatedAt,
        seenAt,
      );
    },
    seeDevice(id: string, name: string, at: number): void {
      sql.exec('UPDATE activations SET name = ?, seen_at = ? WHERE id = ?', name, at, id);
    },

    lease: (device: string, unit: number | null, now: number) =>
      first<LeaseRow & Record<string, SqlStorageValue>>(
        `${LEASE} WHERE device = ?1 AND (?2 IS NULL OR unit = ?2) AND expires_at > ?3 ORDER BY unit LIMIT 1`,
        device,
        unit,
        now,
      ),
    leaseById: (id: string, now: number) =>
      first<LeaseRow & Record<string, SqlStorageValue>>(`${LEASE} WHERE id = ? AND expires_at > ?`, id, now),
    leases: (now: number) =>
      sql
        .exec<LeaseRow & Record<string, SqlStorageValue>>(
          `${LEASE} WHERE expires_at > ? ORDER BY leased_at, id`,
          now,
        )
        .toArray(),
    leasesTaken: (unit: number | null, now: number) =>
      byUnit(
        `SELECT unit, COUNT(*) AS count FROM leases WHERE (?1 IS NULL OR unit = ?1) AND expires_at > ?2
         GROUP BY unit`,
        unit,
        now,
      ),
    /** How many of its unit were leased before it and still are. */
    leasedBefore: ({ unit, leasedAt, id }: LeaseRow, now: number) =>
      sql
        .exec<{ count: number }>(
          `SELECT COUNT(*) AS count FROM leases
           WHERE unit = ? AND expires_at > ? AND (leased_at, id) < (?, ?)`,
          unit,
          now,
          leasedAt,
          id,
        )
        .one().count,
    addLease({ id, unit, device, name, leasedAt, expiresAt }: LeaseRow): void {
      sql.exec(
        'INSERT INTO leases (id, unit, device, name, leased_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        unit,
        device,
        name,
        leasedAt,
        expiresAt,
      );
    },
    renew(id: string, expiresAt: number): void {
      sql.exec('UPDATE leases SET expires_at = ? WHERE id = ?', expiresAt, id);
    },
    dropLeases(now: number): void {
      sql.exec('DELETE FROM leases WHERE expires_at <= ?', now);
    },

    remove(table: 'activations' | 'leases', which: GiveUpInput): boolean {
      const { rowsWritten } =
        'id' in which
          ? sql.exec(`DELETE FROM ${table} WHERE id = ?`, which.id)
          : sql.exec(
              `DELETE FROM ${table} WHERE device = ?1 AND (?2 IS NULL OR unit = ?2)`,
              which.device,
              which.unit,
            );
      return rowsWritten > 0;
    },

    removeUpTo(at: number): void {
      sql.exec('DELETE FROM activations WHERE activated_at <= ?', at);
      sql.exec('DELETE FROM leases WHERE leased_at <= ?', at);
    },

    used: (name: string, startsAt: number) =>
      first<{ used: number }>('SELECT used FROM meters WHERE name = ? AND starts_at = ?', name, startsAt)
        ?.used ?? 0,
    /** Periods that are over are of no interest any more. */
    setMeter(name: string, startsAt: number, used: number): void {
      sql.exec('DELETE FROM meters WHERE name = ? AND starts_at <> ?', name, startsAt);
      sql.exec('INSERT OR REPLACE INTO meters VALUES (?, ?, ?)', name, startsAt, used);
    },

    counted(key: string): Counted | null {
      const row = first<{ key: string; meter: string; amount: number; outcome: string }>(
        'SELECT key, meter, amount, outcome FROM counted WHERE key = ?',
        key,
      );
      return row === null ? null : { ...row, outcome: JSON.parse(row.outcome) as MeterState };
    },
    keepCounted({ key, meter, amount, outcome }: Counted, now: number): void {
      sql.exec(
        'INSERT INTO counted VALUES (?, ?, ?, ?, ?)',
        key,
        meter,
        amount,
        JSON.stringify(outcome),
        now,
      );
    },
    forgetCounted(before: number, limit: number): void {
      sql.exec(
        'DELETE FROM counted WHERE key IN (SELECT key FROM counted WHERE at <= ? ORDER BY at LIMIT ?)',
        before,
        limit,
      );
    },
    oldestCounted: () => first<{ at: number | null }>('SELECT min(at) AS at FROM counted')?.at ?? null,
  };
};
export type UseRows = ReturnType<typeof useRows>;
