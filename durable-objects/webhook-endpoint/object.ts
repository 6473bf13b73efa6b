import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { CloudEvent } from '#shared/contracts/order-events.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { type FieldCipher, fieldCipher } from '#shared/crypto/sealing.ts';
import { mailerOf, type MailSettings } from '#shared/mail/mail.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import { meterWork } from '#shared/observability/work.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { hostOf } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import { projectEndpoint, withdrawEndpoint } from './directory.ts';
import type { EndpointPorts } from './core.ts';
import { WebhookEndpointEngine } from './engine.ts';
import type { ChangeInput, CreateInput, ListInput, RotateInput, WebhookEndpointFace } from './face.ts';
import { COPY_BOUNDS, WEBHOOK_ENDPOINT_MIGRATIONS } from './migrations.ts';
import { disabledNotice } from './notice.ts';
import { dnsOverHttps, post } from './outside.ts';
import { EndpointStorage } from './storage.ts';

export interface WebhookEndpointEnv extends MailSettings {
  COMMERCE_DB: D1Database;
  WEBHOOK_KEY: string;
  WEBHOOK_TARGETS: string;
  DNS_API_BASE: string;
  OPERATOR_MAIL_TO: string;
  PUBLIC_ORIGIN: string;
}
const BINDINGS: Partial<Record<keyof WebhookEndpointEnv, BindingKind>> = { COMMERCE_DB: 'd1' };

/** The platform's shell of a webhook endpoint: everything happens in its engine. */
export class WebhookEndpoint
  extends DurableObject<WebhookEndpointEnv>
  implements WebhookEndpointFace, CopiedFace
{
  readonly #engine: WebhookEndpointEngine;

  constructor(ctx: DurableObjectState, env: WebhookEndpointEnv) {
    super(ctx, env);
    this.#engine = new WebhookEndpointEngine(hostOf(ctx, env), outside(env));
  }

  async create(call: CallContext, input: CreateInput) {
    return this.#engine.create(call, input);
  }
  async read(call: CallContext) {
    return this.#engine.read(call);
  }
  async change(call: CallContext, input: ChangeInput) {
    return this.#engine.change(call, input);
  }
  async remove(call: CallContext) {
    return this.#engine.remove(call);
  }
  async rotate(call: CallContext, input: RotateInput) {
    return this.#engine.rotate(call, input);
  }
  async ping(call: CallContext) {
    return this.#engine.ping(call);
  }
  async deliver(call: CallContext, event: CloudEvent) {
    return this.#engine.deliver(call, event);
  }
  async forgetWords(call: CallContext, orderIds: readonly string[]) {
    return this.#engine.forgetWords(call, orderIds);
  }
  async deliveries(call: CallContext, input: ListInput) {
    return this.#engine.deliveries(call, input);
  }
  async delivery(call: CallContext, id: string) {
    return this.#engine.delivery(call, id);
  }
  async redeliver(call: CallContext, id: string) {
    return this.#engine.redeliver(call, id);
  }
  async redeliverFailed(call: CallContext, since: number) {
    return this.#engine.redeliverFailed(call, since);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage, COPY_BOUNDS);
  }
  async paste(call: CallContext, input: PasteInput) {
    if (!pasteObject(call, this.ctx.storage, WEBHOOK_ENDPOINT_MIGRATIONS, input, COPY_BOUNDS)) return false;
    const settings = new EndpointStorage(this.ctx.storage.sql).settings();
    if (settings !== null) await projectEndpoint(this.env.COMMERCE_DB, settings);
    return true;
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }
}

function outside(env: WebhookEndpointEnv): EndpointPorts {
  const database = meterWork(env, BINDINGS).COMMERCE_DB;
  let cipher: FieldCipher | undefined;
  return {
    post,
    lookUp: dnsOverHttps(env.DNS_API_BASE),
    targets: env.WEBHOOK_TARGETS === 'any' ? 'any' : 'public',
    cipher: () => (cipher ??= fieldCipher(keyRing('WEBHOOK_KEY', env.WEBHOOK_KEY))),
    project: (settings) => projectEndpoint(database, settings),
    withdraw: (id) => withdrawEndpoint(database, id),
    async notice(settings, key) {
      if (env.OPERATOR_MAIL_TO === '') return;
      await mailerOf(env).send(disabledNotice(settings, env.OPERATOR_MAIL_TO, key));
    },
    source: `${env.PUBLIC_ORIGIN}/v1/webhook-endpoints`,
  };
}
