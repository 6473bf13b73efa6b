import { DurableObject } from 'cloudflare:workers';
import { keySet, type KnownKeys } from '#shared/auth/key-set.ts';
import type { AuthService } from '#shared/contracts/auth.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type {
  PaymentEventMessage,
  ProvisioningMessage,
  ProvisioningResultMessage,
} from '#shared/contracts/messages.ts';
import type { OrderEventMessage } from '#shared/contracts/order-events.ts';
import type { GiftCardPayments } from '#shared/contracts/gift-cards.ts';
import type { PaymentsService } from '#shared/contracts/payments.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { mailerOf, type MailSettings } from '#shared/mail/mail.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import { log } from '#shared/observability/log.ts';
import { meterWork } from '#shared/observability/work.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { type Host, hostOf, orLate } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { OrderDirectoryFace } from '../order-directory/face.ts';
import { type PricingEnv, pricingOf } from '../pricing/of-env.ts';
import type { BuyerFace } from '../buyer/face.ts';
import type { PromotionFace } from '../promotion/face.ts';
import type { StockAllocatedInput, StockFace } from '../stock/face.ts';
import type { AfterSaleInput, AfterSaleLook, VersionInput, VersionsInput } from './after-sale.ts';
import { mailWording } from './mail-wording.ts';
import type { EditInput } from './edit.ts';
import type { OutsidePorts } from './core.ts';
import { type FraudEnv, fraudOfEnv } from '../fraud/of-env.ts';
import { OrderEngine } from './engine.ts';
import type {
  CancelInput,
  ExchangeEndedInput,
  OrderFace,
  PlaceInput,
  Reader,
  ResolveInput,
  RetryInput,
  ReviewInput,
  TimelineInput,
} from './face.ts';
import { ORDER_MIGRATIONS } from './migrations.ts';
import type { PersonInput } from './persons.ts';
import { CLOSE, Listeners, listenWishSchema } from './listeners.ts';

export interface OrderEnv extends PricingEnv, FraudEnv, MailSettings {
  PAYMENTS: PaymentsService & GiftCardPayments;
  AUTH: AuthService;
  STOCK: ObjectNamespace<StockFace>;
  ORDER_DIRECTORY: ObjectNamespace<OrderDirectoryFace>;
  ORDER: ObjectNamespace<OrderFace>;
  PROVISIONING: Queue<ProvisioningMessage>;
  ORDER_EVENTS: Queue<OrderEventMessage>;
  PROMOTION: ObjectNamespace<PromotionFace>;
  BUYER: ObjectNamespace<BuyerFace>;
  PUBLIC_ORIGIN: string;
  /** Empty: operators get no mail. */
  OPERATOR_MAIL_TO: string;
}
const BINDINGS: Partial<Record<keyof OrderEnv, BindingKind>> = {
  CATALOGUE: 'service',
  PAYMENTS: 'service',
  AUTH: 'service',
  STOCK: 'object',
  ORDER_DIRECTORY: 'object',
  ORDER: 'object',
  PROVISIONING: 'queue',
  ORDER_EVENTS: 'queue',
  PROMOTION: 'object',
  BUYER: 'object',
  VELOCITY: 'object',
  ORDERS_DB: 'd1',
  COMMERCE_DB: 'd1',
};

/** The platform's shell of an order: everything happens in its engine. */
export class Order extends DurableObject<OrderEnv> implements OrderFace, CopiedFace {
  readonly #engine: OrderEngine;
  readonly #listeners: Listeners;

  constructor(ctx: DurableObjectState, env: OrderEnv) {
    super(ctx, env);
    const host = hostOf(ctx, env);
    this.#listeners = new Listeners(ctx, host.clock, () => this.#engine.log(), revocationsOf(host, env));
    this.#engine = new OrderEngine(host, {
      ...outside(env),
      // After the transaction, so that nobody is told what is not kept.
      changed: () => queueMicrotask(() => ctx.waitUntil(this.#listeners.publish())),
      expireListeners: () => this.#listeners.expire(),
    });
  }

