import type { Bucket } from './machine.ts';
import {
  FAILURES_MS,
  SIGNAL_MS,
  SIGNALS,
  TRUST_MS,
  TRUSTED_SOURCES_MAX,
  type SignalName,
} from './policies.ts';

type BucketRow = {
  attempts: number;
  window_started_at: number;
  level: number;
  refused_until: number;
  last_attempt_at: number;
};

/** Rows of one guard; every call is synchronous, so it is atomic with what stands around it. */
export function guardStorage(sql: SqlStorage) {
  return {
    bucket(name: string): Bucket | null {
      const [row] = sql.exec<BucketRow>('SELECT * FROM buckets WHERE name = ?', name).toArray();
      if (row === undefined) return null;
      return {
        attempts: row.attempts,
        windowStartedAt: row.window_started_at,
        level: row.level,
        refusedUntil: row.refused_until,
        lastAttemptAt: row.last_attempt_at,
      };
    },

    keep(name: string, bucket: Bucket): void {
      sql.exec(
        'INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?, ?, ?)',
        name,
        bucket.attempts,
        bucket.windowStartedAt,
        bucket.level,
        bucket.refusedUntil,
        bucket.lastAttemptAt,
      );
    },

    forget(name: string): void {
      sql.exec('DELETE FROM buckets WHERE name = ?', name);
    },

    isTrusted(source: string, now: number): boolean {
      return (
        sql.exec('SELECT 1 FROM trusted WHERE source = ? AND until > ?', source, now).toArray().length > 0
      );
    },

    trust(source: string, now: number): void {
      sql.exec('INSERT OR REPLACE INTO trusted VALUES (?, ?)', source, now + TRUST_MS);
      sql.exec(
        'DELETE FROM trusted WHERE source NOT IN (SELECT source FROM trusted ORDER BY until DESC LIMIT ?)',
        TRUSTED_SOURCES_MAX,
      );
    },

    /** Notes a failure; true when it makes the number that is a signal, once in a while. Holds no more than that number. */
    isSignal(name: SignalName, subject: string, now: number): boolean {
      const active = sql.exec('SELECT 1 FROM signals WHERE name = ? AND until > ?', name, now).toArray();
      if (active.length > 0) return false;
      sql.exec('DELETE FROM failures WHERE at <= ?', now - FAILURES_MS);
      sql.exec('INSERT OR REPLACE INTO failures VALUES (?, ?)', subject, now);
      const { count } = sql.exec<{ count: number }>('SELECT count(*) AS count FROM failures').one();
      if (count < SIGNALS[name]) return false;
      sql.exec('DELETE FROM failures');
      sql.exec('INSERT OR REPLACE INTO signals VALUES (?, ?)', name, now + SIGNAL_MS);
      return true;
    },

    /** True for one caller alone: the id was not used yet, and is from now on. */
    spend(id: string, until: number, now: number): boolean {
      sql.exec('DELETE FROM spent WHERE until <= ?', now);
      return sql.exec('INSERT INTO spent VALUES (?, ?) ON CONFLICT DO NOTHING', id, until).rowsWritten > 0;
    },

    /** Drops what no longer matters; says whether anything is left. */
    sweep(now: number, forgetMs: number): boolean {
      sql.exec('DELETE FROM buckets WHERE last_attempt_at <= ?', now - forgetMs);
      sql.exec('DELETE FROM trusted WHERE until <= ?', now);
      sql.exec('DELETE FROM failures WHERE at <= ?', now - FAILURES_MS);
      sql.exec('DELETE FROM signals WHERE until <= ?', now);
      sql.exec('DELETE FROM spent WHERE until <= ?', now);
      const { left } = sql
        .exec<{ left: number }>(
          `SELECT EXISTS (SELECT 1 FROM buckets) + EXISTS (SELECT 1 FROM trusted)
             + EXISTS (SELECT 1 FROM failures) + EXISTS (SELECT 1 FROM signals)
             + EXISTS (SELECT 1 FROM spent) AS left`,
        )
        .one();
      return left > 0;
    },
  };
}
