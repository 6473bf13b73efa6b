import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import type { OrderRisk } from '#shared/contracts/http/fraud.ts';
import type { Order as PublicOrder, OrderEffects } from '#shared/contracts/http/orders.ts';
import {
  type PaymentEventMessage,
  paymentEventMessageSchema,
  type ProvisioningResultMessage,
  provisioningResultMessageSchema,
} from '#shared/contracts/messages.ts';
import { type Host } from '../lib/host.ts';
import { type StockAllocatedInput, stockAllocatedInputSchema } from '../stock/face.ts';
import {
  type CancelInput,
  type CommandReply,
  type ExchangeEndedInput,
  exchangeEndedInputSchema,
  type OrderFace,
  type PlaceInput,
  type PlaceReply,
  type Reader,
  type ResolveInput,
  type RetryInput,
  type ReviewInput,
  type TimelineInput,
  timelineInputSchema,
  type TimelineReply,
} from './face.ts';
import {
  type AfterSaleInput,
  type AfterSaleLook,
  type AfterSaleReply,
  type VersionInput,
  versionInputSchema,
  type VersionReply,
  type VersionsInput,
  versionsInputSchema,
} from './after-sale.ts';
import { type EditInput, type EditReply } from './edit.ts';
import { type Version } from './history.ts';
import type { OrderEvent } from './machine/events.ts';
import { riskOf } from './machine/fraud/view.ts';
import { specOf } from './machine/table.ts';
import { listingOf } from './machine/listing.ts';
import { publicEffects } from './machine/public-effects.ts';
import { isPublic } from './machine/view.ts';
import type { OrderLog } from './listeners.ts';
import { projectOrder } from './projection.ts';
import { OrderCore, type OutsidePorts } from './core.ts';
import { type EraseReply, OrderPersons, type PersonalOrder, type PersonInput } from './persons.ts';
import { Placing } from './placing.ts';
import { Wishes } from './wishes.ts';

/**
 * One order: the only writer of its document. The machine decides, the engine persists and acts: every change and the
 * effects it asks for are one transaction; effects go out through the outbox, and what comes back is an event again.
 * Knows nothing of the platform but its `Host`.
 */
export class OrderEngine implements OrderFace {
  readonly #core: OrderCore;
  readonly #placing: Placing;
  readonly #wishes: Wishes;
  readonly #persons: OrderPersons;

  constructor(host: Host, outside: OutsidePorts) {
    this.#core = new OrderCore(host, outside);
    this.#placing = new Placing(this.#core);
    this.#wishes = new Wishes(this.#core);
    this.#persons = new OrderPersons(this.#core);
  }

  place(call: CallContext, input: PlaceInput): Promise<PlaceReply> {
    return this.#placing.place(call, input);
  }

  placeReply(call: CallContext): Promise<PlaceReply | null> {
    return this.#placing.placeReply(call);
  }

  async read(call: CallContext, { as, customerId }: Reader): Promise<PublicOrder | null> {
    callContextSchema.parse(call);
    const document = this.#core.document();
    return document === null
      ? null
      : this.#core.show(document, { as, isOwn: document.customerId === customerId });
  }

