import type { ShardReport, Terms } from './face.ts';
import type { Units } from './machine.ts';

/** The root's row of a shard. */
export interface ShardRow extends Omit<Terms, 'places'> {
  shard: number;
  returned: Units;
  report: ShardReport;
}
/** A shard's own row. */
export interface LeaseRow extends Omit<Terms, 'places'> {
  shard: number;
  returned: Units;
  /** Reports made. */
  reports: number;
}

const NO_REPORT: ShardReport = { sequence: 0, term: 0, granted: {}, returned: {}, places: [], at: 0 };

/** The tables that say which units are lent to whom: `shards` in the root, `lease` and `forwarded` in a shard. */
export class LeaseStorage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  shards(): ShardRow[] {
    return this.#sql
      .exec<{
        shard: number;
        granted: string;
        returned: string;
        term: number;
        keeps: number;
        report: string;
      }>('SELECT * FROM shards ORDER BY shard')
      .toArray()
      .map((row) => ({
        shard: row.shard,
        granted: JSON.parse(row.granted) as Units,
        returned: JSON.parse(row.returned) as Units,
        term: row.term,
        keeps: row.keeps === 1,
        report: JSON.parse(row.report) as ShardReport,
      }));
  }

  shard(shard: number): ShardRow {
    const known = this.shards().find((row) => row.shard === shard);
    return known ?? { shard, granted: {}, returned: {}, term: 0, keeps: false, report: NO_REPORT };
  }

  saveShard({ shard, granted, returned, term, keeps, report }: ShardRow): void {
    this.#sql.exec(
      `INSERT INTO shards VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (shard) DO UPDATE SET granted = excluded.granted,
       returned = excluded.returned, term = excluded.term, keeps = excluded.keeps, report = excluded.report`,
      shard,
      JSON.stringify(granted),
      JSON.stringify(returned),
      term,
      keeps ? 1 : 0,
      JSON.stringify(report),
    );
  }

  /** Null in the root. */
  lease(): LeaseRow | null {
    const row = this.#sql
      .exec<{
        shard: number;
        granted: string;
        returned: string;
        term: number;
        keeps: number;
        reports: number;
      }>('SELECT shard, granted, returned, term, keeps, reports FROM lease')
      .toArray()[0];
    if (row === undefined) return null;
    return {
      shard: row.shard,
      granted: JSON.parse(row.granted) as Units,
      returned: JSON.parse(row.returned) as Units,
      term: row.term,
      keeps: row.keeps === 1,
      reports: row.reports,
    };
  }

  saveLease({ shard, granted, returned, term, keeps, reports }: LeaseRow): void {
    this.#sql.exec(
      `INSERT INTO lease VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET granted = excluded.granted,
       returned = excluded.returned, term = excluded.term, keeps = excluded.keeps, reports = excluded.reports`,
      shard,
      JSON.stringify(granted),
      JSON.stringify(returned),
      term,
      keeps ? 1 : 0,
      reports,
    );
  }

  /** The root decides for this order, now and later. */
  forward(orderId: string, now: number): void {
    this.#sql.exec('INSERT INTO forwarded VALUES (?, ?) ON CONFLICT DO NOTHING', orderId, now);
  }

  isForwarded(orderId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM forwarded WHERE order_id = ?', orderId).toArray().length > 0;
  }
}
