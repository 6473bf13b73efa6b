import {
  eventLineSchema,
  eventOrderHeadSchema,
  type PublicEvent,
  type PublicEventType,
} from '#shared/contracts/order-events.ts';
import type { Order, OrderState } from '#shared/contracts/http/orders.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import type { ReturnCase, ReturnState } from './after-sale/records.ts';
import type { OrderDocument, Refund } from './document.ts';
import type { OrderEvent } from './events.ts';
import { capturedOf, isUndone, outsideOf, refundedOf } from './money.ts';
import { accessMails, disputeNews, notices, refundedOutsideNow } from './money-news.ts';
import type { Note } from './notes.ts';
import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import type { Intent, MailStep } from './intents.ts';
import { publicOrder } from './view.ts';

/** Lines handed over one after the other are told of in one mail when they come within this time. */
const GATHER_MS = MINUTE_MS;
const EVENT_TITLE_MAX = 100;

/** States in which an order stands for its customer: placed, and neither being undone nor ended without a delivery. */
const STANDING: ReadonlySet<OrderState> = new Set([
  'awaiting_payment',
  'in_review',
  'provisioning',
  'capturing',
  'completed',
]);

/** Nothing is being prepared for it yet. */
const BEFORE_PAID: ReadonlySet<OrderState> = new Set(['awaiting_payment', 'in_review']);

interface Step {
  before: OrderDocument;
  after: OrderDocument;
  order: Order;
  /** Said of this order before, once each. */
  said: (type: PublicEventType) => boolean;
}

/**
 * What one step of the machine gives to tell: public events for merchants and mails for the customer. Computed from the
 * difference the step made, so that it does not matter along which way of the table an order got there, and noted in
 * `draft`, so that what happens once is told once.
 */
export function announce(
  before: OrderDocument,
  draft: OrderDocument,
  event: OrderEvent,
  notes: readonly Note[],
): Intent[] {
  const order = publicOrder(draft, { as: 'operator' }, event.at);
  if (order === null) return [];
  const told = draft.announced;
  const step: Step = { before, after: draft, order, said: (type) => told.once.includes(type) };
  const mails = [...mailsOf(step), ...mailsAfterSale(step, event), ...accessMails(before, draft)];
  const own = orderEvents(step);
  const news = [
    ...own.filter(({ type }) => BEGINNINGS.has(type)),
    ...changeEvents(step, notes),
    ...noteEvents(step, notes),
    ...returnEvents(step),
    ...moneyEvents(step),
    ...own.filter(({ type }) => !BEGINNINGS.has(type)),
  ];
  if (mails.some(({ mail }) => mail === 'refunded') && !told.once.includes(REFUNDED_MAIL))
    told.once.push(REFUNDED_MAIL);
  const published = news.map(({ type, data }): PublicEvent => {
    if (ONCE.has(type)) told.once.push(type);
    told.events += 1;
    return { type, sequence: told.events, at: event.at, data };
  });
  return [
    ...published.map((one) => publishIntent(one)),
    ...mails.map((mail) => mailIntent(mail)),
    ...notices(before, draft),
    ...gather(step, event),
  ];
}

const ONCE: ReadonlySet<PublicEventType> = new Set<PublicEventType>([
  'order.placed',
  'order.paid',
  'order.partially_fulfilled',
  'order.completed',
  'order.cancelled',
  'order.refunded',
]);

/** Stands beside the events that happen once. */
const REFUNDED_MAIL = 'mail:refunded';

/** Told before what happened to the order's parts in the same step; where that led the order is told after it. */
const BEGINNINGS: ReadonlySet<PublicEventType> = new Set<PublicEventType>(['order.placed', 'order.paid']);

type Told = Pick<PublicEvent, 'type' | 'data'>;

function orderEvents(step: Step): Told[] {
  const { before, after, order } = step;
  const types: PublicEventType[] = [];
  if (isPlaced(step)) types.push('order.placed');
  if (isPaid(step)) types.push('order.paid');
  if (isPartlyDelivered(step)) types.push('order.partially_fulfilled');
  if (before.state !== after.state) {
    if (after.state === 'completed') types.push('order.completed');
    // Nobody was told of an order that never stood.
    if (after.state === 'cancelled' && after.announced.events > 0) types.push('order.cancelled');
    if (after.state === 'refunded') types.push('order.refunded');
    if (after.state === 'needs_operator') types.push('order.needs_operator');
    if (after.state === 'in_review') types.push('order.in_review');
  }
  const data = { order: { ...headOf(order), lines: order.lines.map(lineOf) } };
  return types.filter((type) => !step.said(type)).map((type) => ({ type, data }));
}