  async place(call: CallContext, input: PlaceInput) {
    return this.#engine.place(call, input);
  }
  async placeReply(call: CallContext) {
    return this.#engine.placeReply(call);
  }
  async read(call: CallContext, reader: Reader) {
    return this.#engine.read(call, reader);
  }
  async timeline(call: CallContext, input: TimelineInput) {
    return this.#engine.timeline(call, input);
  }
  async cancel(call: CallContext, input: CancelInput) {
    return this.#engine.cancel(call, input);
  }
  async retry(call: CallContext, input?: RetryInput) {
    return this.#engine.retry(call, input);
  }
  async resolve(call: CallContext, input: ResolveInput) {
    return this.#engine.resolve(call, input);
  }
  async review(call: CallContext, input: ReviewInput) {
    return this.#engine.review(call, input);
  }
  async risk(call: CallContext) {
    return this.#engine.risk(call);
  }
  async effects(call: CallContext) {
    return this.#engine.effects(call);
  }
  async lookAfterSale(call: CallContext, input: AfterSaleLook) {
    return this.#engine.lookAfterSale(call, input);
  }
  async afterSale(call: CallContext, input: AfterSaleInput) {
    return this.#engine.afterSale(call, input);
  }
  async edit(call: CallContext, input: EditInput) {
    return this.#engine.edit(call, input);
  }
  async versions(call: CallContext, input: VersionsInput) {
    return this.#engine.versions(call, input);
  }
  async version(call: CallContext, input: VersionInput) {
    return this.#engine.version(call, input);
  }
  async paymentChanged(call: CallContext, message: PaymentEventMessage) {
    return this.#engine.paymentChanged(call, message);
  }
  async lineChanged(call: CallContext, message: ProvisioningResultMessage) {
    return this.#engine.lineChanged(call, message);
  }
  async stockAllocated(call: CallContext, input: StockAllocatedInput) {
    return this.#engine.stockAllocated(call, input);
  }
  async exchangeEnded(call: CallContext, input: ExchangeEndedInput) {
    return this.#engine.exchangeEnded(call, input);
  }
  async personal(call: CallContext, input: PersonInput) {
    return this.#engine.personal(call, input);
  }
  async hasOpenReturns(call: CallContext) {
    return this.#engine.hasOpenReturns(call);
  }
  async erasePerson(call: CallContext, input: PersonInput) {
    return this.#engine.erasePerson(call, input);
  }
  async nudge(call: CallContext) {
    return this.#engine.nudge(call);
  }
  async project(call: CallContext) {
    return this.#engine.project(call);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage);
  }
  async paste(call: CallContext, input: PasteInput) {
    return pasteObject(call, this.ctx.storage, ORDER_MIGRATIONS, input);
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }

  /** An upgrade to WebSocket, the one thing RPC cannot carry: `?wish=` is a `ListenWish` as JSON. */
  override async fetch(request: Request): Promise<Response> {
    const wish = listenWishSchema.parse(JSON.parse(new URL(request.url).searchParams.get('wish') ?? ''));
    const response = this.#listeners.accept(wish);
    if (response.status === 101) this.#engine.listenedUntil(wish.until);
    return response;
  }
  override async webSocketMessage(socket: WebSocket) {
    this.#listeners.refuse(socket);
  }
  override async webSocketClose(socket: WebSocket, code: number) {
    // Where the platform does not answer a close by itself, this does; a reserved code cannot be sent back.
    socket.close(code >= 3000 ? code : CLOSE.ended);
  }
}

/** Longer than auth takes; what is told to listeners waits for it. */
const AUTH_PATIENCE_MS = 2 * SECOND_MS;

/** Whose right has ended. While auth is away, a connection lasts as long as its token. */
function revocationsOf({ after, clock }: Host, env: OrderEnv): () => Promise<KnownKeys['revoked']> {
  const { AUTH } = meterWork(env, BINDINGS);
  const late = (): Error => new Error('auth did not answer');
  const ask = () => orLate(after, AUTH_PATIENCE_MS, AUTH.getJwks({ requestId: newRequestId() }), late);
  const known = keySet(ask, clock);
  return async () => {
    try {
      return (await known()).revoked;
    } catch (error) {
      log.warn('auth does not tell whose right has ended', { error });
      return new Map();
    }
  };
}

function outside(env: OrderEnv): OutsidePorts {
  const metered = meterWork(env, BINDINGS);
  return {
    pricing: pricingOf(metered),
    promotions: metered.PROMOTION,
    buyers: metered.BUYER,
    fraud: fraudOfEnv(metered),
    operatorMailTo: env.OPERATOR_MAIL_TO,
    payments: metered.PAYMENTS,
    orders: metered.ORDER,
    auth: metered.AUTH,
    stock: metered.STOCK,
    directory: metered.ORDER_DIRECTORY,
    provisioning: metered.PROVISIONING,
    events: metered.ORDER_EVENTS,
    database: metered.ORDERS_DB,
    mailer: mailerOf(env),
    wording: (kind, language) => mailWording(metered.COMMERCE_DB, kind, language),
    publicOrigin: env.PUBLIC_ORIGIN,
  };
}
