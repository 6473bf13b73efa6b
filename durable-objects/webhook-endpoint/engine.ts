import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import {
  PING_TYPE,
  type WebhookDelivery,
  type WebhookDeliveryDetail,
  type WebhookEndpointView,
  type WebhookEndpointWithSecret,
} from '#shared/contracts/http/webhook-endpoints.ts';
import { type CloudEvent, cloudEventSchema, withoutWords } from '#shared/contracts/order-events.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { rfc3339, SECOND_MS } from '#shared/time/time.ts';
import type { Host } from '../lib/host.ts';
import { EndpointCore, type EndpointPorts } from './core.ts';
import { Deliveries } from './deliveries.ts';
import {
  type ChangeInput,
  changeInputSchema,
  type CreateInput,
  createInputSchema,
  type EndpointError,
  forgetWordsInputSchema,
  type ListInput,
  listInputSchema,
  type RotateInput,
  rotateInputSchema,
  type WebhookEndpointFace,
} from './face.ts';
import { Keyring } from './keyring.ts';
import { ATTEMPTS_MAX } from './schedule.ts';
import { newKey } from './signing.ts';
import { deliveryView } from './storage.ts';
import { endpointView } from './view.ts';

/**
 * One receiver of events: its settings, its keys and what is owed to it. Each event is sent at least once under the same
 * id, in no particular order. Knows nothing of the platform but its `Host`.
 */
export class WebhookEndpointEngine implements WebhookEndpointFace {
  readonly #core: EndpointCore;
  readonly #keys: Keyring;
  readonly #deliveries: Deliveries;

  constructor(host: Host, ports: EndpointPorts) {
    this.#core = new EndpointCore(host, ports);
    this.#keys = new Keyring(this.#core);
    this.#deliveries = new Deliveries(this.#core, this.#keys);
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
    this.#core.migrate();
    const fresh = this.#core.inOne(() => {
      if (this.#core.storage.settings() !== null) return false;
      const at = this.#core.now();
      this.#keys.add(id, key, at);
      this.#core.save(
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
    if (this.#core.storage.settings() === null) return fail({ code: 'not_found' });
    const refused = changes.url === undefined ? null : await this.#refusalToday(changes.url);
    if (refused !== null) return fail({ code: 'bad_target', detail: refused });
    const outcome = this.#core.inOne((): EndpointError | null => {
      const present = this.#core.storage.settings();
      if (present === null) return { code: 'not_found' };
      if (readVersion !== null && readVersion !== present.version) return { code: 'stale' };
      const { url = present.url, description = present.description, eventTypes, enabled } = changes;
      const types = eventTypes === undefined ? present.eventTypes : [...new Set(eventTypes)];
      // What an address did counts for no other.
      const failingSince = url === present.url ? present.failingSince : null;
      const next = { ...present, url, description, eventTypes: types, failingSince };
      if (enabled === false && present.disabledReason === null) {
        next.disabledReason = 'by_operator';
        this.#core.storage.failPending('the endpoint was disabled');
      }
      if (enabled === true) Object.assign(next, { disabledReason: null, failingSince: null });
      this.#core.changed(next, requestId);
      return null;
    });
    if (outcome !== null) return fail(outcome);
    await this.#core.settled();
    const view = this.#view();
    return view === null ? fail({ code: 'not_found' }) : ok(view);
  }

  async remove(call: CallContext): Promise<Result<null, EndpointError>> {
    callContextSchema.parse(call);
    const settings = this.#core.storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    await this.#core.leave(settings.id);
    return ok(null);
  }

