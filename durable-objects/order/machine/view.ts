import { customisationOf } from './bundles.ts';
import { buyerIn } from './buyer.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { linePrice, orderPrice } from '#shared/contracts/http/price.ts';
import { DAY_MS, HOUR_MS, rfc3339 } from '#shared/time/time.ts';
import { languageOf } from '#shared/domain/locale.ts';
import { verifyingMs } from '#shared/domain/payment-methods.ts';
import type { Money } from '#shared/money/money.ts';
import {
  actionsAfterSale,
  lineAfterSale,
  publicNotes,
  publicRefunds,
  publicReturns,
} from './after-sale/view.ts';
import { disputesOf } from './disputes.ts';
import {
  type Bundle,
  declineIn,
  type Dispute,
  effectiveState,
  type Ledger,
  type Line,
  PLACING_STATES,
  type OrderDocument,
  shareOf,
} from './document.ts';
import { endAtOf, isRenewable, renewAtOf } from './holds.ts';
import { fulfilmentOf } from './lines.ts';
import { cardsOf, neededOf, paymentStatusOf, providerSumOf } from './money.ts';
import { nextActions, payable } from './next-actions.ts';
import { SUSPENSION_TEXTS } from '#shared/domain/suspension.ts';
import { publicSuspension } from './suspension.ts';
import { specOf } from './table.ts';
import { isPayer, type Viewer } from './viewer.ts';

export type { Viewer } from './viewer.ts';

/** Longest time one step may take before a person looks. */
export const STAGE_DEADLINE_MS = 24 * HOUR_MS;
/** For units on backorder when nobody said when they arrive. */
const BACKORDER_DEADLINE_MS = 30 * DAY_MS;

export interface Deadline {
  event: 'review.due' | 'window.ended' | 'stage.overdue' | 'authorisation.expiring' | 'authorisation.ending';
  /** Epoch milliseconds. */
  at: number;
}

/** Before that it does not exist for anybody. */
export const isPublic = ({ state }: OrderDocument): boolean => specOf(state).public !== null;

/** The order as the API shows it at that time, epoch milliseconds; null when it does not exist for anybody. */
export function publicOrder(document: OrderDocument, viewer: Viewer, at: number): Order | null {
  const state = specOf(document.state).public;
  if (state === null) return null;
  const money = (amount: number): Money => ({ amount, currency: document.currency });
  return {
    id: document.id,
    number: document.number,
    customerId: document.customerId,
    organisationId: buyerIn(document).organisationId,
    placedBy: buyerIn(document).personId,
    version: document.version,
    state,
    reason: publicReason(document, viewer),
    currency: document.currency,
    total: money(document.total),
    price:
      document.pricing === null
        ? null
        : orderPrice(
            document.pricing,
            document.lines.map((line) => line.price),
          ),
    lines: document.lines.map((line) => ({
      id: line.id,
      productId: line.productId,
      variantId: line.variantId,
      sku: line.sku,
      kind: line.kind,
      title: line.title,
      variantTitle: line.variantTitle,
      quantity: line.quantity,
      bundleId: line.bundleId ?? null,
      unitPrice: money(line.price.unitPrice),
      total: money(shareOf(line)),
      price: linePrice(document.currency, line.price),
      customisation: line.customisation,
      state: line.state,
      detail: line.detail,
      instanceId: instanceShown(document, line),
      suspension: suspensionShown(line, viewer),
      ...lineAfterSale(document, line, { viewer, at, money }),
    })),
    bundles: (document.bundles ?? []).map((bundle) => publicBundle(document, bundle, money)),
    shippingAddress: document.request.shippingAddress ?? null,
    delivery: document.delivery,
    fulfilment: fulfilmentOf(document),
    paymentStatus: paymentStatusOf(document),
    refunds: publicRefunds(document, money),
    disputes: disputesOf(document).map((dispute) => publicDispute(dispute, money, viewer)),
    returns: publicReturns(document, viewer),
    notes: publicNotes(document, viewer),
    exchangeOf: document.exchangeOf,
    changeOf: publicChange(document, money),
    payment: publicPayment(document, viewer, money),
    giftCards: cardsOf(document).map(({ ending, authorised, voided, captured, refunded }) => ({
      ending,
      amount: money(authorised - voided),
      captured: money(captured),
      refunded: money(refunded),
    })),
    nextActions: [...nextActions(document, viewer), ...actionsAfterSale(document, viewer, at)],
    createdAt: rfc3339(document.createdAt),
    updatedAt: rfc3339(document.updatedAt),
  };
}

/** What changes an instance leads to that one. */
const instanceShown = ({ changeOf = null }: OrderDocument, line: Line): string | null =>
  line.state === 'pending' ? null : (changeOf?.instanceId ?? line.instanceId);

function publicChange(
  { changeOf = null }: OrderDocument,
  money: (amount: number) => Money,
): Order['changeOf'] {
  if (changeOf === null) return null;
  const { instanceId, kind, covers } = changeOf;
  return {
    instanceId,
    change: kind === 'renew' ? 'renewal' : 'plan',
    covers: covers.map(({ from, to, amount }) => ({
      from: rfc3339(from),
      to: to === null ? null : rfc3339(to),
      amount: money(amount),
    })),
  };
}

function publicBundle(
  document: OrderDocument,
  sold: Bundle,
  money: (amount: number) => Money,
): Order['bundles'][number] {
  const { productVersion: _version, customerLimits: _limits, price, ...bundle } = sold;
  const { currency, lines } = document;
  return {
    ...bundle,
    customisation: customisationOf(document, sold),
    unitPrice: money(price.unitPrice),
    total: money(price.total),
    price: linePrice(currency, price),
    lineIds: lines.filter(({ bundleId }) => bundleId === bundle.id).map(({ id }) => id),
  };
}

