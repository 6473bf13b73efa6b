import { PING_TYPE } from '#shared/contracts/http/webhook-endpoints.ts';
import type { CloudEvent } from '#shared/contracts/order-events.ts';
import { log } from '#shared/observability/log.ts';
import { logWork } from '#shared/observability/work.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { CRASH_NET_MS, type EndpointCore } from './core.ts';
import type { Keyring } from './keyring.ts';
import { ATTEMPTS_MAX, FAILING_MAX_MS, pauseMs, retryAfterMs } from './schedule.ts';
import { signedHeaders } from './signing.ts';
import type { AttemptRecord, DeliveryRow, Settings } from './storage.ts';

/** Deliveries of one endpoint that are under way at once. */
const CONCURRENCY_MAX = 5;
const LOG_KEPT_MS = 30 * DAY_MS;
const FORGOTTEN_BATCH_MAX = 500;
const ERROR_MAX = 300;
const GONE = 410;

/** What is owed to an endpoint: each event at least once under the same id, in no particular order, and the log of it. */
export class Deliveries {
  readonly #core: EndpointCore;
  readonly #keys: Keyring;
  readonly #running = new Set<string>();
  #pumping: Promise<void> | null = null;
  #wake: () => void = () => {};

  constructor(core: EndpointCore, keys: Keyring) {
    this.#core = core;
    this.#keys = keys;
  }