  async timeline(call: CallContext, input: TimelineInput): Promise<TimelineReply | null> {
    callContextSchema.parse(call);
    const { as, after, limit } = timelineInputSchema.parse(input);
    const document = this.#core.document();
    if (document === null || !isPublic(document)) return null;
    return { customerId: document.customerId, items: this.#core.storage.timeline({ as }, after, limit) };
  }

  /** What those who follow the order are told; null while it does not exist for anybody. */
  log(): OrderLog | null {
    const document = this.#core.document();
    const order = document === null ? null : specOf(document.state);
    if (document === null || order === null || order.public === null) return null;
    return {
      customerId: document.customerId,
      entries: (viewer, after) => this.#core.storage.timeline(viewer, after),
      ended: order.terminal === true ? order.public : null,
    };
  }

  /** Someone follows the order until then. */
  listenedUntil(at: number): void {
    this.#core.listenedUntil(at);
  }

  cancel(call: CallContext, input: CancelInput): Promise<CommandReply> {
    return this.#wishes.cancel(call, input);
  }

  retry(call: CallContext, input: RetryInput = {}): Promise<CommandReply> {
    return this.#wishes.retry(call, input);
  }

  resolve(call: CallContext, input: ResolveInput): Promise<CommandReply> {
    return this.#wishes.resolve(call, input);
  }

  review(call: CallContext, input: ReviewInput): Promise<CommandReply> {
    return this.#wishes.review(call, input);
  }

  async lookAfterSale(call: CallContext, input: AfterSaleLook): Promise<AfterSaleReply> {
    return this.#wishes.lookAfterSale(call, input);
  }

  afterSale(call: CallContext, input: AfterSaleInput): Promise<AfterSaleReply> {
    return this.#wishes.afterSale(call, input);
  }

  edit(call: CallContext, input: EditInput): Promise<EditReply> {
    return this.#wishes.edit(call, input);
  }

  async risk(call: CallContext): Promise<OrderRisk | null> {
    callContextSchema.parse(call);
    const document = this.#core.document();
    return document === null || document.state === 'rejected' ? null : riskOf(document);
  }

  async effects(call: CallContext): Promise<OrderEffects | null> {
    callContextSchema.parse(call);
    const document = this.#core.document();
    return document === null || document.state === 'rejected'
      ? null
      : publicEffects(document, this.#core.outbox.openEffects());
  }

  async versions(
    call: CallContext,
    input: VersionsInput,
  ): Promise<{ customerId: string; items: Version[] } | null> {
    callContextSchema.parse(call);
    const { before, limit, as } = versionsInputSchema.parse(input);
    const document = this.#core.document();
    if (document === null || !isPublic(document)) return null;
    return { customerId: document.customerId, items: this.#core.history.list({ as }, before, limit) };
  }

  async version(call: CallContext, input: VersionInput): Promise<VersionReply | null> {
    callContextSchema.parse(call);
    const { version, as } = versionInputSchema.parse(input);
    const customerId = this.#core.document()?.customerId;
    const found = customerId === undefined ? null : this.#core.history.find({ as }, version);
    if (customerId === undefined || found === null) return null;
    const at = (which: number): PublicOrder | null => {
      const document = this.#core.history.document(which);
      return document === null ? null : this.#core.show(document, { as });
    };
    return { customerId, version: found, before: at(version - 1), after: at(version) };
  }

  async paymentChanged(call: CallContext, message: PaymentEventMessage): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    // Not the event: one that is replayed comes in another message, and is to be looked into again.
    const { messageId, paymentId, thorough } = paymentEventMessageSchema.parse(message);
    const event: OrderEvent = {
      type: 'payment.notified',
      eventId: messageId,
      paymentId,
      ...(thorough === true ? { thorough } : {}),
      at: this.#core.host.clock.now(),
    };
    return this.#core.fact(event, requestId, `payment:${messageId}`);
  }

  async lineChanged(call: CallContext, message: ProvisioningResultMessage): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const { type, lineId, instanceId, code, params, detail, messageId, access } =
      provisioningResultMessageSchema.parse(message);
    const line = this.#core.document()?.lines.find((candidate) => candidate.id === lineId);
    if (line?.instanceId !== instanceId) return false;
    const told = {
      ...(params === undefined ? {} : { params }),
      ...(access === undefined ? {} : { access }),
    };
    const event: OrderEvent = { type, lineId, code, ...told, detail, at: this.#core.host.clock.now() };
    return this.#core.fact(event, requestId, `line:${messageId}`);
  }

  async stockAllocated(call: CallContext, input: StockAllocatedInput): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const { sku } = stockAllocatedInputSchema.parse(input);
    return this.#core.fact(
      { type: 'stock.allocated', sku, at: this.#core.host.clock.now() },
      requestId,
      null,
    );
  }

  async exchangeEnded(call: CallContext, input: ExchangeEndedInput): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const ended = exchangeEndedInputSchema.parse(input);
    const at = this.#core.host.clock.now();
    return this.#core.fact({ type: 'exchange.ended', ...ended, at }, requestId, null);
  }

  async personal(call: CallContext, input: PersonInput): Promise<PersonalOrder | null> {
    return this.#persons.personal(call, input);
  }

  async hasOpenReturns(call: CallContext): Promise<boolean> {
    return this.#persons.openReturns(call);
  }

  async erasePerson(call: CallContext, input: PersonInput): Promise<EraseReply> {
    return this.#persons.erase(call, input);
  }

  async nudge(call: CallContext): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    return this.#core.fact({ type: 'order.nudged', at: this.#core.host.clock.now() }, requestId, null);
  }

  async project(call: CallContext): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const document = this.#core.document();
    if (document === null || listingOf(document) === null) return false;
    this.#core.register(requestId);
    await projectOrder(this.#core.ports.database, document);
    this.#core.host.waitUntil(this.#core.drain());
    return true;
  }

  /** Body of the object's alarm. Never throws. */
  alarm(): Promise<void> {
    return this.#core.alarm();
  }
}