  async rotate(
    call: CallContext,
    input: RotateInput,
  ): Promise<Result<WebhookEndpointWithSecret, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const { overlapSeconds, signing } = rotateInputSchema.parse(input);
    if (this.#core.storage.settings() === null) return fail({ code: 'not_found' });
    const key = await this.#keys.next(signing);
    const ends = this.#core.inOne(() => {
      const present = this.#core.storage.settings();
      if (present === null) return null;
      const first = this.#keys.rotate(present.id, key, overlapSeconds * SECOND_MS);
      if (first === null) this.#core.changed(present, requestId);
      return first;
    });
    return ends === null ? this.#shown(key.shown) : fail({ code: 'too_many_keys', until: rfc3339(ends) });
  }

  async ping(call: CallContext): Promise<Result<WebhookDelivery, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const settings = this.#core.storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    const id = this.#core.host.newId('webhookDelivery');
    const event: CloudEvent = {
      specversion: '1.0',
      id,
      source: this.#core.ports.source,
      type: PING_TYPE,
      subject: settings.id,
      time: rfc3339(this.#core.now()),
      sequence: 1,
      datacontenttype: 'application/json',
      data: { endpointId: settings.id },
    };
    await this.#deliveries.once(id, event, requestId);
    return this.#deliveryOr404(id);
  }

  async deliver(call: CallContext, event: CloudEvent): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const wanted = cloudEventSchema.parse(event);
    const settings = this.#core.storage.settings();
    if (settings === null || settings.disabledReason !== null) return false;
    if (!settings.eventTypes.some((type) => type === '*' || type === wanted.type)) return false;
    this.#deliveries.enqueue(
      this.#core.host.newId('webhookDelivery'),
      wanted,
      ATTEMPTS_MAX,
      this.#core.now(),
    );
    this.#deliveries.start(requestId);
    return true;
  }

  async forgetWords(call: CallContext, orderIds: readonly string[]): Promise<number> {
    callContextSchema.parse(call);
    const subjects = forgetWordsInputSchema.parse(orderIds);
    if (!this.#core.storage.exists()) return 0;
    return this.#core.inOne(() =>
      this.#core.storage.rewriteBodies(subjects, (event) => ({
        ...event,
        data: withoutWords(event.data) as CloudEvent['data'],
      })),
    );
  }

  async deliveries(call: CallContext, input: ListInput): Promise<WebhookDelivery[] | null> {
    callContextSchema.parse(call);
    const page = listInputSchema.parse(input);
    return this.#core.storage.exists() ? this.#core.storage.list(page) : null;
  }

  async delivery(call: CallContext, id: string): Promise<WebhookDeliveryDetail | null> {
    callContextSchema.parse(call);
    return this.#core.storage.exists() ? this.#core.storage.detail(id) : null;
  }

  async redeliver(call: CallContext, id: string): Promise<Result<WebhookDelivery, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const settings = this.#core.storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    if (settings.disabledReason !== null) return fail({ code: 'disabled' });
    this.#deliveries.again(id, requestId);
    return this.#deliveryOr404(id);
  }

  async redeliverFailed(call: CallContext, since: number): Promise<Result<number, EndpointError>> {
    const { requestId } = callContextSchema.parse(call);
    const settings = this.#core.storage.settings();
    if (settings === null) return fail({ code: 'not_found' });
    if (settings.disabledReason !== null) return fail({ code: 'disabled' });
    return ok(this.#deliveries.againSince(since, requestId));
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#core.storage.exists()) return;
    await this.#core.alarms.ring({
      deliver: () => this.#deliveries.pump('alarm'),
      outbox: () => this.#core.settled(),
      forget: () => this.#deliveries.forget(),
    });
  }

  /** While names cannot be looked up, nothing is registered: what cannot be checked is not called. */
  async #refusalToday(url: string): Promise<string | null> {
    return this.#core.refusal(url).catch((error: unknown) => {
      log.error('names cannot be looked up', { error });
      return 'cannot be looked up at the moment; repeat the request later';
    });
  }

  async #shown(secret: string | null): Promise<Result<WebhookEndpointWithSecret, EndpointError>> {
    await this.#core.settled();
    const endpoint = this.#view();
    return endpoint === null ? fail({ code: 'not_found' }) : ok({ endpoint, secret });
  }

  #deliveryOr404(id: string): Result<WebhookDelivery, EndpointError> {
    // Deleted while the ping was under way.
    if (!this.#core.storage.exists()) return fail({ code: 'not_found' });
    const row = this.#core.storage.row(id);
    return row === null ? fail({ code: 'delivery_not_found' }) : ok(deliveryView(row));
  }

  #view(): WebhookEndpointView | null {
    const settings = this.#core.storage.settings();
    return settings === null ? null : endpointView(settings, this.#core.storage.keys(this.#core.now()));
  }
}
