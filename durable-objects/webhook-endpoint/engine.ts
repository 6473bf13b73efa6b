import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import {
  PING_TYPE,
  type WebhookDelivery,
  type WebhookDeliveryDetail,
  type WebhookEndpointView,
  type WebhookEndpointWithSecret,
} from '#shared/contracts/http/webhook-endpoints.ts';
import { type CloudEvent, cloudEventSchema } from '#shared/contracts/order-events.ts';
import type { FieldCipher } from '#shared/crypto/sealing.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import { log } from '#shared/observability/log.ts';
import { logWork } from '#shared/observability/work.ts';
import { DAY_MS, MINUTE_MS, rfc3339, SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { Outbox } from '../lib/outbox.ts';
import {
  type ChangeInput,
  changeInputSchema,
  type CreateInput,
  createInputSchema,
  type EndpointError,
  type ListInput,
  listInputSchema,
  type RotateInput,
  rotateInputSchema,
  type WebhookEndpointFace,
} from './face.ts';
import { WEBHOOK_ENDPOINT_MIGRATIONS } from './migrations.ts';
import { ATTEMPT_TIMEOUT_MS, type Post } from './outside.ts';
import { ATTEMPTS_MAX, FAILING_MAX_MS, pauseMs, retryAfterMs } from './schedule.ts';
import { newKey, signedHeaders } from './signing.ts';
import {
  type AttemptRecord,
  type DeliveryRow,
  deliveryView,
  EndpointStorage,
  type Settings,
} from './storage.ts';
import { type LookUp, targetRefusal } from './target.ts';
import { endpointView } from './view.ts';

/** The outside world of an endpoint. */
export interface EndpointPorts {
  post: Post;
  lookUp: LookUp;
  targets: TargetPolicy;
  cipher(): FieldCipher;
  /** Shows the endpoint in the directory; an older version never replaces a newer one. */
  project(settings: Settings): Promise<void>;
  /** Takes it out of the directory. */
  withdraw(id: string): Promise<void>;
  /** Tells operators that the endpoint was disabled. `key` is the same for every repeat. */
  notice(settings: Settings, key: string): Promise<void>;
  source: string;
}

/** Deliveries of one endpoint that are under way at once. */
export const CONCURRENCY_MAX = 5;
/** Keys that sign at once, however often they are rotated. */
const KEYS_MAX = 3;
const LOG_KEPT_MS = 30 * DAY_MS;
const FORGOTTEN_BATCH_MAX = 500;
/** A process that died with deliveries under way is noticed after this long. */
const CRASH_NET_MS = ATTEMPT_TIMEOUT_MS + 10 * SECOND_MS;
const TRY_AGAIN_MS = 5 * MINUTE_MS;
const ERROR_MAX = 300;
const GONE = 410;

type Effect = { effect: 'project' | 'notice'; requestId: string };

/**
 * One receiver of events: its settings, its keys and what is owed to it. Each event is sent at least once under the same
 * id, in no particular order. Knows nothing of the platform but its `Host`.
 */
export class WebhookEndpointEngine implements WebhookEndpointFace {
  readonly #host: Host;
  readonly #ports: EndpointPorts;
  readonly #storage: EndpointStorage;
  readonly #alarms: NamedAlarms<'deliver' | 'outbox' | 'forget'>;
  readonly #outbox: Outbox<Effect>;
  readonly #running = new Set<string>();
  #pumping: Promise<void> | null = null;
  #wake: () => void = () => {};

  constructor(host: Host, ports: EndpointPorts) {
    this.#host = host;
    this.#ports = ports;
    this.#storage = new EndpointStorage(host.storage.sql);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.#outbox = new Outbox<Effect>(
      host.storage,
      host.clock,
      {
        deliver: async ({ key, payload }) => {
          await this.#perform(key, payload.effect);
          return () => {};
        },
        parked: ({ key, lane, payload }) => {
          const at = this.#now() + TRY_AGAIN_MS;
          this.#outbox.add({ key: `${key}:again:${at}`, lane, payload }, at);
        },
      },
      { doneKept: 100 },
      host,
    );
    if (this.#storage.exists()) migrateObject(host.storage, WEBHOOK_ENDPOINT_MIGRATIONS);
  }

  async create(
    call: CallContext,
    input: CreateInput,
  ): Promise<Result<WebhookEndpointWithSecret, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const { endpointId: id, url, eventTypes, description, signing } = createInputSchema.parse(input);
    const known = this.#view();
    if (known !== null) return this.#shown(null);
    const refused = await this.#refusalToday(url);
    if (refused !== null) return fail({ code: 'bad_target', detail: refused });
    const key = await newKey(signing);
    migrateObject(this.#host.storage, WEBHOOK_ENDPOINT_MIGRATIONS);
    const fresh = this.#host.storage.transactionSync(() => {
      if (this.#storage.settings() !== null) return false;
      const at = this.#now();
      this.#addKey(id, key, at);
      this.#save(
        {
          id,
          url,
          eventTypes: [...new Set(eventTypes)],
          description,
          disabledReason: null,
          failingSince: null,
          version: 1,
          createdAt: at,
          updatedAt: at,
        },
        requestId,
      );
      return true;
    });
    return this.#shown(fresh ? key.shown : null);
  }

  async read(call: CallContext): Promise<WebhookEndpointView | null> {
    callContextSchema.parse(call);
    return this.#view();
  }

  async change(call: CallContext, input: ChangeInput): Promise<Result<WebhookEndpointView, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const { readVersion, changes } = changeInputSchema.parse(input);
    if (this.#storage.settings() === null) return fail({ code: 'not_found' });
    const refused = changes.url === undefined ? null : await this.#refusalToday(changes.url);
    if (refused !== null) return fail({ code: 'bad_target', detail: refused });
    const outcome = this.#host.storage.transactionSync((): EndpointError | null => {
      const present = this.#storage.settings();
      if (present === null) return { code: 'not_found' };
      if (readVersion !== null && readVersion !== present.version) return { code: 'stale' };
      const { url = present.url, description = present.description, eventTypes, enabled } = changes;
      const types = eventTypes === undefined ? present.eventTypes : [...new Set(eventTypes)];
      const next = { ...present, url, description, eventTypes: types };
      if (enabled === false && present.disabledReason === null) {
        next.disabledReason = 'by_operator';
        this.#storage.failPending('the endpoint was disabled');
      }
      if (enabled === true) Object.assign(next, { disabledReason: null, failingSince: null });
      this.#changed(next, requestId);
      return null;
    });
    if (outcome !== null) return fail(outcome);
    await this.#settled();
    const view = this.#view();
    return view === null ? fail({ code: 'not_found' }) : ok(view);
  }

  async remove(call: CallContext): Promise<Result<null, EndpointError>> {
    callContextSchema.parse(call);
    const settings = this.#storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    await this.#ports.withdraw(settings.id);
    await this.#host.storage.deleteAll();
    return ok(null);
  }

  async rotate(
    call: CallContext,
    input: RotateInput,
  ): Promise<Result<WebhookEndpointWithSecret, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const { overlapSeconds, signing } = rotateInputSchema.parse(input);
    const now = this.#now();
    const before = this.#storage.settings();
    if (before === null) return fail({ code: 'not_found' });
    const key = await newKey(signing ?? this.#storage.keys(now)[0]?.signing ?? 'hmac');
    this.#host.storage.transactionSync(() => {
      const present = this.#storage.settings();
      if (present === null) return;
      this.#storage.retireKeys(now + overlapSeconds * SECOND_MS, now, KEYS_MAX - 1);
      this.#addKey(present.id, key, now);
      this.#changed(present, requestId);
    });
    return this.#shown(key.shown);
  }

  async ping(call: CallContext): Promise<Result<WebhookDelivery, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const settings = this.#storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    const now = this.#now();
    const id = this.#host.newId('webhookDelivery');
    const event: CloudEvent = {
      specversion: '1.0',
      id,
      source: this.#ports.source,
      type: PING_TYPE,
      subject: settings.id,
      time: rfc3339(now),
      sequence: 1,
      datacontenttype: 'application/json',
      data: { endpointId: settings.id },
    };
    this.#enqueue(id, event, 1, now);
    const row = this.#storage.row(id);
    if (row !== null) {
      // Claimed here, so that the pump does not send it as well.
      this.#running.add(id);
      await this.#attempt(row, requestId).finally(() => this.#running.delete(id));
    }
    return this.#deliveryOr404(id);
  }

  async deliver(call: CallContext, event: CloudEvent): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const wanted = cloudEventSchema.parse(event);
    const settings = this.#storage.settings();
    if (settings === null || settings.disabledReason !== null) return false;
    if (!settings.eventTypes.some((type) => type === '*' || type === wanted.type)) return false;
    this.#enqueue(this.#host.newId('webhookDelivery'), wanted, ATTEMPTS_MAX, this.#now());
    this.#start(requestId);
    return true;
  }

  async deliveries(call: CallContext, input: ListInput): Promise<WebhookDelivery[] | null> {
    callContextSchema.parse(call);
    const page = listInputSchema.parse(input);
    return this.#storage.exists() ? this.#storage.list(page) : null;
  }

  async delivery(call: CallContext, id: string): Promise<WebhookDeliveryDetail | null> {
    callContextSchema.parse(call);
    return this.#storage.exists() ? this.#storage.detail(id) : null;
  }

  async redeliver(call: CallContext, id: string): Promise<Result<WebhookDelivery, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const settings = this.#storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    if (settings.disabledReason !== null) return fail({ code: 'disabled' });
    const now = this.#now();
    this.#host.storage.transactionSync(() => {
      this.#storage.again(id, ATTEMPTS_MAX, now);
      if (!this.#running.has(id)) this.#storage.hurry([id], now);
      this.#alarms.setNoLaterThan('deliver', now + CRASH_NET_MS);
    });
    this.#start(requestId);
    return this.#deliveryOr404(id);
  }

  async redeliverFailed(call: CallContext, since: number): Promise<Result<number, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const settings = this.#storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    if (settings.disabledReason !== null) return fail({ code: 'disabled' });
    const now = this.#now();
    const count = this.#host.storage.transactionSync(() => {
      this.#alarms.setNoLaterThan('deliver', now + CRASH_NET_MS);
      const waiting = this.#storage
        .waitingSince(since, now, PING_TYPE)
        .filter((id) => !this.#running.has(id));
      this.#storage.hurry(waiting, now);
      return waiting.length + this.#storage.againFailedSince(since, ATTEMPTS_MAX, now, PING_TYPE);
    });
    this.#start(requestId);
    return ok(count);
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#storage.exists()) return;
    await this.#alarms.ring({
      deliver: () => this.#pump('alarm'),
      outbox: () => this.#settled(),
      forget: () => this.#forget(),
    });
  }

  #enqueue(id: string, event: CloudEvent, attemptsMax: number, at: number): void {
    this.#host.storage.transactionSync(() => {
      this.#storage.addDelivery({
        id,
        event_id: event.id,
        event_type: event.type,
        body: JSON.stringify(event),
        attempts_max: attemptsMax,
        created_at: at,
      });
      this.#alarms.setNoLaterThan('deliver', at + CRASH_NET_MS);
      this.#alarms.setNoLaterThan('forget', at + LOG_KEPT_MS);
    });
  }

  #start(requestId: string): void {
    this.#host.waitUntil(this.#pump(requestId));
  }

  /** Sends what is due until nothing is. One pump at a time; a call meanwhile makes it look once more. */
  #pump(requestId: string): Promise<void> {
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
      if (this.#storage.exists()) this.#arm();
    } finally {
      this.#pumping = null;
    }
  }

  #takeDue(): DeliveryRow[] {
    if (this.#storage.settings() === null) return [];
    const free = CONCURRENCY_MAX - this.#running.size;
    if (free <= 0) return [];
    const due = this.#storage
      .due(this.#now(), CONCURRENCY_MAX + this.#running.size)
      .filter((row) => !this.#running.has(row.id))
      .slice(0, free);
    for (const row of due) this.#running.add(row.id);
    return due;
  }

  /** Never throws: what goes wrong is written down and tried again. */
  async #attempt(row: DeliveryRow, requestId: string): Promise<void> {
    const settings = this.#storage.settings();
    if (settings === null) return;
    const attempts = row.attempts + 1;
    const retryAt = this.#now() + pauseMs(attempts, this.#host.random());
    this.#host.storage.transactionSync(() => {
      if (attempts > row.attempts_max) this.#storage.settle(row.id, 'failed', null);
      else this.#storage.claim(row.id, retryAt);
      this.#alarms.setNoLaterThan('deliver', this.#now() + CRASH_NET_MS);
    });
    // Its last attempt was under way as the process died.
    if (attempts > row.attempts_max) return;
    const sent = await logWork({ system: 'purchase', work: 'webhook attempt', requestId }, () =>
      this.#send(settings, row),
    );
    this.#host.storage.transactionSync(() => {
      if (this.#storage.exists()) this.#record(row, attempts, sent, requestId);
    });
  }

  async #send(settings: Settings, row: DeliveryRow): Promise<AttemptRecord & { retryAfter: string | null }> {
    const at = this.#now();
    const { url } = settings;
    const ended = (
      values: Pick<AttemptRecord, 'status' | 'error' | 'responseBody'>,
      retryAfter?: string | null,
    ) => ({
      at,
      url,
      durationMs: this.#now() - at,
      retryAfter: retryAfter ?? null,
      ...values,
    });
    try {
      const refused = await this.#refusal(url);
      if (refused !== null) return ended({ status: null, error: `url ${refused}`, responseBody: '' });
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Tradepost-Webhooks/1',
        ...(await signedHeaders(this.#signingKeys(settings.id), row.event_id, at, row.body)),
      };
      const { status, excerpt, retryAfter } = await this.#ports.post(url, headers, row.body);
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
    this.#storage.addAttempt(row.id, record);
    const settings = this.#storage.settings();
    const present = this.#storage.row(row.id);
    if (settings === null || present === null) return;
    const now = this.#now();
    if (record.error === null) {
      this.#storage.settle(row.id, 'delivered', null);
      if (settings.failingSince !== null) this.#storage.saveSettings({ ...settings, failingSince: null });
      return;
    }
    log.warn('webhook not taken', { requestId, endpointId: settings.id, attempts, error: record.error });
    const pause = retryAfterMs(retryAfter, now);
    if (attempts >= row.attempts_max) this.#storage.settle(row.id, 'failed', null);
    else if (pause !== null) {
      this.#storage.settle(row.id, present.state, Math.max(present.next_at ?? now, now + pause));
    }
    if (row.event_type === PING_TYPE) return;
    const failingSince = settings.failingSince ?? now;
    const next = { ...settings, failingSince };
    if (record.status === GONE) this.#disable(next, 'gone', requestId);
    else if (now - failingSince >= FAILING_MAX_MS) this.#disable(next, 'failing', requestId);
    else if (settings.failingSince === null) this.#storage.saveSettings(next);
  }

  #disable(settings: Settings, reason: 'gone' | 'failing', requestId: string): void {
    if (settings.disabledReason !== null) return;
    const next: Settings = { ...settings, disabledReason: reason };
    log.error('webhook endpoint disabled', { requestId, endpointId: settings.id, reason });
    this.#storage.failPending('the endpoint was disabled');
    this.#changed(next, requestId);
    const key = `notice:${settings.version + 1}`;
    this.#outbox.add({ key, lane: 'notice', payload: { effect: 'notice', requestId } });
    this.#host.waitUntil(this.#settled());
  }

  #changed(settings: Settings, requestId: string): void {
    this.#save({ ...settings, version: settings.version + 1, updatedAt: this.#now() }, requestId);
  }

  #save(settings: Settings, requestId: string): void {
    this.#storage.saveSettings(settings);
    const key = `project:${settings.version}`;
    this.#outbox.add({ key, lane: 'project', payload: { effect: 'project', requestId } });
    this.#alarms.setNoLaterThan('outbox', this.#now() + CRASH_NET_MS);
  }

  async #perform(key: string, effect: Effect['effect']): Promise<void> {
    const settings = this.#storage.settings();
    if (settings === null) return;
    if (effect === 'project') await this.#ports.project(settings);
    else await this.#ports.notice(settings, `${settings.id}:${key.split(':again:')[0]}`);
  }

  /** The directory shows it, or will by itself. */
  async #settled(): Promise<void> {
    if (!this.#storage.exists()) return;
    await this.#outbox.drain();
    if (!this.#storage.exists()) return;
    const next = this.#outbox.nextDueAt();
    if (next === null) this.#alarms.clear('outbox');
    else this.#alarms.set('outbox', next);
  }

  #arm(): void {
    const next = this.#storage.nextDueAt();
    if (next === null) this.#alarms.clear('deliver');
    else this.#alarms.set('deliver', next);
  }

  #forget(): void {
    const now = this.#now();
    const more = this.#storage.forget(now - LOG_KEPT_MS, FORGOTTEN_BATCH_MAX);
    if (more) this.#alarms.set('forget', now + SECOND_MS);
    else if (!this.#storage.isEmpty()) this.#alarms.set('forget', now + DAY_MS);
  }

  #addKey(endpointId: string, key: Awaited<ReturnType<typeof newKey>>, at: number): void {
    const id = this.#storage.nextKeyId();
    this.#storage.addKey({
      id,
      signing: key.signing,
      sealed: this.#ports.cipher().seal(key.secret, placeOf(endpointId, id)),
      public_key: key.publicKey,
      created_at: at,
      expires_at: null,
    });
  }

  #signingKeys(endpointId: string) {
    const cipher = this.#ports.cipher();
    return this.#storage.keys(this.#now()).map(({ id, signing, sealed }) => ({
      signing,
      secret: cipher.open(sealed, placeOf(endpointId, id)),
    }));
  }

  /** While names cannot be looked up, nothing is registered: what cannot be checked is not called. */
  async #refusalToday(url: string): Promise<string | null> {
    return this.#refusal(url).catch((error: unknown) => {
      log.error('names cannot be looked up', { error });
      return 'cannot be looked up at the moment; repeat the request later';
    });
  }

  async #refusal(url: string): Promise<string | null> {
    return targetRefusal(url, this.#ports.targets, this.#ports.lookUp);
  }

  async #shown(secret: string | null): Promise<Result<WebhookEndpointWithSecret, EndpointError>> {
    await this.#settled();
    const endpoint = this.#view();
    return endpoint === null ? fail({ code: 'not_found' }) : ok({ endpoint, secret });
  }

  #deliveryOr404(id: string): Result<WebhookDelivery, EndpointError> {
    const row = this.#storage.row(id);
    return row === null ? fail({ code: 'delivery_not_found' }) : ok(deliveryView(row));
  }

  #view(): WebhookEndpointView | null {
    const settings = this.#storage.settings();
    return settings === null ? null : endpointView(settings, this.#storage.keys(this.#now()));
  }

  #now(): number {
    return this.#host.clock.now();
  }
}

const placeOf = (endpointId: string, keyId: number): string => `webhook-endpoint/${endpointId}/key-${keyId}`;
