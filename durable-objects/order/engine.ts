import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import type { Order as PublicOrder, OrderEffects } from '#shared/contracts/http/orders.ts';
import {
  type PaymentEventMessage,
  paymentEventMessageSchema,
  type ProvisioningResultMessage,
  provisioningResultMessageSchema,
} from '#shared/contracts/messages.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { logWork } from '#shared/observability/work.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { Commands, type Once } from '../lib/commands.ts';
import { type Host, within } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { Outbox, type OutboxEffect, type ParkedEffect } from '../lib/outbox.ts';
import { type StockAllocatedInput, stockAllocatedInputSchema } from '../stock/face.ts';
import { deliverEffect, type OrderPorts } from './effects.ts';
import {
  type CancelInput,
  cancelInputSchema,
  type CommandError,
  type CommandReply,
  type OrderFace,
  type PlaceAnswer,
  type Placed,
  type PlaceInput,
  placeInputSchema,
  type PlaceReply,
  type ResolveInput,
  resolveInputSchema,
  type RetryInput,
  retryInputSchema,
  type TimelineInput,
  timelineInputSchema,
  type TimelineReply,
} from './face.ts';
import {
  type AfterSaleAsked,
  type AfterSaleInput,
  afterSaleInputSchema,
  type AfterSaleReply,
  commandOf,
  mayAsk,
  type VersionInput,
  versionInputSchema,
  type VersionReply,
  type VersionsInput,
  versionsInputSchema,
} from './after-sale.ts';
import { type EditInput, editInputSchema, type EditReply, preparedEdit } from './edit.ts';
import { OrderHistory, originOf, type Version } from './history.ts';
import { checkAfterSale } from './machine/after-sale/check.ts';
import { editRefusal, type LineIds } from './machine/after-sale/edit.ts';
import type { AfterSaleError } from './machine/after-sale/events.ts';
import type { OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import { type EffectStep, isWanted, supersedes } from './machine/intents.ts';
import { differenceOf } from './machine/resolution.ts';
import { specOf } from './machine/table.ts';
import { listingOf } from './machine/listing.ts';
import { openOrder, type Outcome, transition } from './machine/transition.ts';
import { publicDifference, publicEffects } from './machine/public-effects.ts';
import { deadlineOf, isPlaced, publicOrder, type Viewer } from './machine/view.ts';
import type { OrderLog } from './listeners.ts';
import { ORDER_MIGRATIONS } from './migrations.ts';
import { orderNumber } from './number.ts';
import { projectOrder } from './projection.ts';
import { OrderStorage } from './storage.ts';

/** The outside world, from the shell; the engine adds its own time and its own memory. */
export interface OutsidePorts extends Omit<OrderPorts, 'clock' | 'chance' | 'record'> {
  /** There is news for those who follow the order; called inside the transaction that writes it. */
  changed?(): void;
  /** Ends what listens longer than it may; answers when to look again, epoch milliseconds. */
  expireListeners?(): number | null;
  /** Sees each step of the machine, before it is durable: checks of what must always hold. */
  watch?(event: OrderEvent, outcome: Outcome): void;
}
interface Payload {
  step: EffectStep;
  requestId: string;
}
type AlarmName = 'outbox' | 'deadline' | 'listeners' | 'forget';

/** How long placing waits for the order to become payable before it answers `placing`. */
const PLACE_WAIT_MS = 10 * SECOND_MS;
/** How long the answer then waits for lists to show the order. */
const SHOWN_WAIT_MS = SECOND_MS;
/** How long it then waits for the directory, without which nobody is told of the order. */
const REGISTERED_WAIT_MS = 5 * SECOND_MS;
/** A crash while effects are under way is noticed after this long. */
const CRASH_NET_MS = 10 * SECOND_MS;
const EFFECT_TIMEOUT_MS = 15 * SECOND_MS;
/** Reads, projections and what tells of the order never park for good: they try again after this long. */
const TRY_AGAIN_MS = 5 * MINUTE_MS;
const REPEATED_FOR_EVER: ReadonlySet<EffectStep['step']> = new Set<EffectStep['step']>([
  'payment.fetch',
  'project',
  'mail',
  'mails.gather',
  'publish',
  'register',
]);
const REGISTRATION = { key: 'register', lane: 'directory' } as const;
const AGAIN = ':again:';
/** A refused order is kept for as long as its Idempotency-Key. */
const REFUSED_KEPT_MS = DAY_MS;

/**
 * One order: the only writer of its document. The machine decides, the engine persists and acts: every change and the
 * effects it asks for are one transaction; effects go out through the outbox, and what comes back is an event again.
 * Knows nothing of the platform but its `Host`.
 */
export class OrderEngine implements OrderFace {
  readonly #host: Host;
  readonly #storage: OrderStorage;
  readonly #history: OrderHistory;
  readonly #alarms: NamedAlarms<AlarmName>;
  readonly #outbox: Outbox<Payload>;
  readonly #commands: Commands;
  readonly #ports: OrderPorts;
  readonly #outside: OutsidePorts;
  #waiting: (() => void)[] = [];
  #unregistered: (() => void)[] = [];

  constructor(host: Host, outside: OutsidePorts) {
    this.#host = host;
    this.#outside = outside;
    this.#storage = new OrderStorage(host.storage.sql);
    this.#history = new OrderHistory(host.storage.sql);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.#outbox = new Outbox<Payload>(
      host.storage,
      host.clock,
      { deliver: (effect) => this.#deliver(effect), parked: (effect) => this.#parked(effect) },
      { deliveryTimeoutMs: EFFECT_TIMEOUT_MS },
      host,
    );
    this.#commands = new Commands(host.storage, host.clock);
    this.#ports = {
      ...outside,
      clock: host.clock,
      chance: host,
      record: (event) => void this.#apply(event, 'record'),
    };
    if (this.#storage.exists()) migrateObject(host.storage, ORDER_MIGRATIONS);
  }

  async place(call: CallContext, input: PlaceInput): Promise<PlaceReply> {
    const { requestId } = callContextSchema.parse(call);
    const placed = placeInputSchema.parse(input);
    const fresh = this.#open(placed, requestId);
    const present = this.#storage.placeAnswer();
    if (present !== null) return { ...present, replayed: true };
    this.#host.waitUntil(this.#drain());
    await within(this.#host.after, PLACE_WAIT_MS, this.#whenPlaced());
    if (fresh) this.#acknowledge(requestId);
    await within(this.#host.after, SHOWN_WAIT_MS, this.#outbox.drain());
    await within(this.#host.after, REGISTERED_WAIT_MS, this.#whenRegistered());
    return this.#answer(fresh, requestId);
  }

  async read(call: CallContext, viewer: Viewer): Promise<PublicOrder | null> {
    callContextSchema.parse(call);
    const document = this.#document();
    return document === null ? null : publicOrder(document, viewer);
  }

  async timeline(call: CallContext, input: TimelineInput): Promise<TimelineReply | null> {
    callContextSchema.parse(call);
    const { as, after, limit } = timelineInputSchema.parse(input);
    const document = this.#document();
    if (document === null || publicOrder(document, { as }) === null) return null;
    return { customerId: document.customerId, items: this.#storage.timeline({ as }, after, limit) };
  }

  /** What those who follow the order are told; null while it does not exist for anybody. */
  log(): OrderLog | null {
    const document = this.#document();
    const order = document === null ? null : specOf(document.state);
    if (document === null || order === null || order.public === null) return null;
    return {
      customerId: document.customerId,
      entries: (viewer, after) => this.#storage.timeline(viewer, after),
      ended: order.terminal === true ? order.public : null,
    };
  }

  /** Someone follows the order until then. */
  listenedUntil(at: number): void {
    this.#alarms.setNoLaterThan('listeners', at);
  }

  async cancel(call: CallContext, input: CancelInput): Promise<CommandReply> {
    const { by, text, keep, actorId, once } = cancelInputSchema.parse(input);
    const kept = keep === undefined ? {} : { keep };
    const event: OrderEvent = {
      type: 'cancel.requested',
      by,
      actorId,
      text,
      ...kept,
      at: this.#host.clock.now(),
    };
    return this.#command(call, event, by, once);
  }

  async retry(call: CallContext, input: RetryInput = {}): Promise<CommandReply> {
    const { effect, actorId, once } = retryInputSchema.parse(input);
    const at = this.#host.clock.now();
    const event: OrderEvent =
      effect === null
        ? { type: 'operator.retried', actorId, at }
        : { type: 'operator.step_retried', key: effect, actorId, at };
    return this.#command(call, event, 'operator', once);
  }

  async resolve(call: CallContext, input: ResolveInput): Promise<CommandReply> {
    const { as, text, confirm, actorId, once } = resolveInputSchema.parse(input);
    const at = this.#host.clock.now();
    const event: OrderEvent = { type: 'operator.resolved', as, text, confirm, actorId, at };
    return this.#command(call, event, 'operator', once);
  }

  async effects(call: CallContext): Promise<OrderEffects | null> {
    callContextSchema.parse(call);
    const document = this.#document();
    return document === null || document.state === 'rejected'
      ? null
      : publicEffects(document, this.#outbox.openEffects());
  }

  async afterSale(call: CallContext, input: AfterSaleInput): Promise<AfterSaleReply> {
    const { requestId } = callContextSchema.parse(call);
    const asked = afterSaleInputSchema.parse(input);
    const reply = this.#host.storage.transactionSync(() => this.#grant(asked, requestId));
    if (reply.ok) this.#host.waitUntil(this.#drain());
    return reply;
  }

  async edit(call: CallContext, input: EditInput): Promise<EditReply> {
    const { requestId } = callContextSchema.parse(call);
    const asked = editInputSchema.parse(input);
    const { by, change } = asked;
    const document = this.#document();
    if (document === null || !mayAsk(document, by)) return fail({ code: 'not_found' });
    if (asked.version !== null && asked.version !== document.version) return fail({ code: 'changed' });
    const refused = editRefusal(document, change);
    if (refused !== null) return fail(refused);
    const newIds = (): LineIds => this.#newLine();
    const prepared = await preparedEdit({ ports: this.#ports, document, call }, asked, newIds);
    if (!prepared.ok) return prepared;
    const edited = this.#host.storage.transactionSync(() =>
      // The outside was asked meanwhile: what was decided on must still be so.
      this.#document()?.version === document.version ? this.#apply(prepared.value, requestId) : null,
    );
    const order = edited === null ? null : publicOrder(edited.document, { as: by.kind });
    if (order === null) return fail({ code: 'changed' });
    this.#host.waitUntil(this.#drain());
    return ok(order);
  }

  async versions(
    call: CallContext,
    input: VersionsInput,
  ): Promise<{ customerId: string; items: Version[] } | null> {
    callContextSchema.parse(call);
    const { before, limit } = versionsInputSchema.parse(input);
    const document = this.#document();
    if (document === null || publicOrder(document, { as: 'customer' }) === null) return null;
    return { customerId: document.customerId, items: this.#history.list(before, limit) };
  }

  async version(call: CallContext, input: VersionInput): Promise<VersionReply | null> {
    callContextSchema.parse(call);
    const { version, as } = versionInputSchema.parse(input);
    const customerId = this.#document()?.customerId;
    const found = customerId === undefined ? null : this.#history.find(version);
    if (customerId === undefined || found === null) return null;
    const at = (which: number): PublicOrder | null => {
      const document = this.#history.document(which);
      return document === null ? null : publicOrder(document, { as });
    };
    return { customerId, version: found, before: at(version - 1), after: at(version) };
  }

  async paymentChanged(call: CallContext, message: PaymentEventMessage): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const { eventId, paymentId } = paymentEventMessageSchema.parse(message);
    const event: OrderEvent = { type: 'payment.notified', eventId, paymentId, at: this.#host.clock.now() };
    return this.#fact(event, requestId, `payment:${eventId}`);
  }

  async lineChanged(call: CallContext, message: ProvisioningResultMessage): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const { type, lineId, instanceId, code, detail, messageId } =
      provisioningResultMessageSchema.parse(message);
    const line = this.#document()?.lines.find((candidate) => candidate.id === lineId);
    if (line?.instanceId !== instanceId) return false;
    const event: OrderEvent = { type, lineId, code, detail, at: this.#host.clock.now() };
    return this.#fact(event, requestId, `line:${messageId}`);
  }

  async stockAllocated(call: CallContext, input: StockAllocatedInput): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const { sku } = stockAllocatedInputSchema.parse(input);
    return this.#fact({ type: 'stock.allocated', sku, at: this.#host.clock.now() }, requestId, null);
  }

  async nudge(call: CallContext): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    return this.#fact({ type: 'order.nudged', at: this.#host.clock.now() }, requestId, null);
  }

  async project(call: CallContext): Promise<boolean> {
    const { requestId } = callContextSchema.parse(call);
    const document = this.#document();
    if (document === null || listingOf(document) === null) return false;
    this.#register(requestId);
    await projectOrder(this.#ports.database, document);
    this.#host.waitUntil(this.#drain());
    return true;
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#storage.exists()) return;
    let forget = false;
    await this.#alarms.ring({
      outbox: () => this.#drain(),
      deadline: () => this.#deadline(),
      listeners: () => {
        const next = this.#outside.expireListeners?.() ?? null;
        if (next !== null) this.#alarms.setNoLaterThan('listeners', next);
      },
      forget: () => {
        forget = true;
      },
    });
    if (forget) await this.#host.storage.deleteAll();
  }

  #newLine(): LineIds {
    const lineId = this.#host.newId('line');
    return { lineId, instanceId: this.#host.newId('instance'), workflowId: `provision-${lineId}` };
  }

  /** True when the order did not exist before. */
  #open({ orderId, customerId, request, quote, exchangeOf }: Placed, requestId: string): boolean {
    if (this.#document() !== null) return false;
    migrateObject(this.#host.storage, ORDER_MIGRATIONS);
    const at = this.#host.clock.now();
    const lineIds = request.lines.map(() => this.#newLine());
    const number = orderNumber(orderId);
    const placement = { id: orderId, number, customerId, request, quote, exchangeOf, lineIds, at };
    this.#host.storage.transactionSync(() => {
      const opened = openOrder(placement);
      const by = { kind: 'customer', id: customerId } as const;
      this.#history.add(null, opened.document, { at, by, what: 'order.placed', why: '' });
      this.#keep(opened, at, requestId);
    });
    return true;
  }

  /** Written down before it is given, so that a repeat of the request gets the same. */
  #answer(fresh: boolean, requestId: string): PlaceReply {
    return this.#host.storage.transactionSync(() => {
      const present = this.#storage.placeAnswer();
      if (present !== null) return { ...present, replayed: true };
      if (fresh) this.#acknowledge(requestId);
      const document = this.#document();
      if (document === null || this.#isUntold(document) || !this.#isRegistered())
        return { kind: 'in_flight' };
      const answer = answerOf(document);
      this.#storage.savePlaceAnswer(answer);
      return { ...answer, replayed: !fresh };
    });
  }

  /** The client of an order that is still being placed is told of it as it is. */
  #acknowledge(requestId: string): void {
    const document = this.#document();
    if (document === null || !this.#isUntold(document)) return;
    this.#apply({ type: 'order.acknowledged', at: this.#host.clock.now() }, requestId);
  }

  #isUntold(document: OrderDocument): boolean {
    return (
      !isPlaced(document) &&
      document.shortage === null &&
      usedUp(document) === undefined &&
      !document.acknowledged
    );
  }

  /** A wish, with its effect and its answer in one transaction; with a key once. */
  async #command(
    call: CallContext,
    event: OrderEvent,
    as: Viewer['as'],
    once: Once | null,
  ): Promise<CommandReply> {
    const { requestId } = callContextSchema.parse(call);
    if (this.#document() === null) return fail({ code: 'not_found' });
    const { kind, ...answer } = this.#commands.once(
      once,
      () => this.#obey(event, requestId, as),
      (reply) => reply.ok,
    );
    if (kind === 'key_reused' || !('reply' in answer)) return fail({ code: 'key_reused' });
    const { reply, replayed } = answer;
    if (!reply.ok) return reply;
    this.#host.waitUntil(this.#drain());
    return ok({ order: reply.value, replayed });
  }

  #obey(event: OrderEvent, requestId: string, as: Viewer['as']): Result<PublicOrder, CommandError> {
    const parked = this.#outbox.parkedEffects().map(({ key }) => key);
    if (event.type === 'operator.step_retried' && !parked.includes(event.key))
      return fail({ code: 'not_allowed' });
    const outcome = this.#apply(event, requestId);
    const order = outcome === null ? null : publicOrder(outcome.document, { as });
    if (outcome === null || order === null) return fail({ code: 'not_found' });
    if (!outcome.allowed) return fail(refusalOf(outcome.document, event));
    if (event.type === 'operator.step_retried') this.#outbox.unparkOne(event.key);
    if (event.type === 'operator.retried') {
      this.#outbox.unpark(({ step }) => outcome.intents.some(({ effect }) => supersedes(effect, step)));
    }
    // What a person settled is not tried again behind his back.
    if (event.type === 'operator.resolved') this.#outbox.unpark(() => true);
    return ok(order);
  }

  /** Grants a wish once for its key. The version it led to is kept: a repeat shows the order as it then was. */
  #grant({ by, key, fingerprint, wish }: AfterSaleAsked, requestId: string): AfterSaleReply {
    const document = this.#document();
    const viewer: Viewer = { as: by.kind };
    if (document === null || !mayAsk(document, by) || publicOrder(document, viewer) === null)
      return fail({ code: 'not_found' });
    const once = { key: `${by.id}:${key}`, fingerprint };
    const answer = this.#commands.once(
      once,
      (): Result<number, AfterSaleError> => {
        const at = this.#host.clock.now();
        const command = commandOf(document, { by, wish }, (kind) => this.#host.newId(kind), at);
        const error = checkAfterSale(document, command);
        if (error !== null) return fail(error);
        return ok(this.#apply(command, requestId)?.document.version ?? document.version);
      },
      (reply) => reply.ok,
    );
    if (answer.kind === 'key_reused') return fail({ code: 'key_reused' });
    if (!answer.reply.ok) return answer.reply;
    const then = this.#history.document(answer.reply.value) ?? document;
    const order = publicOrder(then, viewer);
    return order === null ? fail({ code: 'not_found' }) : ok({ order, replayed: answer.replayed });
  }

  /** False when there is no order for it. `eventId` makes a repeat of the message do nothing. */
  #fact(event: OrderEvent, requestId: string, eventId: string | null): boolean {
    const known = this.#host.storage.transactionSync(() => {
      const document = this.#document();
      if (document === null || document.state === 'rejected') return false;
      if (eventId !== null && this.#storage.wasApplied(eventId)) return true;
      const outcome = this.#apply(event, requestId);
      // One that changed nothing may come too early: its repeat must still count.
      const counted = outcome !== null && (outcome.changed || outcome.intents.length > 0);
      if (eventId !== null && counted) this.#storage.markApplied(eventId, event.at);
      return true;
    });
    if (known) this.#host.waitUntil(this.#drain());
    return known;
  }

  #deadline(): void {
    const document = this.#document();
    const deadline = document === null ? null : deadlineOf(document);
    if (deadline === null) return;
    const now = this.#host.clock.now();
    if (deadline.at > now) this.#alarms.set('deadline', deadline.at);
    else this.#apply({ type: deadline.event, at: now }, 'deadline');
    this.#host.waitUntil(this.#drain());
  }

  /** Moves the machine; one transaction. Null when there is no order. */
  #apply(event: OrderEvent, requestId: string): Outcome | null {
    return this.#host.storage.transactionSync(() => {
      const document = this.#document();
      if (document === null) return null;
      const outcome = transition(document, event);
      this.#outside.watch?.(event, outcome);
      if (outcome.changed)
        this.#history.add(document, outcome.document, { at: event.at, ...originOf(event) });
      if (outcome.allowed) this.#keep(outcome, event.at, requestId);
      return outcome;
    });
  }

  #keep(outcome: Outcome, at: number, requestId: string): void {
    const { document, changed, intents, notes } = outcome;
    if (changed) this.#storage.saveDocument(document);
    this.#storage.addNotes(notes, document, at);
    if (changed) this.#outside.changed?.();
    if (listingOf(document) !== null) this.#register(requestId);
    for (const { key, lane, effect, notBefore } of intents)
      this.#outbox.add({ key, lane, payload: { step: effect, requestId } }, notBefore);
    if (intents.length > 0) this.#alarms.setNoLaterThan('outbox', at + CRASH_NET_MS);
    const deadline = deadlineOf(document);
    if (deadline === null) this.#alarms.clear('deadline');
    else if (this.#alarms.get('deadline') !== deadline.at) this.#alarms.set('deadline', deadline.at);
    if (document.state === 'rejected') this.#alarms.set('forget', at + REFUSED_KEPT_MS);
    if (isPlaced(document)) {
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  async #deliver({ key, payload }: OutboxEffect<Payload>): Promise<() => void> {
    const document = this.#document();
    if (document === null || !isWanted(document, payload.step)) return () => {};
    const { requestId } = payload;
    const { step } = payload;
    const events = await logWork({ system: 'purchase', work: `order ${step.step}`, requestId }, () =>
      deliverEffect(this.#ports, document, { key, step, call: { requestId } }),
    );
    return () => {
      for (const event of events) this.#apply(event, requestId);
      if (step.step !== 'register') return;
      for (const resolve of this.#unregistered.splice(0)) resolve();
    };
  }

  #parked({ key, lane, payload, lastError }: ParkedEffect<Payload>): void {
    const { step } = payload.step;
    log.error('effect parked', { requestId: payload.requestId, effect: key, lastError });
    if (REPEATED_FOR_EVER.has(step)) {
      const at = this.#host.clock.now() + TRY_AGAIN_MS;
      const [first] = key.split(AGAIN);
      this.#outbox.add({ key: `${first}${AGAIN}${at}`, lane, payload }, at);
    } else {
      this.#apply(
        { type: 'effect.parked', step, error: lastError, at: this.#host.clock.now() },
        payload.requestId,
      );
    }
  }

  async #drain(): Promise<void> {
    await this.#outbox.drain();
    if (!this.#storage.exists()) return;
    const next = this.#outbox.nextDueAt();
    if (next === null) this.#alarms.clear('outbox');
    else this.#alarms.set('outbox', next);
  }

  /** From the moment anybody can know of the order; one that was placed before there was a directory catches up. */
  #register(requestId: string): void {
    this.#outbox.add({ ...REGISTRATION, payload: { step: { step: 'register' }, requestId } });
  }

  /** Nobody is told of an order that could not be found again. */
  #isRegistered(): boolean {
    const document = this.#document();
    return (
      document === null ||
      listingOf(document) === null ||
      this.#outbox.isDone(REGISTRATION.key, `${REGISTRATION.key}${AGAIN}*`)
    );
  }

  #whenPlaced(): Promise<void> {
    const document = this.#document();
    if (document !== null && isPlaced(document)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #whenRegistered(): Promise<void> {
    if (this.#isRegistered()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#unregistered.push(resolve);
    });
  }

  #document(): OrderDocument | null {
    return this.#storage.exists() ? this.#storage.document() : null;
  }
}

