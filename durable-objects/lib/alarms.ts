import { log } from '#shared/observability/log.ts';
import type { Clock } from '#shared/time/time.ts';
import { systemChance } from './host.ts';
import type { ObjectMigration } from './migrations.ts';
import { retryDelayMs } from './retry.ts';

export const ALARMS_MIGRATION: ObjectMigration = {
  name: 'alarms',
  sql: 'CREATE TABLE _alarms (name TEXT PRIMARY KEY, at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID',
};

/** Before the name of an alarm whose handler is at work. */
const RINGING = 'ringing:';

type AlarmRow = { name: string; at: number; attempts: number };

/**
 * Many named alarms over an object's single alarm slot. The platform drops an alarm after six failed runs; here a
 * failed handler is logged and re-armed with backoff for ever, so nothing that is due is lost.
 */
export class NamedAlarms<Name extends string> {
  readonly #storage: DurableObjectStorage;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(storage: DurableObjectStorage, clock: Clock, random: () => number = systemChance.random) {
    this.#storage = storage;
    this.#clock = clock;
    this.#random = random;
  }

  /** Sets or moves one alarm (epoch milliseconds). Takes part in the caller's transaction. */
  set(name: Name, at: number): void {
    this.#storage.sql.exec(
      'INSERT INTO _alarms (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at, attempts = 0',
      name,
      at,
    );
    this.#arm();
  }

  /** Like `set`, but an alarm that would ring earlier stays. */
  setNoLaterThan(name: Name, at: number): void {
    const present = this.get(name);
    if (present === null || present > at) this.set(name, at);
  }

  clear(name: Name): void {
    this.#storage.sql.exec('DELETE FROM _alarms WHERE name = ?', name);
    this.#arm();
  }

  get(name: Name): number | null {
    return this.#rows('WHERE name = ?', name)[0]?.at ?? null;
  }

  /**
   * Body of the object's `alarm()`: runs every due handler once, then arms the slot for the next. Never throws. An alarm
   * stands as ringing until its handler is through, so that it rings again when the process dies meanwhile.
   */
  async ring(handlers: Record<Name, () => Promise<void> | void>): Promise<void> {
    for (const row of this.#take()) {
      try {
        await handlers[row.name as Name]();
      } catch (error) {
        log.error('alarm failed', { alarm: row.name, attempts: row.attempts + 1, error });
        this.#rearm(row);
      }
      this.#storage.sql.exec('DELETE FROM _alarms WHERE name = ?', `${RINGING}${row.name}`);
    }
    this.#arm();
  }

  /** What is due, and what was ringing when the process died. */
  #take(): AlarmRow[] {
    return this.#storage.transactionSync(() => {
      this.#storage.sql.exec(
        `INSERT INTO _alarms (name, at, attempts)
         SELECT ?1 || name, at, attempts FROM _alarms WHERE at <= ?2 AND name NOT LIKE ?1 || '%'
         ON CONFLICT (name) DO NOTHING`,
        RINGING,
        this.#clock.now(),
      );
      this.#storage.sql.exec(
        `DELETE FROM _alarms WHERE at <= ?2 AND name NOT LIKE ?1 || '%'`,
        RINGING,
        this.#clock.now(),
      );
      return this.#rows(`WHERE name LIKE ? || '%' ORDER BY at`, RINGING).map((row) => ({
        ...row,
        name: row.name.slice(RINGING.length),
      }));
    });
  }

  /** Keeps an alarm that the failed handler itself set earlier. */
  #rearm(row: AlarmRow): void {
    const at = this.#clock.now() + retryDelayMs(row.attempts + 1, this.#random());
    this.#storage.sql.exec(
      `INSERT INTO _alarms (name, at, attempts) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET at = min(at, excluded.at), attempts = excluded.attempts`,
      row.name,
      at,
      row.attempts + 1,
    );
  }

  #arm(): void {
    const next = this.#storage.sql.exec<{ at: number | null }>('SELECT min(at) AS at FROM _alarms').one().at;
    void (next === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(next));
  }

  #rows(where: string, ...values: (string | number)[]): AlarmRow[] {
    return this.#storage.sql
      .exec<AlarmRow>(`SELECT name, at, attempts FROM _alarms ${where}`, ...values)
      .toArray();
  }
}