const CHANGES: ReadonlySet<string> = new Set(['order.edited', 'line.cancelled']);

function changeEvents({ order }: Step, notes: readonly Note[]): Told[] {
  if (!notes.some(({ type }) => CHANGES.has(type))) return [];
  return [{ type: 'order.updated', data: { order: { ...headOf(order), lines: order.lines.map(lineOf) } } }];
}

function moneyEvents({ before, after, order }: Step): Told[] {
  const head = headOf(order);
  const disputes = disputeNews(before, after).flatMap(({ type, dispute }): Told[] => {
    const shown = order.disputes.find(({ id }) => id === dispute.disputeId);
    return shown === undefined ? [] : [{ type, data: { order: head, dispute: shown } }];
  });
  const outside = refundedOutsideNow(before, after);
  if (outside === 0) return disputes;
  const money = (amount: number) => ({ amount, currency: order.currency });
  const refund = { amount: money(outside), refundedTotal: money(refundedOf(after)) };
  return [...disputes, { type: 'order.refunded_outside', data: { order: head, refund } }];
}

const RETURN_EVENTS: Partial<Record<ReturnState, PublicEventType>> = {
  requested: 'return.requested',
  approved: 'return.approved',
  rejected: 'return.rejected',
  withdrawn: 'return.withdrawn',
  received: 'return.received',
  refunded: 'return.refunded',
  exchanged: 'return.exchanged',
};

/** Returns that came to another state; goods that could not be replaced arrived before. */
function returnsMoved({ before, after }: Pick<Step, 'before' | 'after'>): ReturnCase[] {
  return after.returns.filter(({ id, state }) => {
    const was = before.returns.find((one) => one.id === id)?.state;
    return was !== state && !(was === 'exchanging' && state === 'received');
  });
}
const lastWords = ({ steps }: ReturnCase): string => steps.at(-1)?.why ?? '';

function returnEvents(step: Step): Told[] {
  const order = headOf(step.order);
  return returnsMoved(step).flatMap(({ id, state, wish, lines, refundId, exchange, steps }): Told[] => {
    const type = RETURN_EVENTS[state];
    if (type === undefined) return [];
    const exchangeOrderId = exchange?.orderId ?? null;
    const reason = steps.at(-1)?.why ?? '';
    return [{ type, data: { order, return: { id, state, wish, lines, refundId, exchangeOrderId, reason } } }];
  });
}

/** What went back in this step, refund by refund, as the notes tell of them. */
function refundsMade({ before, after }: Step): number[] {
  const own = ownRefundsMade({ before, after }).map(({ amount }) => amount);
  const outside = outsideOf(after) - outsideOf(before);
  return outside > 0 ? [...own, outside] : own;
}

const ownRefundsMade = ({ before, after }: Pick<Step, 'before' | 'after'>): Refund[] =>
  after.refunds.filter(({ id, state }) => {
    const was = before.refunds.find((one) => one.id === id)?.state ?? 'asked';
    return was === 'asked' && (state === 'pending' || state === 'made');
  });

/** Names what went back in a step: a refund that came back and is made again is no other one. */
function refundsName(step: Step): string {
  const { refunds } = step.after;
  const first = (id: string): string => {
    const former = refunds.find(({ renewedAs }) => renewedAs === id);
    return former === undefined ? id : first(former.id);
  };
  const own = ownRefundsMade(step).map(({ id }) => first(id));
  return [...own, ...(own.length === 0 ? [outsideOf(step.after)] : [])].join('+');
}

