import type {
  DeliveryState,
  Signing,
  WebhookDelivery,
  WebhookDeliveryDetail,
} from '#shared/contracts/http/webhook-endpoints.ts';
import type { CloudEvent } from '#shared/contracts/order-events.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { ListInput } from './face.ts';

export interface Settings {
  id: string;
  url: string;
  eventTypes: string[];
  description: string;
  disabledReason: 'by_operator' | 'gone' | 'failing' | null;
  /** Epoch milliseconds of the first failure since the last success. */
  failingSince: number | null;
  version: number;
  createdAt: number;
  updatedAt: number;
}
export type KeyRow = {
  id: number;
  signing: Signing;
  sealed: string;
  public_key: string | null;
  created_at: number;
  expires_at: number | null;
};
export type DeliveryRow = {
  id: string;
  event_id: string;
  event_type: string;
  body: string;
  state: DeliveryState;
  attempts: number;
  attempts_max: number;
  next_at: number | null;
  last_status: number | null;
  last_error: string | null;
  last_duration_ms: number | null;
  created_at: number;
};
export interface AttemptRecord {
  at: number;
  url: string;
  status: number | null;
  durationMs: number;
  error: string | null;
  responseBody: string;
}

const REQUEST_EXCERPT_MAX = 2_000;
const LOG_MAX = 50;

/** The tables of a `WebhookEndpoint` object. */
export class EndpointStorage {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Asks without creating anything. */
  exists(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'settings'").toArray().length > 0;
  }

