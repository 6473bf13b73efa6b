import { log } from '#shared/observability/log.ts';
import type { Clock } from '#shared/time/time.ts';
import { type Chance, type Host, orLate, systemChance } from './host.ts';
import type { ObjectMigration } from './migrations.ts';
import { retryDelayMs, TryLater } from './retry.ts';

/**
 * Transactional outbox of an object: an effect is written in the same transaction as the state that wants it, then
 * delivered at least once until it is recorded as done. Delivery must be safe to repeat: `key` is its idempotency key.
 */
export const OUTBOX_MIGRATION: ObjectMigration = {
  name: 'outbox',
  sql: `CREATE TABLE _outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'parked')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    last_error TEXT
  );
  CREATE INDEX _outbox_pending ON _outbox (lane, id) WHERE state = 'pending';`,
};

export interface OutboxEffect<Payload> {
  /** Unique for ever within the object; adding the same key again does nothing. */
  key: string;
  /** Effects of one lane go out in the order they were added; lanes go out in parallel. */
  lane: string;
  payload: Payload;
}
export interface ParkedEffect<Payload> extends OutboxEffect<Payload> {
  attempts: number;
  lastError: string;
}

export interface OpenEffect<Payload> extends OutboxEffect<Payload> {
  state: 'pending' | 'parked';
  attempts: number;
  /** Epoch milliseconds of the next attempt; null: none by itself. */
  nextAt: number | null;
  lastError: string | null;
}

export interface OutboxPorts<Payload> {
  /** Acts on the outside world. Resolves with what to do, in one transaction, once it is recorded as done. */
  deliver(effect: OutboxEffect<Payload>): Promise<() => void>;
  /** Runs in one transaction with the parking, after the last attempt failed: the effect must not be lost in silence. */
  parked(effect: ParkedEffect<Payload>): void;
}

export interface OutboxLimits {
  attemptsMax: number;
  deliveryTimeoutMs: number;
  /**
   * Effects kept after they are done, newest first. Their keys are what makes `add` do nothing a second time: limit them
   * only in an object whose keys never come back.
   */
  doneKept: number;
}
const DEFAULT_LIMITS: OutboxLimits = {
  attemptsMax: 12,
  deliveryTimeoutMs: 30_000,
  doneKept: Number.POSITIVE_INFINITY,
};
/** So many times the attempts of an effect that had to wait for its turn each time: it stood in a queue, and nothing failed. */
const TURNS_FACTOR = 5;
const ERROR_TEXT_MAX = 500;
const OPEN_EFFECTS_MAX = 200;

type OutboxRow = {
  id: number;
  key: string;
  lane: string;
  payload: string;
  attempts: number;
  next_at: number;
};

export class Outbox<Payload> {
  readonly #storage: DurableObjectStorage;
  readonly #clock: Clock;
  readonly #ports: OutboxPorts<Payload>;
  readonly #limits: OutboxLimits;
  readonly #chance: Chance & Pick<Host, 'isResting'>;
  #drain: Promise<void> | null = null;
  #wake: () => void = () => {};

  constructor(
    storage: DurableObjectStorage,
    clock: Clock,
    ports: OutboxPorts<Payload>,
    limits: Partial<OutboxLimits> = {},
    chance: Chance & Pick<Host, 'isResting'> = systemChance,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#ports = ports;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#chance = chance;
  }