function noteEvents(step: Step, notes: readonly Note[]): Told[] {
  const { before, after, order } = step;
  const head = headOf(order);
  const amounts = refundsMade(step);
  let total = refundedOf(before);
  const money = (amount: number) => ({ amount, currency: order.currency });
  return notes.flatMap(({ type, lineId }): Told[] => {
    const line = order.lines.find((candidate) => candidate.id === lineId);
    switch (type) {
      case 'line.activated':
      case 'line.failed': {
        if (line === undefined) return [];
        const told = type === 'line.activated' ? 'line.delivered' : 'line.failed';
        return [{ type: told, data: { order: head, line: { ...lineOf(line), detail: line.detail } } }];
      }
      case 'payment.failed':
        return [
          {
            type,
            data: { order: head, payment: { message: (after.payment.lastError ?? '').slice(0, 1000) } },
          },
        ];
      case 'payment.refunded': {
        const amount = amounts.shift() ?? refundedOf(after) - total;
        total += amount;
        const refund = { amount: money(amount), refundedTotal: money(total) };
        return [{ type: 'refund.created', data: { order: head, refund } }];
      }
      default:
        return [];
    }
  });
}

/** The customer's mails. An id is unique in the order: an event is told once, whatever is repeated. */
function mailsOf(step: Step): MailStep[] {
  const { before, after, order } = step;
  const mails: MailStep[] = [];
  const add = (id: string, mail: MailKind, more: Omit<MailStep, 'step' | 'id' | 'mail'> = {}): void =>
    void mails.push({ step: 'mail', id, mail, ...more });
  if (isPlaced(step)) add('placed', 'placed');
  if (isPaid(step) && after.total > 0) {
    add('paid', after.payment.status === 'captured' ? 'paid' : 'reserved');
  }
  if (before.state !== after.state) {
    if (after.state === 'in_review') add(`in_review:${after.fraud?.review?.since ?? 0}`, 'in_review');
    if (after.state === 'completed') add('delivered', 'delivered');
    // An order that never stood was already refused in the reply to placing it.
    if (after.state === 'cancelled' && step.said('order.placed')) add('cancelled', 'cancelled');
    if (after.state === 'refunded') {
      // A person may end an order so that nobody paid: that is told once, also when a late payment is undone later.
      if (capturedOf(after) > 0) add('refunded', 'refunded');
      else add('cancelled', 'cancelled');
    }
  }
  const refunded = refundedOf(after);
  const stands = STANDING.has(order.state) || (after.state === 'needs_operator' && !isUndone(after));
  if (refunded > refundedOf(before) && (stands || isRefundedBeyond(step))) {
    add(`part_refunded:${refundsName(step)}`, 'part_refunded', { amount: refunded - refundedOf(before) });
  }
  const { verification = null } = after.payment;
  if (verification !== null && verification.since !== before.payment.verification?.since) {
    if (isAwaitingPayment(after)) add(`verify_account:${verification.since}`, 'verify_account');
  } else if (needsCustomer(before, after)) add('confirm_payment', 'confirm_payment');
  if (isAskedAgain(before, after) && after.payment.status === 'open' && isAwaitingPayment(after)) {
    add(`pay_again:${before.version}`, 'pay_again');
  }
  const { renewal } = after;
  if (renewal?.status === 'open' && before.renewal?.status !== 'open') {
    add(`renew:${renewal.attempt}`, 'renew', { amount: renewal.amount });
  }
  return mails;
}

/** Its end was mailed of with what had gone back by then; one made again in place of another was part of that. */
function isRefundedBeyond(step: Step): boolean {
  const { before, after } = step;
  const isFirst = ({ id }: Refund): boolean => after.refunds.every(({ renewedAs }) => renewedAs !== id);
  return (
    after.announced.once.includes(REFUNDED_MAIL) &&
    (ownRefundsMade(step).some(isFirst) || outsideOf(after) > outsideOf(before))
  );
}

/** The method the customer had kept was not charged: his bank asks him, or it was declined. */
const needsCustomer = (before: OrderDocument, after: OrderDocument): boolean =>
  before.payment.status === 'none' &&
  after.payment.status === 'open' &&
  after.payment.attempt === 1 &&
  after.request.paymentMethodId !== undefined &&
  isAwaitingPayment(after);

/**
 * The payment under way failed, or did not hold the order's amount and gave way to another one, or the customer's account
 * was not verified.
 */
const isAskedAgain = ({ payment, formerPayments }: OrderDocument, after: OrderDocument): boolean =>
  payment.status === 'processing' ||
  (payment.status === 'none' && formerPayments.length > 0) ||
  ((payment.verification ?? null) !== null &&
    (after.payment.verification ?? null) === null &&
    after.payment.lastError !== null);

