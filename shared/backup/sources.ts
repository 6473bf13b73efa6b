import type { KeyRing } from '#shared/crypto/key-ring.ts';
import type { Clock } from '#shared/time/time.ts';

/** A database of the worker's own. */
export interface DatabaseSource {
  kind: 'database';
  /** Its binding. */
  name: string;
  database: D1Database;
  /** Tables that migrations fill: rows there do not mean that the database is in use. */
  seeded: readonly string[];
  /**
   * What must be done about rows that are true of the past alone, once all of them are back. A bounded part of it, safe to
   * repeat; true: nothing is left to do.
   */
  settle?: () => Promise<boolean>;
}

/** Objects of the worker's own that keep what no database has. */
export interface ObjectsSource {
  kind: 'objects';
  name: string;
  /** Some of them in an order that never changes; `after`: where the page before ended. */
  read(after: string | null): Promise<{ items: unknown[]; next: string | null }>;
  /** Makes an object anew; safe to repeat. False: there is another already, and it may not be replaced. */
  restore(item: unknown, replace: boolean): Promise<boolean>;
  /** As of a database, once all objects are back. */
  settle?: () => Promise<boolean>;
}

export type Source = DatabaseSource | ObjectsSource;

export interface BackupHold {
  /** For one run, until it is ended or a time (epoch milliseconds) has passed. False: not now; ask again. Safe to repeat. */
  begin(run: string, until: number): Promise<boolean>;
  /** Safe to repeat; another run's stays. */
  end(run: string): Promise<void>;
}

/** What one worker backs up, and where to. */
export interface Backups {
  worker: string;
  bucket: R2Bucket;
  ring: KeyRing;
  clock: Clock;
  /** In the order they are taken: who asks stands before who is asked (docs/disaster-recovery.md). */
  sources: readonly Source[];
  /** Keeps still what a backup must not meet under way; absent: there is nothing of the kind. */
  hold?: BackupHold;
  /** Between two scheduled ones; 0: only on demand. */
  everySeconds: number;
  keepDays: number;
}