/** The promotion that had no use left for this order. */
const usedUp = ({ promotions }: OrderDocument) => promotions.find((claim) => claim.refusal !== null);

/** Why the machine did not follow a wish. */
function refusalOf(document: OrderDocument, event: OrderEvent): CommandError {
  if (event.type !== 'operator.resolved' || document.state !== 'needs_operator')
    return { code: 'not_allowed' };
  return { code: 'unconfirmed', difference: publicDifference(document, differenceOf(document, event.as)) };
}

function answerOf(document: OrderDocument): PlaceAnswer {
  if (document.state === 'rejected') return { kind: 'refused', refusals: document.refusals };
  const claim = usedUp(document);
  if (document.reason?.code === 'promotion_used_up' && claim !== undefined) {
    const codeIndex = claim.code === null ? null : document.request.codes.indexOf(claim.code);
    return { kind: 'promotion_used_up', orderId: document.id, codeIndex, text: document.reason.text };
  }
  if (document.reason?.code === 'out_of_stock' && document.shortage !== null) {
    const { lineIndex, available } = document.shortage;
    return { kind: 'out_of_stock', orderId: document.id, lineIndex, available };
  }
  const order = publicOrder(document, { as: 'customer' });
  if (order === null) throw new Error(`an order in state ${document.state} cannot be answered with`);
  return { kind: 'placed', order };
}