  settings(): Settings | null {
    if (!this.exists()) return null;
    const row = this.#sql.exec<{ settings: string }>('SELECT settings FROM settings').toArray()[0];
    return row === undefined ? null : (JSON.parse(row.settings) as Settings);
  }
  saveSettings(settings: Settings): void {
    this.#sql.exec(
      'INSERT INTO settings VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings',
      JSON.stringify(settings),
    );
  }

  /** Keys that sign at `now`, newest first. */
  keys(now: number): KeyRow[] {
    return this.#sql
      .exec<KeyRow>(
        'SELECT * FROM signing_keys WHERE expires_at IS NULL OR expires_at > ? ORDER BY id DESC',
        now,
      )
      .toArray();
  }
  /** Numbers the next key, so that what is sealed is bound to its row. */
  nextKeyId(): number {
    return this.#sql.exec<{ id: number }>('SELECT coalesce(max(id), 0) + 1 AS id FROM signing_keys').one().id;
  }
  addKey(key: KeyRow): void {
    const { id, signing, sealed, public_key, created_at, expires_at } = key;
    this.#sql.exec(
      'INSERT INTO signing_keys VALUES (?, ?, ?, ?, ?, ?)',
      id,
      signing,
      sealed,
      public_key,
      created_at,
      expires_at,
    );
  }
  /** Old keys end then at the latest; those that ended are forgotten. */
  retireKeys(at: number, now: number): void {
    this.#sql.exec('DELETE FROM signing_keys WHERE expires_at <= ?', now);
    this.#sql.exec('UPDATE signing_keys SET expires_at = min(coalesce(expires_at, ?), ?)', at, at);
  }

  addDelivery(
    row: Pick<DeliveryRow, 'id' | 'event_id' | 'event_type' | 'body' | 'attempts_max' | 'created_at'>,
  ): void {
    this.#sql.exec(
      `INSERT INTO deliveries (id, event_id, event_type, body, state, attempts, attempts_max, next_at, created_at)
       VALUES (?, ?, ?, ?, 'pending', 0, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`,
      row.id,
      row.event_id,
      row.event_type,
      row.body,
      row.attempts_max,
      row.created_at,
      row.created_at,
    );
  }
  due(now: number, limit: number): DeliveryRow[] {
    return this.#sql
      .exec<DeliveryRow>(
        "SELECT * FROM deliveries WHERE state = 'pending' AND next_at <= ? ORDER BY next_at LIMIT ?",
        now,
        limit,
      )
      .toArray();
  }
  nextDueAt(): number | null {
    return this.#sql
      .exec<{ at: number | null }>("SELECT min(next_at) AS at FROM deliveries WHERE state = 'pending'")
      .one().at;
  }
  row(id: string): DeliveryRow | null {
    return this.#sql.exec<DeliveryRow>('SELECT * FROM deliveries WHERE id = ?', id).toArray()[0] ?? null;
  }
  /** Written before the attempt leaves, so that a process that dies over and over comes to an end. */
  claim(id: string, nextAt: number): void {
    this.#sql.exec('UPDATE deliveries SET attempts = attempts + 1, next_at = ? WHERE id = ?', nextAt, id);
  }
  settle(id: string, state: DeliveryState, nextAt: number | null): void {
    this.#sql.exec('UPDATE deliveries SET state = ?, next_at = ? WHERE id = ?', state, nextAt, id);
  }
  failPending(error: string): void {
    this.#sql.exec(
      "UPDATE deliveries SET state = 'failed', next_at = NULL, last_error = ? WHERE state = 'pending'",
      error,
    );
  }
  /** Not of one that waits for an attempt: it has its round. One that is under way keeps the time of its next attempt. */
  again(id: string, attemptsMax: number, now: number, isUnderWay: boolean): void {
    this.#sql.exec(
      `UPDATE deliveries SET state = 'pending', attempts = 0, attempts_max = ?1,
         next_at = CASE WHEN ?3 THEN coalesce(next_at, ?2) ELSE ?2 END
       WHERE id = ?4 AND (state <> 'pending' OR ?3)`,
      attemptsMax,
      now,
      isUnderWay ? 1 : 0,
      id,
    );
  }
  /** Pending ones that would wait do not; what is under way is left alone. */
  hurry(ids: readonly string[], now: number): void {
    this.#sql.exec(
      `UPDATE deliveries SET next_at = ?1
       WHERE state = 'pending' AND next_at > ?1 AND id IN (SELECT value FROM json_each(?2))`,
      now,
      JSON.stringify(ids),
    );
  }
  /** Tried before and waiting for their next attempt. */
  waitingSince(since: number, now: number, notType: string): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM deliveries
         WHERE state = 'pending' AND next_at > ? AND created_at >= ? AND event_type <> ?`,
        now,
        since,
        notType,
      )
      .toArray()
      .map(({ id }) => id);
  }
  againFailedSince(since: number, attemptsMax: number, now: number, notType: string): number {
    return this.#sql
      .exec(
        `UPDATE deliveries SET state = 'pending', attempts = 0, attempts_max = ?, next_at = ?
         WHERE state = 'failed' AND created_at >= ? AND event_type <> ? RETURNING id`,
        attemptsMax,
        now,
        since,
        notType,
      )
      .toArray().length;
  }

  /** Bodies of events about one of these subjects become what `rewrite` makes of them; what receivers answered goes. */
  rewriteBodies(subjects: readonly string[], rewrite: (event: CloudEvent) => CloudEvent): number {
    const found = this.#sql
      .exec<{ id: string; body: string }>(
        `SELECT id, body FROM deliveries WHERE json_extract(body, '$.subject') IN (SELECT value FROM json_each(?))`,
        JSON.stringify(subjects),
      )
      .toArray();
    let changed = 0;
    for (const { id, body } of found) {
      const written = JSON.stringify(rewrite(JSON.parse(body) as CloudEvent));
      const answers = this.#sql.exec(
        `UPDATE attempts SET response_body = '' WHERE delivery_id = ? AND response_body <> '' RETURNING 1`,
        id,
      );
      if (answers.toArray().length === 0 && written === body) continue;
      changed += 1;
      this.#sql.exec('UPDATE deliveries SET body = ? WHERE id = ?', written, id);
    }
    return changed;
  }

  addAttempt(deliveryId: string, record: AttemptRecord): void {
    this.#sql.exec(
      `INSERT INTO attempts (delivery_id, at, url, status, duration_ms, error, response_body)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      deliveryId,
      record.at,
      record.url,
      record.status,
      record.durationMs,
      record.error,
      record.responseBody,
    );
    this.#sql.exec(
      'UPDATE deliveries SET last_status = ?, last_error = ?, last_duration_ms = ? WHERE id = ?',
      record.status,
      record.error,
      record.durationMs,
      deliveryId,
    );
  }

  list({ state, before, limit }: ListInput): WebhookDelivery[] {
    const end = before ?? 'whe';
    const rows =
      state === null
        ? this.#sql.exec<DeliveryRow>(
            'SELECT * FROM deliveries WHERE id < ? ORDER BY id DESC LIMIT ?',
            end,
            limit,
          )
        : this.#sql.exec<DeliveryRow>(
            'SELECT * FROM deliveries WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?',
            state,
            end,
            limit,
          );
    return rows.toArray().map((row) => deliveryView(row));
  }
  detail(id: string): WebhookDeliveryDetail | null {
    const row = this.row(id);
    if (row === null) return null;
    const log = this.#sql
      .exec<{
        at: number;
        url: string;
        status: number | null;
        duration_ms: number;
        error: string | null;
        response_body: string;
      }>('SELECT * FROM attempts WHERE delivery_id = ? ORDER BY id DESC LIMIT ?', id, LOG_MAX)
      .toArray()
      .map(({ at, url, status, duration_ms, error, response_body }) => ({
        at: rfc3339(at),
        url,
        status,
        durationMs: duration_ms,
        error,
        responseBody: response_body,
      }));
    return { ...deliveryView(row), requestBody: row.body.slice(0, REQUEST_EXCERPT_MAX), log };
  }

  /** Forgets what is settled and older; answers whether there may be more. */
  forget(before: number, limit: number): boolean {
    const ids = this.#sql
      .exec<{ id: string }>(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE created_at < ? AND state <> 'pending' ORDER BY created_at LIMIT ?) RETURNING id",
        before,
        limit,
      )
      .toArray();
    for (const { id } of ids) this.#sql.exec('DELETE FROM attempts WHERE delivery_id = ?', id);
    return ids.length === limit;
  }
  isEmpty(): boolean {
    return this.#sql.exec('SELECT 1 FROM deliveries LIMIT 1').toArray().length === 0;
  }
}

export const deliveryView = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  eventId: row.event_id,
  eventType: row.event_type,
  state: row.state,
  attempts: row.attempts,
  nextAttemptAt: row.state === 'pending' && row.next_at !== null ? rfc3339(row.next_at) : null,
  lastStatus: row.last_status,
  lastError: row.last_error,
  lastDurationMs: row.last_duration_ms,
  createdAt: rfc3339(row.created_at),
});