function publicDispute(
  { disputeId, amount, stated, state, reason, openedAt, dueBy = null }: Dispute,
  money: (amount: number) => Money,
  viewer: Viewer,
): Order['disputes'][number] {
  return {
    id: disputeId,
    amount: money(amount),
    stated: stated ?? null,
    state,
    reason,
    openedAt: rfc3339(openedAt),
    evidenceDueBy: dueBy === null || viewer.as === 'customer' ? null : rfc3339(dueBy),
  };
}

function suspensionShown(line: Line, { as }: Viewer): Order['lines'][number]['suspension'] {
  const suspension = publicSuspension(line);
  if (suspension === null) return null;
  // Whom we suspect is not told so.
  const code = as === 'customer' && suspension.code === 'fraud_suspected' ? 'by_operator' : suspension.code;
  return { ...suspension, code, text: SUSPENSION_TEXTS[code], since: rfc3339(suspension.since) };
}

export function publicReason(document: OrderDocument, viewer: Viewer): Order['reason'] {
  const { attention, reason } = document;
  if (attention === null) return reason;
  const text = viewer.as === 'operator' ? `${attention.text} (${attention.detail})` : attention.text;
  return { code: attention.code, text };
}

function publicPayment(
  document: OrderDocument,
  viewer: Viewer,
  money: (amount: number) => Money,
): Order['payment'] {
  const { payment } = document;
  const asked = payable(document) ?? payment;
  if (asked.paymentId === null) return null;
  const until = asked === payment ? document.dueAt : (endAtOf(payment) ?? document.dueAt);
  return {
    paymentId: asked.paymentId,
    clientSecret: isPayer(viewer) ? (asked.clientSecret ?? '') : '',
    state: paymentState(document),
    amount: money(asked.amount),
    authorised: money(payment.authorised),
    captured: money(providerSumOf(document, ({ captured }) => captured)),
    refunded: money(providerSumOf(document, ({ refunded }) => refunded)),
    dueAt: rfc3339(until),
    lastError: declineIn(asked, viewer.as === 'customer' ? languageOf(document.request.locale) : 'en'),
    instructions: isPayer(viewer) ? (asked.instructions ?? null) : null,
    verification: isPayer(viewer) ? publicVerification(document, asked) : null,
  };
}

function publicVerification(
  { dueAt }: OrderDocument,
  { verification = null, method }: Ledger,
): NonNullable<Order['payment']>['verification'] {
  if (verification === null) return null;
  const { kind, arrivesAt, url, since } = verification;
  return {
    kind,
    arrivesAt: arrivesAt === null ? null : rfc3339(arrivesAt),
    verifyBefore: rfc3339(Math.min(dueAt, since + verifyingMs(method))),
    url,
  };
}

function paymentState({ payment }: OrderDocument): NonNullable<Order['payment']>['state'] {
  switch (payment.status) {
    case 'none':
    case 'open':
    case 'processing':
      return 'pending';
    case 'authorised':
      return 'authorised';
    case 'captured':
      return payment.refunded >= payment.captured ? 'refunded' : 'captured';
    case 'voided':
      return payment.authorised === 0 && payment.lastError !== null ? 'failed' : 'voided';
  }
}

/** Has placing come to a point worth answering: payable, ended, or waiting for others? */
export const isPlaced = (document: OrderDocument): boolean =>
  ![
    'pricing',
    'screening',
    'holding',
    'repricing',
    'holding_cards',
    'requesting_payment',
    'undoing_lines',
    'returning_money',
    'returning_stock',
  ].includes(document.state);

/** The next deadline of the present state, and which event it is. */
export function deadlineOf(document: OrderDocument): Deadline | null {
  const deadlines = [stateDeadlineOf(document), holdDeadlineOf(document)].filter((one) => one !== null);
  return deadlines.reduce<Deadline | null>(
    (first, one) => (first === null || one.at < first.at ? one : first),
    null,
  );
}

function stateDeadlineOf(document: OrderDocument): Deadline | null {
  const windowEnd: Deadline = { event: 'window.ended', at: document.dueAt };
  if (document.state === 'needs_operator') {
    return PLACING_STATES.has(effectiveState(document)) ? windowEnd : null;
  }
  const rule = specOf(document.state).deadline;
  if (rule === 'review') return reviewDeadlineOf(document);
  if (rule === 'stage') return { event: 'stage.overdue', at: stageEnd(document) };
  return rule === 'window' ? windowEnd : null;
}

function reviewDeadlineOf({ fraud }: OrderDocument): Deadline | null {
  const review = fraud?.review ?? null;
  if (review === null) return null;
  return {
    event: 'review.due',
    at: review.reminded ? review.until : Math.min(review.remindAt, review.until),
  };
}

/** Units on backorder may take until they were expected, and somewhat longer. */
function stageEnd({ stageSince, stock }: OrderDocument): number {
  const expected = stock
    .filter(({ waiting = [] }) => waiting.length > 0)
    .map(({ expectedAt }) => expectedAt ?? stageSince + BACKORDER_DEADLINE_MS);
  return Math.max(stageSince, ...expected) + STAGE_DEADLINE_MS;
}

/** While something waits to be collected from a hold that lapses; also while a person is asked. */
function holdDeadlineOf(document: OrderDocument): Deadline | null {
  const { on } = specOf(effectiveState(document));
  if (on['authorisation.ending'] === undefined || neededOf(document) <= 0) return null;
  const renews = on['authorisation.expiring'] !== undefined && isRenewable(document);
  const at = renews ? renewAtOf(document.payment) : endAtOf(document.payment);
  return at === null ? null : { event: renews ? 'authorisation.expiring' : 'authorisation.ending', at };
}