/** What somebody decided about an order that stands. */
function mailsAfterSale(step: Step, event: OrderEvent): MailStep[] {
  const mails: MailStep[] = returnsMoved(step).flatMap((moved): MailStep[] => {
    const { id, state, lines } = moved;
    if (state !== 'approved' && state !== 'rejected') return [];
    const units = Object.fromEntries(lines.map(({ lineId, quantity }) => [lineId, quantity]));
    const about = { units, lineIds: Object.keys(units), text: lastWords(moved) };
    const mail = state === 'approved' ? 'return_approved' : 'return_declined';
    return [{ step: 'mail', id: `${mail}:${id}`, mail, ...about }];
  });
  if (event.type === 'order.edited') {
    mails.push({ step: 'mail', id: `changed:${step.before.version}`, mail: 'changed' });
  }
  if (event.type === 'note.added' && event.visible && event.by.kind === 'operator') {
    mails.push({ step: 'mail', id: `message:${event.noteId}`, mail: 'message', text: event.text });
  }
  return mails;
}

const isPlaced = ({ order, said }: Step): boolean => STANDING.has(order.state) && !said('order.placed');
const isPaid = ({ order, said }: Step): boolean =>
  STANDING.has(order.state) && !BEFORE_PAID.has(order.state) && !said('order.paid');
const isAwaitingPayment = ({ state }: OrderDocument): boolean => state === 'awaiting_payment';

/** While everything is handed over together, the lines that follow in a moment are no part delivery. */
const isPartlyDelivered = ({ after, said }: Step): boolean =>
  !said('order.partially_fulfilled') &&
  after.delivery === 'as_ready' &&
  after.lines.some((line) => line.state === 'delivered') &&
  after.lines.some((line) => line.state !== 'delivered' && line.state !== 'undone');

/** Lines handed over before the rest, that no mail was planned for yet: gathered for a moment, then told in one mail. */
function gather(step: Step, event: OrderEvent): Intent[] {
  const { before, after } = step;
  const told = after.announced;
  if (event.type === 'mails.gathered') {
    const lineIds = untold(after);
    if (lineIds.length === 0 || after.state === 'completed') return [];
    const id = `part_delivered:${told.lines.length}`;
    told.lines.push(...lineIds);
    return [mailIntent({ step: 'mail', id, mail: 'part_delivered', lineIds })];
  }
  const fresh = untold(after).length > untold(before).length;
  if (!fresh || after.delivery === 'together' || after.state === 'completed') return [];
  return [
    {
      key: `mails.gather:${told.lines.length}`,
      lane: 'gather',
      effect: { step: 'mails.gather' },
      notBefore: event.at + GATHER_MS,
    },
  ];
}

const untold = ({ lines, announced }: OrderDocument): string[] =>
  lines
    .filter((line) => line.state === 'delivered' && !announced.lines.includes(line.id))
    .map((line) => line.id);

const publishIntent = (event: PublicEvent): Intent => ({
  key: `publish:${event.sequence}`,
  lane: 'publish',
  effect: { step: 'publish', event },
});
const mailIntent = (effect: MailStep): Intent => ({ key: `mail:${effect.id}`, lane: 'mail', effect });

const headShape = Object.keys(eventOrderHeadSchema.shape) as (keyof typeof eventOrderHeadSchema.shape)[];
const lineShape = Object.keys(eventLineSchema.shape) as (keyof typeof eventLineSchema.shape)[];

/** By the contract's own list of members, so that nothing new in an order leaves the shop unnoticed. */
const headOf = (order: Order) => pick(order, headShape);
const lineOf = (line: Order['lines'][number]) => ({
  ...pick(line, lineShape),
  title: line.title.slice(0, EVENT_TITLE_MAX),
  variantTitle: line.variantTitle.slice(0, EVENT_TITLE_MAX),
});

const pick = <Whole extends object, Key extends keyof Whole>(
  whole: Whole,
  keys: readonly Key[],
): Pick<Whole, Key> => Object.fromEntries(keys.map((key) => [key, whole[key]])) as Pick<Whole, Key>;
