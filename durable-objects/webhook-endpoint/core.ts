import type { FieldCipher } from '#shared/crypto/sealing.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { Outbox } from '../lib/outbox.ts';
import { WEBHOOK_ENDPOINT_MIGRATIONS } from './migrations.ts';
import { ATTEMPT_TIMEOUT_MS, type Post } from './outside.ts';
import { EndpointStorage, type Settings } from './storage.ts';
import { type LookUp, targetRefusal } from './target.ts';

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

/** A process that died with something under way is noticed after this long. */
export const CRASH_NET_MS = ATTEMPT_TIMEOUT_MS + 10 * SECOND_MS;
const TRY_AGAIN_MS = 5 * MINUTE_MS;

type Effect = { effect: 'project' | 'notice'; requestId: string };

/** What an endpoint keeps, and how others learn of its settings: by an outbox, in the transaction that writes them. */
export class EndpointCore {
  readonly host: Host;
  readonly ports: EndpointPorts;
  readonly storage: EndpointStorage;
  readonly alarms: NamedAlarms<'deliver' | 'outbox' | 'forget'>;
  readonly #outbox: Outbox<Effect>;
  /** On its way to the directory. */
  #projecting: Promise<void> = Promise.resolve();
  #isLeaving = false;

  constructor(host: Host, ports: EndpointPorts) {
    this.host = host;
    this.ports = ports;
    this.storage = new EndpointStorage(host.storage.sql);
    this.alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.#outbox = new Outbox<Effect>(
      host.storage,
      host.clock,
      {
        deliver: async ({ key, payload }) => {
          await this.#perform(key, payload.effect);
          return () => {};
        },
        parked: ({ key, lane, payload }) => {
          const at = this.now() + TRY_AGAIN_MS;
          this.#outbox.add({ key: `${key}:again:${at}`, lane, payload }, at);
        },
      },
      { doneKept: 100 },
      host,
    );
    if (this.storage.exists()) this.migrate();
  }

  migrate(): void {
    migrateObject(this.host.storage, WEBHOOK_ENDPOINT_MIGRATIONS);
  }

  now(): number {
    return this.host.clock.now();
  }

  inOne<Value>(act: () => Value): Value {
    return this.host.storage.transactionSync(act);
  }

  /** Writes another version down. Call inside a transaction, as `save` and `disable`. */
  changed(settings: Settings, requestId: string): void {
    this.save({ ...settings, version: settings.version + 1, updatedAt: this.now() }, requestId);
  }

  save(settings: Settings, requestId: string): void {
    this.storage.saveSettings(settings);
    const key = `project:${settings.version}`;
    this.#outbox.add({ key, lane: 'project', payload: { effect: 'project', requestId } });
    this.alarms.setNoLaterThan('outbox', this.now() + CRASH_NET_MS);
  }

  disable(settings: Settings, reason: 'gone' | 'failing', requestId: string): void {
    if (settings.disabledReason !== null) return;
    log.error('webhook endpoint disabled', { requestId, endpointId: settings.id, reason });
    this.storage.failPending('the endpoint was disabled');
    this.changed({ ...settings, disabledReason: reason }, requestId);
    const key = `notice:${settings.version + 1}`;
    this.#outbox.add({ key, lane: 'notice', payload: { effect: 'notice', requestId } });
    this.host.waitUntil(this.settled());
  }

  /** The directory shows it, or will by itself. */
  async settled(): Promise<void> {
    if (!this.storage.exists()) return;
    try {
      await this.#outbox.drain();
    } catch (error) {
      // Deleted meanwhile: nobody waits for it.
      if (this.storage.exists()) throw error;
    }
    if (!this.storage.exists()) return;
    const next = this.#outbox.nextDueAt();
    if (next === null) this.alarms.clear('outbox');
    else this.alarms.set('outbox', next);
  }

  /** Out of the directory, after whatever was on its way there; then out of the world. */
  async leave(id: string): Promise<void> {
    this.#isLeaving = true;
    try {
      await this.#projecting.catch(() => undefined);
      await this.ports.withdraw(id);
      await this.host.storage.deleteAll();
    } finally {
      this.#isLeaving = false;
    }
  }

  /** Why a URL may not be called; throws when names cannot be looked up. */
  refusal(url: string): Promise<string | null> {
    return targetRefusal(url, this.ports.targets, this.ports.lookUp);
  }

  async #perform(key: string, effect: Effect['effect']): Promise<void> {
    const settings = this.storage.settings();
    if (settings === null) return;
    if (effect === 'project') {
      if (this.#isLeaving) throw new Error('the endpoint is being deleted');
      this.#projecting = this.ports.project(settings);
      await this.#projecting;
    } else await this.ports.notice(settings, `${settings.id}:${key.split(':again:')[0]}`);
  }
}
