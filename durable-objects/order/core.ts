import { idBeside } from '#shared/ids/shard.ts';
import type { Order as PublicOrder } from '#shared/contracts/http/orders.ts';
import { log } from '#shared/observability/log.ts';
import { logWork } from '#shared/observability/work.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { Commands } from '../lib/commands.ts';
import { type Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { Outbox, type OutboxEffect, type ParkedEffect } from '../lib/outbox.ts';
import { deliverEffect, type OrderPorts } from './effects.ts';
import { OrderHistory, originOfChange } from './history.ts';
import type { LineIds, OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import { type EffectStep, type Intent, isWanted, supersedes } from './machine/intents.ts';
import { listingOf } from './machine/listing.ts';
import { specOf } from './machine/table.ts';
import { type Outcome, transition } from './machine/transition.ts';
import { deadlineOf, isPlaced, publicOrder, type Viewer } from './machine/view.ts';
import { ORDER_MIGRATIONS } from './migrations.ts';
import { OrderStorage } from './storage.ts';

/** The outside world, from the shell; the engine adds its own time and its own memory. */
export interface OutsidePorts extends Omit<OrderPorts, 'clock' | 'chance' | 'newLine' | 'record'> {
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

/** A crash while effects are under way is noticed after this long. */
const CRASH_NET_MS = 10 * SECOND_MS;
/** An edit that is not written down by then is given up: it died, or something it asked does not answer. */
const EDIT_GIVEN_UP_MS = MINUTE_MS;
const EFFECT_TIMEOUT_MS = 15 * SECOND_MS;
/** Reads, projections and what tells of the order never park for good: they try again after this long. */
const TRY_AGAIN_MS = 5 * MINUTE_MS;
const REPEATED_FOR_EVER: ReadonlySet<EffectStep['step']> = new Set<EffectStep['step']>([
  'payment.fetch',
  'project',
  'lines.access',
  'notice',
  'review.remind',
  'mail',
  'mails.gather',
  'publish',
  'register',
]);
/** Of these, what is told to somebody: once, whatever is tried again. */
const TOLD: ReadonlySet<EffectStep['step']> = new Set<EffectStep['step']>([
  'mail',
  'notice',
  'publish',
  'review.remind',
]);
/** What the order owes others however it ends: no person settles it by hand, and none is shown it when he ends the order. */
const OWED_ANYWAY: ReadonlySet<EffectStep['step']> = new Set<EffectStep['step']>([
  'edit.undo',
  'promotion.return',
  'allowance.return',
  'stock.restock',
  'exchange.end',
  'cards.take',
  'cards.give_back',
]);
/** News of an order under way: it goes on meanwhile, as it would have without them. */
const isLateLook = (step: EffectStep): boolean => step.step === 'fraud.assess' && step.phase === 'later';
const REGISTRATION = { key: 'register', lane: 'directory' } as const;
const AGAIN = ':again:';
/** A refused order is kept for as long as its Idempotency-Key. */
const REFUSED_KEPT_MS = DAY_MS;

/** A person was asked and is not any more: he let it go on, or something came that did. */
const isAskedNoMore = (before: OrderDocument, { state }: OrderDocument, { type }: OrderEvent): boolean =>
  before.state === 'needs_operator' && (state !== 'needs_operator' || type === 'operator.retried');

/**
 * What an order keeps and how it moves. Every change and the effects it asks for are one transaction; effects go out
 * through the outbox, and what comes back is an event again.
 */
export class OrderCore {
  readonly host: Host;
  readonly storage: OrderStorage;
  readonly history: OrderHistory;
  readonly outbox: Outbox<Payload>;
  readonly commands: Commands;
  readonly ports: OrderPorts;
  readonly #alarms: NamedAlarms<AlarmName>;
  readonly #outside: OutsidePorts;
  /** Edits that may still be written down. */
  readonly #edits = new Set<string>();
  #waiting: (() => void)[] = [];
  #unregistered: (() => void)[] = [];

  constructor(host: Host, outside: OutsidePorts) {
    this.host = host;
    this.#outside = outside;
    this.storage = new OrderStorage(host.storage.sql);
    this.history = new OrderHistory(host.storage.sql);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.outbox = new Outbox<Payload>(
      host.storage,
      host.clock,
      { deliver: (effect) => this.#deliver(effect), parked: (effect) => this.#parked(effect) },
      { deliveryTimeoutMs: EFFECT_TIMEOUT_MS },
      host,
    );
    this.commands = new Commands(host.storage, host.clock);
    this.ports = {
      ...outside,
      clock: host.clock,
      chance: host,
      newLine: (customerId) => this.newLine(customerId),
      record: (event) => void this.apply(event, 'record'),
    };
    if (this.storage.exists()) migrateObject(host.storage, ORDER_MIGRATIONS);
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.storage.exists()) return;
    let forget = false;
    await this.#alarms.ring({
      outbox: () => this.drain(),
      deadline: () => this.#deadline(),
      listeners: () => {
        const next = this.#outside.expireListeners?.() ?? null;
        if (next !== null) this.#alarms.setNoLaterThan('listeners', next);
      },
      forget: () => {
        forget = true;
      },
    });
    if (forget) await this.host.storage.deleteAll();
  }

  /** Someone follows the order until then. */
  listenedUntil(at: number): void {
    this.#alarms.setNoLaterThan('listeners', at);
  }

  /** The order as the API shows it now; null when it does not exist for anybody. */
  show(document: OrderDocument, viewer: Viewer): PublicOrder | null {
    return publicOrder(document, viewer, this.host.clock.now());
  }

  /** The instance's id tells where it will lie: with what else its customer owns. */
  newLine(customerId: string): LineIds {
    const lineId = this.host.newId('line');
    const instanceId = idBeside(this.host.newId('instance'), customerId);
    return { lineId, instanceId, workflowId: `provision-${lineId}` };
  }

  /** False when there is no order for it. `eventId` makes a repeat of the message do nothing. */
  fact(event: OrderEvent, requestId: string, eventId: string | null): boolean {
    const known = this.host.storage.transactionSync(() => {
      const document = this.document();
      if (document === null || document.state === 'rejected') return false;
      if (eventId !== null && this.storage.wasApplied(eventId)) return true;
      const outcome = this.apply(event, requestId);
      // One that changed nothing may come too early: its repeat must still count.
      const counted = outcome !== null && (outcome.changed || outcome.intents.length > 0);
      if (eventId !== null && counted) this.storage.markApplied(eventId, event.at);
      return true;
    });
    if (known) this.host.waitUntil(this.drain());
    return known;
  }

  #deadline(): void {
    const document = this.document();
    const deadline = document === null ? null : deadlineOf(document);
    if (deadline === null) return;
    const now = this.host.clock.now();
    if (deadline.at > now) this.#alarms.set('deadline', deadline.at);
    else this.apply({ type: deadline.event, at: now }, 'deadline');
    this.host.waitUntil(this.drain());
  }

  /** Moves the machine; one transaction. Null when there is no order. */
  apply(event: OrderEvent, requestId: string): Outcome | null {
    return this.host.storage.transactionSync(() => {
      const document = this.document();
      if (document === null) return null;
      const outcome = transition(document, event);
      this.#outside.watch?.(event, outcome);
      if (outcome.changed) {
        const origin = originOfChange(event, document, outcome.document);
        this.history.add(document, outcome.document, { at: event.at, ...origin });
      }
      if (outcome.allowed) {
        if (isAskedNoMore(document, outcome.document, event)) this.#takeUp(event, outcome.intents);
        this.keep(outcome, event.at, requestId);
      }
      return outcome;
    });
  }

  /** Keeps the document as it is given and shows it in lists: for what no event of the machine brought about. */
  replace(document: OrderDocument, requestId: string): void {
    const at = document.updatedAt;
    const effect: EffectStep = { step: 'project' };
    const shown =
      listingOf(document) === null
        ? []
        : [{ key: `project:${document.version}`, lane: 'projection', effect }];
    this.keep({ document, changed: true, allowed: true, intents: shown, notes: [] }, at, requestId);
  }

  keep(outcome: Outcome, at: number, requestId: string): void {
    const { document, changed, intents, notes } = outcome;
    if (changed) this.storage.saveDocument(document);
    this.storage.addNotes(notes, document, at);
    if (changed) this.#outside.changed?.();
    if (listingOf(document) !== null) this.register(requestId);
    for (const { key, lane, effect, notBefore } of intents) {
      if (effect.step === 'project') this.outbox.settleLane(lane);
      this.outbox.add({ key, lane, payload: { step: effect, requestId } }, notBefore);
    }
    if (intents.length > 0) this.#alarms.setNoLaterThan('outbox', at + CRASH_NET_MS);
    const deadline = deadlineOf(document);
    if (deadline === null) this.#alarms.clear('deadline');
    else if (this.#alarms.get('deadline') !== deadline.at) this.#alarms.set('deadline', deadline.at);
    if (document.state === 'rejected') this.#alarms.set('forget', at + REFUSED_KEPT_MS);
    if (isPlaced(document)) {
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /**
   * What was given up is tried again, unless newer steps stand for it; what a person settled is not, nor what goes on under
   * another key already: a mail would be sent twice.
   */
  #takeUp({ type }: OrderEvent, intents: readonly Intent[]): void {
    this.outbox.unpark(
      ({ step }) =>
        (type === 'operator.resolved' && !OWED_ANYWAY.has(step.step)) ||
        TOLD.has(step.step) ||
        intents.some(({ effect }) => supersedes(effect, step)),
    );
  }

  /** Writes down what an edit is about to take, so that it goes back whatever becomes of the edit. */
  beginEdit(step: UndoStep, requestId: string): void {
    const at = this.host.clock.now() + EDIT_GIVEN_UP_MS;
    this.host.storage.transactionSync(() => {
      this.outbox.add(undoEffect(step, requestId), at);
      this.#alarms.setNoLaterThan('outbox', at);
    });
    this.#edits.add(step.editId);
  }

  isEditOn(editId: string): boolean {
    return this.#edits.has(editId);
  }

  /** What it took is the order's: call inside the transaction that writes it. */
  editWritten({ editId }: UndoStep): void {
    this.#edits.delete(editId);
    this.outbox.settle(undoKey(editId));
  }

  /** What it took goes back now; a request of it may have come after it went back once. */
  editGivenUp(step: UndoStep, requestId: string): void {
    const wasOn = this.#edits.delete(step.editId);
    if (wasOn) this.outbox.hasten(undoKey(step.editId));
    else this.outbox.add(undoEffect(step, requestId, ':again'));
    this.host.waitUntil(this.drain());
  }

  async #deliver(effect: OutboxEffect<Payload>): Promise<() => void> {
    const { key, payload } = effect;
    const document = this.document();
    if (document === null) return () => {};
    if (!isWanted(document, payload.step)) return () => this.#unwanted(effect);
    const { requestId } = payload;
    const { step } = payload;
    if (step.step === 'edit.undo') this.#edits.delete(step.editId);
    const events = await logWork({ system: 'purchase', work: `order ${step.step}`, requestId }, () =>
      deliverEffect(this.ports, document, { key, step, call: { requestId } }),
    );
    return () => {
      for (const event of events) this.apply(event, requestId);
      if (step.step !== 'register') return;
      for (const resolve of this.#unregistered.splice(0)) resolve();
    };
  }

  /**
   * What is not done about money may be wanted again, by the same name: what is due on one payment comes and goes with what
   * another gives. Meanwhile it may have been.
   */
  #unwanted(effect: OutboxEffect<Payload>): void {
    if (!effect.payload.step.step.startsWith('payment.')) return;
    this.outbox.forget(effect.key);
    const document = this.document();
    if (document !== null && isWanted(document, effect.payload.step)) this.outbox.add(effect);
  }

  #parked({ key, lane, payload, lastError }: ParkedEffect<Payload>): void {
    const { step } = payload.step;
    log.error('effect parked', { requestId: payload.requestId, effect: key, lastError });
    if (REPEATED_FOR_EVER.has(step) || isLateLook(payload.step) || this.#isOver()) {
      const at = this.host.clock.now() + TRY_AGAIN_MS;
      const [first] = key.split(AGAIN);
      this.outbox.add({ key: `${first}${AGAIN}${at}`, lane, payload }, at);
      if (TOLD.has(step)) this.outbox.settle(key);
    } else {
      this.apply(
        { type: 'effect.parked', step, error: lastError, at: this.host.clock.now() },
        payload.requestId,
      );
    }
  }

  /** It is left to itself: no person would be asked about a step that others still wait for. */
  #isOver(): boolean {
    const document = this.document();
    if (document === null) return false;
    const { terminal, on } = specOf(document.state);
    return terminal === true && on['effect.parked'] === undefined;
  }

  async drain(): Promise<void> {
    await this.outbox.drain();
    if (!this.storage.exists()) return;
    const next = this.outbox.nextDueAt();
    if (next === null) this.#alarms.clear('outbox');
    else this.#alarms.set('outbox', next);
  }

  /** From the moment anybody can know of the order; one that was placed before there was a directory catches up. */
  register(requestId: string): void {
    this.outbox.add({ ...REGISTRATION, payload: { step: { step: 'register' }, requestId } });
  }

  /** Nobody is told of an order that could not be found again. */
  isRegistered(): boolean {
    const document = this.document();
    return (
      document === null ||
      listingOf(document) === null ||
      this.outbox.isDone(REGISTRATION.key, `${REGISTRATION.key}${AGAIN}*`)
    );
  }

  whenPlaced(): Promise<void> {
    const document = this.document();
    if (document !== null && isPlaced(document)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  whenRegistered(): Promise<void> {
    if (this.isRegistered()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#unregistered.push(resolve);
    });
  }

  document(): OrderDocument | null {
    return this.storage.exists() ? this.storage.document() : null;
  }
}

type UndoStep = Extract<EffectStep, { step: 'edit.undo' }>;
const undoKey = (editId: string): string => `edit.undo:${editId}`;
const undoEffect = (step: UndoStep, requestId: string, again = ''): OutboxEffect<Payload> => ({
  key: `${undoKey(step.editId)}${again}`,
  lane: undoKey(step.editId),
  payload: { step, requestId },
});