  /** Sends one event once, and waits for the answer. */
  async once(id: string, event: CloudEvent, requestId: string): Promise<void> {
    this.enqueue(id, event, 1, this.#core.now());
    const row = this.#core.storage.row(id);
    if (row === null) return;
    // Claimed here, so that the pump does not send it as well.
    this.#running.add(id);
    await this.#attempt(row, requestId).finally(() => this.#running.delete(id));
  }

  /** Another round of attempts, at once. */
  again(id: string, requestId: string): void {
    const now = this.#core.now();
    this.#core.inOne(() => {
      const isUnderWay = this.#running.has(id);
      this.#core.storage.again(id, ATTEMPTS_MAX, now, isUnderWay);
      if (!isUnderWay) this.#core.storage.hurry([id], now);
      this.#core.alarms.setNoLaterThan('deliver', now + CRASH_NET_MS);
    });
    this.start(requestId);
  }

  /** The same for all that failed since, and for those that wait; answers how many. */
  againSince(since: number, requestId: string): number {
    const now = this.#core.now();
    const { storage, alarms } = this.#core;
    const count = this.#core.inOne(() => {
      alarms.setNoLaterThan('deliver', now + CRASH_NET_MS);
      const waiting = storage.waitingSince(since, now, PING_TYPE).filter((id) => !this.#running.has(id));
      storage.hurry(waiting, now);
      return waiting.length + storage.againFailedSince(since, ATTEMPTS_MAX, now, PING_TYPE);
    });
    this.start(requestId);
    return count;
  }

  enqueue(id: string, event: CloudEvent, attemptsMax: number, at: number): void {
    this.#core.inOne(() => {
      this.#core.storage.addDelivery({
        id,
        event_id: event.id,
        event_type: event.type,
        body: JSON.stringify(event),
        attempts_max: attemptsMax,
        created_at: at,
      });
      this.#core.alarms.setNoLaterThan('deliver', at + CRASH_NET_MS);
      this.#core.alarms.setNoLaterThan('forget', at + LOG_KEPT_MS);
    });
  }

  start(requestId: string): void {
    this.#core.host.waitUntil(this.pump(requestId));
  }

  /** Sends what is due until nothing is. One pump at a time; a call meanwhile makes it look once more. */
  pump(requestId: string): Promise<void> {
    this.#wake();
    this.#pumping ??= this.#deliverDue(requestId);
    return this.#pumping;
  }

  async #deliverDue(requestId: string): Promise<void> {
    const running = new Set<Promise<void>>();
    try {
      await Promise.resolve();
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        for (const row of this.#takeDue()) {
          const attempt = this.#attempt(row, requestId).finally(() => {
            this.#running.delete(row.id);
            running.delete(attempt);
          });
          running.add(attempt);
        }
        if (running.size === 0) break;
        await Promise.race([woken, ...running]);
      }
      if (this.#core.storage.exists()) this.#arm();
    } finally {
      this.#pumping = null;
    }
  }

  #takeDue(): DeliveryRow[] {
    if (this.#core.storage.settings() === null || this.#core.host.isResting?.() === true) return [];
    const free = CONCURRENCY_MAX - this.#running.size;
    if (free <= 0) return [];
    const due = this.#core.storage
      .due(this.#core.now(), CONCURRENCY_MAX + this.#running.size)
      .filter((row) => !this.#running.has(row.id))
      .slice(0, free);
    for (const row of due) this.#running.add(row.id);
    return due;
  }

  /** Never throws: what goes wrong is written down and tried again. */
  async #attempt(row: DeliveryRow, requestId: string): Promise<void> {
    const settings = this.#core.storage.settings();
    if (settings === null) return;
    const attempts = row.attempts + 1;
    const retryAt = this.#core.now() + pauseMs(attempts, this.#core.host.random());
    this.#core.inOne(() => {
      if (attempts > row.attempts_max) this.#core.storage.settle(row.id, 'failed', null);
      else this.#core.storage.claim(row.id, retryAt);
      this.#core.alarms.setNoLaterThan('deliver', this.#core.now() + CRASH_NET_MS);
    });
    // Its last attempt was under way as the process died.
    if (attempts > row.attempts_max) return;
    const sent = await logWork({ system: 'purchase', work: 'webhook attempt', requestId }, () =>
      this.#send(settings, row),
    );
    this.#core.inOne(() => {
      if (this.#core.storage.exists()) this.#record(row, attempts, sent, requestId);
    });
  }

  async #send(settings: Settings, row: DeliveryRow): Promise<AttemptRecord & { retryAfter: string | null }> {
    const at = this.#core.now();
    const { url } = settings;
    const ended = (
      values: Pick<AttemptRecord, 'status' | 'error' | 'responseBody'>,
      retryAfter?: string | null,
    ) => ({
      at,
      url,
      durationMs: this.#core.now() - at,
      retryAfter: retryAfter ?? null,
      ...values,
    });
    try {
      const refused = await this.#core.refusal(url);
      if (refused !== null) return ended({ status: null, error: `url ${refused}`, responseBody: '' });
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Tradepost-Webhooks/1',
        ...(await signedHeaders(this.#keys.signing(settings.id), row.event_id, at, row.body)),
      };
      const { status, excerpt, retryAfter } = await this.#core.ports.post(url, headers, row.body);
      const error = status >= 200 && status < 300 ? null : `answered ${status}`;
      return ended({ status, error, responseBody: excerpt }, retryAfter);
    } catch (error) {
      const text = String(error instanceof Error ? error.message : error).slice(0, ERROR_MAX);
      return ended({ status: null, error: text, responseBody: '' });
    }
  }

  #record(
    row: DeliveryRow,
    attempts: number,
    { retryAfter, ...record }: AttemptRecord & { retryAfter: string | null },
    requestId: string,
  ): void {
    this.#core.storage.addAttempt(row.id, record);
    const settings = this.#core.storage.settings();
    const present = this.#core.storage.row(row.id);
    if (settings === null || present === null) return;
    const now = this.#core.now();
    if (record.error === null) {
      this.#core.storage.settle(row.id, 'delivered', null);
      if (settings.failingSince !== null)
        this.#core.storage.saveSettings({ ...settings, failingSince: null });
      return;
    }
    log.warn('webhook not taken', { requestId, endpointId: settings.id, attempts, error: record.error });
    const pause = retryAfterMs(retryAfter, now);
    // Not as it began: another round may have been asked for meanwhile.
    if (present.attempts >= present.attempts_max) this.#core.storage.settle(row.id, 'failed', null);
    else if (pause !== null) {
      this.#core.storage.settle(row.id, present.state, Math.max(present.next_at ?? now, now + pause));
    }
    if (row.event_type === PING_TYPE || record.url !== settings.url) return;
    const failingSince = settings.failingSince ?? now;
    const next = { ...settings, failingSince };
    if (record.status === GONE) this.#core.disable(next, 'gone', requestId);
    else if (now - failingSince >= FAILING_MAX_MS) this.#core.disable(next, 'failing', requestId);
    else if (settings.failingSince === null) this.#core.storage.saveSettings(next);
  }

  #arm(): void {
    const next = this.#core.storage.nextDueAt();
    if (next === null) this.#core.alarms.clear('deliver');
    else this.#core.alarms.set('deliver', next);
  }

  forget(): void {
    const now = this.#core.now();
    const more = this.#core.storage.forget(now - LOG_KEPT_MS, FORGOTTEN_BATCH_MAX);
    if (more) this.#core.alarms.set('forget', now + SECOND_MS);
    else if (!this.#core.storage.isEmpty()) this.#core.alarms.set('forget', now + DAY_MS);
  }
}