  /** Call inside the transaction that changes the state. */
  add(effect: OutboxEffect<Payload>, notBefore: number = this.#clock.now()): void {
    this.#storage.sql.exec(
      'INSERT INTO _outbox (key, lane, payload, next_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
      effect.key,
      effect.lane,
      JSON.stringify(effect.payload),
      notBefore,
    );
  }

  /** Whether an effect of this key, or one whose key matches the pattern (GLOB), was delivered. */
  isDone(key: string, orLike = key): boolean {
    const found = this.#storage.sql.exec(
      "SELECT 1 FROM _outbox WHERE state = 'done' AND (key = ? OR key GLOB ?) LIMIT 1",
      key,
      orLike,
    );
    return found.toArray().length > 0;
  }

  /** It is not needed any more, or goes on under another key: call inside the transaction that says so. */
  settle(key: string): void {
    this.#storage.sql.exec("UPDATE _outbox SET state = 'done' WHERE key = ?", key);
  }

  /** It was not done, so that it may be asked for again under its key: call inside the transaction that says so. */
  forget(key: string): void {
    this.#storage.sql.exec('DELETE FROM _outbox WHERE key = ?', key);
  }

  /** One that is about to be added stands for all of its lane: call inside the transaction that adds it. */
  settleLane(lane: string): void {
    this.#storage.sql.exec("UPDATE _outbox SET state = 'done' WHERE lane = ? AND state = 'pending'", lane);
  }

  /** It is due now. */
  hasten(key: string): void {
    const now = this.#clock.now();
    this.#storage.sql.exec("UPDATE _outbox SET next_at = ? WHERE key = ? AND state = 'pending'", now, key);
  }

  /** When the next pending effect is due (the past counts), or null when nothing is pending. Arm an alarm for it. */
  nextDueAt(): number | null {
    return this.#heads().reduce<number | null>(
      (earliest, row) => (earliest === null ? row.next_at : Math.min(earliest, row.next_at)),
      null,
    );
  }

  /**
   * Delivers until nothing is due. Only one drain runs at a time; a call during a drain makes it look once more.
   * Never throws: failures are recorded on their row and retried with backoff. While a restore is under way it delivers
   * nothing: the alarm of what is due does, after it.
   */
  async drain(): Promise<void> {
    if (this.#chance.isResting?.() === true) return;
    this.#wake();
    this.#drain ??= this.#drainLanes();
    return this.#drain;
  }

  /**
   * Gives parked effects another round of attempts: an operator's retry. Those that a newer effect stands for are done
   * with instead, so that it need not wait behind them. Returns how many are tried again.
   */
  unpark(isSuperseded: (payload: Payload) => boolean = () => false): number {
    for (const { key, payload } of this.parkedEffects()) {
      if (isSuperseded(payload)) {
        this.#storage.sql.exec("UPDATE _outbox SET state = 'done' WHERE key = ?", key);
      }
    }
    return this.#storage.sql
      .exec(
        "UPDATE _outbox SET state = 'pending', attempts = 0, next_at = ? WHERE state = 'parked' RETURNING id",
        this.#clock.now(),
      )
      .toArray().length;
  }

  /** Another round for one parked effect; false when none is parked under this key. */
  unparkOne(key: string): boolean {
    const moved = this.#storage.sql.exec(
      "UPDATE _outbox SET state = 'pending', attempts = 0, next_at = ? WHERE state = 'parked' AND key = ? RETURNING id",
      this.#clock.now(),
      key,
    );
    return moved.toArray().length > 0;
  }

  /**
   * What is done keeps its key alone, and nothing says any more why an effect failed. `rewrite` sees what is still to be
   * done: it answers what goes out instead, null: nothing does. Call inside the transaction that asks for it.
   */
  forgetWords(rewrite: (payload: Payload) => Payload | null): void {
    const { sql } = this.#storage;
    const open = sql
      .exec<{ id: number; payload: string }>("SELECT id, payload FROM _outbox WHERE state <> 'done'")
      .toArray();
    for (const { id, payload } of open) {
      const rewritten = rewrite(JSON.parse(payload) as Payload);
      if (rewritten === null) sql.exec("UPDATE _outbox SET state = 'done' WHERE id = ?", id);
      else sql.exec('UPDATE _outbox SET payload = ? WHERE id = ?', JSON.stringify(rewritten), id);
    }
    sql.exec("UPDATE _outbox SET payload = 'null' WHERE state = 'done'");
    sql.exec('UPDATE _outbox SET last_error = NULL WHERE last_error IS NOT NULL');
  }

  /** Everything that is not done, oldest first. */
  openEffects(): OpenEffect<Payload>[] {
    return this.#storage.sql
      .exec<OutboxRow & { state: 'pending' | 'parked'; last_error: string | null }>(
        "SELECT * FROM _outbox WHERE state <> 'done' ORDER BY id LIMIT ?",
        OPEN_EFFECTS_MAX,
      )
      .toArray()
      .map((row) => ({
        ...this.#effect(row),
        state: row.state,
        attempts: row.attempts,
        nextAt: row.state === 'pending' ? row.next_at : null,
        lastError: row.last_error,
      }));
  }

  parkedEffects(): ParkedEffect<Payload>[] {
    return this.#storage.sql
      .exec<OutboxRow & { last_error: string | null }>(
        "SELECT * FROM _outbox WHERE state = 'parked' ORDER BY id",
      )
      .toArray()
      .map((row) => ({ ...this.#effect(row), attempts: row.attempts, lastError: row.last_error ?? '' }));
  }

  /** Each lane goes on as soon as its own effect is settled: a slow one never holds up the others. */
  async #drainLanes(): Promise<void> {
    const running = new Map<string, Promise<void>>();
    try {
      await Promise.resolve();
      for (;;) {
        const woken = this.#woken();
        for (const row of this.#dueHeads()) {
          if (running.has(row.lane)) continue;
          const delivery = this.#deliver(row).finally(() => running.delete(row.lane));
          running.set(row.lane, delivery);
        }
        if (running.size === 0) break;
        await Promise.race([woken, ...running.values()]);
      }
      this.#prune();
    } finally {
      // In the same turn as the last look: a call right after it starts a drain of its own.
      this.#drain = null;
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #dueHeads(): OutboxRow[] {
    const now = this.#clock.now();
    return this.#heads().filter((row) => row.next_at <= now);
  }

  #prune(): void {
    if (this.#limits.doneKept === Number.POSITIVE_INFINITY) return;
    this.#storage.sql.exec(
      "DELETE FROM _outbox WHERE state = 'done' AND id <= (SELECT max(id) FROM _outbox) - ?",
      this.#limits.doneKept,
    );
  }

  async #deliver(row: OutboxRow): Promise<void> {
    try {
      const { deliveryTimeoutMs } = this.#limits;
      const delivery = this.#ports.deliver(this.#effect(row));
      const commit = await orLate(
        this.#chance.after,
        deliveryTimeoutMs,
        delivery,
        () => new Error(`no answer within ${deliveryTimeoutMs} ms`),
      );
      this.#storage.transactionSync(() => {
        const moved = this.#storage.sql.exec(
          "UPDATE _outbox SET state = 'done', attempts = attempts + 1 WHERE id = ? AND state = 'pending' RETURNING id",
          row.id,
        );
        if (moved.toArray().length > 0) commit();
      });
    } catch (error) {
      this.#failed(row, error);
    }
  }

  #failed(row: OutboxRow, error: unknown): void {
    const attempts = row.attempts + 1;
    const lastError = String(error instanceof Error ? error.message : error).slice(0, ERROR_TEXT_MAX);
    log.warn('effect failed', { effect: row.key, attempts, error });
    const most = this.#limits.attemptsMax * (error instanceof TryLater ? TURNS_FACTOR : 1);
    this.#storage.transactionSync(() => {
      if (attempts < most) {
        const delayMs = retryDelayMs(attempts, this.#chance.random());
        const notBeforeMs = error instanceof TryLater ? error.afterMs : 0;
        const nextAt = this.#clock.now() + Math.max(delayMs, notBeforeMs);
        this.#storage.sql.exec(
          "UPDATE _outbox SET attempts = ?, next_at = ?, last_error = ? WHERE id = ? AND state = 'pending'",
          attempts,
          nextAt,
          lastError,
          row.id,
        );
        return;
      }
      const parked = this.#storage.sql.exec(
        "UPDATE _outbox SET state = 'parked', attempts = ?, last_error = ? WHERE id = ? AND state = 'pending' RETURNING id",
        attempts,
        lastError,
        row.id,
      );
      // Settled while it was under way: nobody waits for it any more.
      if (parked.toArray().length > 0) this.#ports.parked({ ...this.#effect(row), attempts, lastError });
    });
  }

  /** The oldest pending effect of each lane. */
  #heads(): OutboxRow[] {
    return this.#storage.sql
      .exec<OutboxRow>(
        `SELECT id, key, lane, payload, attempts, next_at FROM _outbox
         WHERE id IN (SELECT min(id) FROM _outbox WHERE state = 'pending' GROUP BY lane) ORDER BY id`,
      )
      .toArray();
  }

  #effect(row: OutboxRow): OutboxEffect<Payload> {
    return { key: row.key, lane: row.lane, payload: JSON.parse(row.payload) as Payload };
  }
}
