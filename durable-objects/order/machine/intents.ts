import type { PublicEvent } from '#shared/contracts/order-events.ts';
import { assertNever } from '#shared/domain/result.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { effectiveState, type OrderDocument, type State, waitingLines } from './document.ts';
import type { OrderEvent } from './events.ts';

/** Longer than closing an unpaid order takes, so that its stock is never sold twice meanwhile. */
export const HOLD_GRACE_MS = 120 * SECOND_MS;
const PAYMENT_NUDGE_MS = 5 * MINUTE_MS;
/** A line that has not been told of for this long is commanded again; repeats are told the result once more. */
const LINES_NUDGE_AFTER_MS = 30 * SECOND_MS;
const LINES_NUDGE_SLOT_MS = MINUTE_MS;
/** Before a step is asked for again that the provider refused; doubles with each refusal. */
const REFUSED_DELAY_MS = SECOND_MS;

/** One mail to the customer, see announcements.ts. The numbers and names are of the event; the rest is read from the order. */
export interface MailStep {
  step: 'mail';
  /** Unique in the order: the provider drops what it has under this name already. */
  id: string;
  mail: MailKind;
  /** Of `part_delivered`: what was handed over. */
  lineIds?: string[];
  /** Of `part_refunded`: minor units. */
  amount?: number;
}
/** `reserved`: what is paid is held and charged later; `paid`: it was charged at once. */
export type MailKind =
  | 'placed'
  | 'reserved'
  | 'paid'
  | 'pay_again'
  | 'part_delivered'
  | 'delivered'
  | 'cancelled'
  | 'part_refunded'
  | 'refunded';

/** What an effect does, as plain data. The shell delivers it at least once. */
export type EffectStep =
  | { step: 'price' }
  | { step: 'stock.hold'; sku: string; expiresAt: number }
  | { step: 'stock.commit'; sku: string }
  | { step: 'stock.return'; sku: string }
  | { step: 'payment.create' }
  | { step: 'payment.fetch'; paymentId: string }
  | { step: 'payment.close' }
  | { step: 'payment.capture' }
  | { step: 'payment.void' }
  | { step: 'payment.refund' }
  | { step: 'lines.provision'; lineIds: string[] }
  | { step: 'lines.activate'; lineIds: string[] }
  | { step: 'lines.deprovision'; lineIds: string[] }
  | MailStep
  /** Waits until deliveries have gathered for one mail. */
  | { step: 'mails.gather' }
  | { step: 'publish'; event: PublicEvent }
  | { step: 'project' };

/** `key` is unique in the order; effects of one `lane` go out one after the other. */
export interface Intent {
  key: string;
  lane: string;
  effect: EffectStep;
  /** Epoch milliseconds; at once when absent. */
  notBefore?: number;
}

type IntentBuilder = (draft: OrderDocument, event: OrderEvent) => Intent[];

/** What a state or row of the table asks for. A builder notes in `draft` what it asked for, so that it asks once. */
export const INTENTS = {
  price: (draft) => [intent(draft, 'price', 'main', { step: 'price' })],
  holdStock: (draft) => {
    const expiresAt = holdUntilDue(draft);
    return claims(draft, 'wanted').map((sku) => stockIntent(draft, { step: 'stock.hold', sku, expiresAt }));
  },
  /** Holds last as long as the time to pay, when that became longer or shorter. */
  retimeHolds: (draft) => {
    if (draft.holdsUntil === draft.dueAt + HOLD_GRACE_MS) return [];
    const expiresAt = holdUntilDue(draft);
    return claims(draft, 'held').map((sku) =>
      intentAs(`stock.hold:${sku}:of:${draft.version}`, `stock:${sku}`, {
        step: 'stock.hold',
        sku,
        expiresAt,
      }),
    );
  },
  commitStock: (draft) =>
    claims(draft, 'wanted', 'held').map((sku) => stockIntent(draft, { step: 'stock.commit', sku })),
  /** Of a refused claim too: what was refused at the end may have been held before. */
  returnStock: (draft) =>
    claims(draft, 'wanted', 'held', 'committed', 'refused').map((sku) =>
      stockIntent(draft, { step: 'stock.return', sku }),
    ),
  createPayment: (draft, event) => [payment(draft, event, { step: 'payment.create' })],
  fetchPayment: (draft, event) => fetchPayment(draft, event),
  closePayment: (draft, event) => {
    draft.rounds += 1;
    return [payment(draft, event, { step: 'payment.close' })];
  },
  capturePayment: (draft, event) => [payment(draft, event, { step: 'payment.capture' })],
  returnMoney: (draft, event) => returnMoney(draft, event),
  /** Lines on backorder: the stock tells what has arrived for them. */
  askForArrivals: (draft) =>
    draft.stock
      .filter(({ waiting = [] }) => waiting.length > 0)
      .map(({ sku }) =>
        intentAs(`stock.commit:${sku}:of:${draft.version}`, `stock:${sku}`, { step: 'stock.commit', sku }),
      ),
  /** The stock says that units have come, even before its answer to the sale has. */
  askForAllocated: (draft, event) =>
    event.type !== 'stock.allocated'
      ? []
      : draft.stock
          .filter(({ sku, state }) => sku === event.sku && (state === 'held' || state === 'committed'))
          .map(({ sku }) =>
            intentAs(`stock.commit:${sku}:at:${event.at}`, `stock:${sku}`, { step: 'stock.commit', sku }),
          ),
  /** What has arrived since the others were asked for. */
  provisionArrived: (draft) => {
    const waiting = waitingLines(draft);
    const arrived = draft.lines.filter(({ id, state }) => state === 'pending' && !waiting.includes(id));
    for (const line of arrived) {
      line.state = 'provisioning';
      line.detail = 'Waiting to be prepared';
    }
    const lineIds = arrived.map((line) => line.id);
    return lineIds.length === 0
      ? []
      : [intentAs(`lines.provision:of:${draft.version}`, 'lines', { step: 'lines.provision', lineIds })];
  },
  provisionLines: (draft) => {
    const waiting = waitingLines(draft);
    for (const line of draft.lines.filter(({ id, state }) => state === 'pending' && waiting.includes(id))) {
      line.detail = 'Waiting for units on backorder';
    }
    const pending = draft.lines.filter(
      ({ id, state }) => (state === 'pending' && !waiting.includes(id)) || state === 'provisioning',
    );
    for (const line of pending.filter((candidate) => candidate.state === 'pending')) {
      line.state = 'provisioning';
      line.detail = 'Waiting to be prepared';
    }
    return linesIntent(
      draft,
      'lines.provision',
      pending.map((line) => line.id),
    );
  },
  activateLines: (draft) =>
    linesIntent(
      draft,
      'lines.activate',
      draft.lines.filter((line) => line.state === 'provisioned').map((l) => l.id),
    ),
  deprovisionLines: (draft) => {
    const started = draft.lines.filter((line) => line.state !== 'pending' && line.state !== 'undone');
    for (const line of started) {
      line.state = 'undoing';
      line.detail = 'Being taken back';
    }
    return linesIntent(
      draft,
      'lines.deprovision',
      started.map((line) => line.id),
    );
  },
  /** A line reported ready after it was taken back: take it back again. Tolerates repeats. */
  deprovisionAgain: (draft, event) =>
    event.type === 'line.provisioned' && lineIs(draft, event.lineId, 'undone')
      ? [
          intent(draft, `lines.deprovision:again:${event.lineId}`, 'lines', {
            step: 'lines.deprovision',
            lineIds: [event.lineId],
          }),
        ]
      : [],
  closeLines: (draft) => {
    for (const line of draft.lines.filter((candidate) => candidate.state === 'pending')) {
      line.state = 'undone';
      line.detail = 'Not delivered';
    }
    return [];
  },
  nudge: (draft, event) => nudge(draft, event),
} as const satisfies Record<string, IntentBuilder>;
export type IntentName = keyof typeof INTENTS;

/** Is the effect still what the order wants? Asked just before acting: an effect is a wake-up call, the document the truth. */
export function isWanted(document: OrderDocument, effect: EffectStep): boolean {
  const state = effectiveState(document);
  switch (effect.step) {
    case 'price':
      return state === 'pricing';
    case 'stock.hold':
      return state === 'holding' || state === 'awaiting_payment';
    case 'stock.commit':
      return state === 'authorised' || state === 'provisioning';
    case 'stock.return':
      return state === 'returning_stock';
    case 'payment.create':
      return state === 'requesting_payment';
    case 'payment.close':
      return state === 'closing';
    case 'payment.capture':
      return state === 'capturing';
    case 'payment.void':
    case 'payment.refund':
      return state === 'returning_money';
    case 'lines.provision':
      return state === 'provisioning';
    case 'lines.activate':
      return state === 'activating';
    case 'lines.deprovision':
    case 'payment.fetch':
    case 'mails.gather':
    case 'publish':
    case 'project':
      return true;
    case 'mail':
      return (
        effect.mail !== 'pay_again' || (state === 'awaiting_payment' && document.payment.status === 'open')
      );
    default:
      return assertNever(effect);
  }
}

/** Does the newer effect stand for the older one as well, so that the older need not be tried any more? */
export function supersedes(newer: EffectStep, older: EffectStep): boolean {
  if (newer.step !== older.step) return false;
  if ('sku' in newer && 'sku' in older) return newer.sku === older.sku;
  if (newer.step === 'mail' || newer.step === 'publish')
    return JSON.stringify(newer) === JSON.stringify(older);
  if ('lineIds' in newer && 'lineIds' in older) {
    return older.lineIds.every((lineId) => newer.lineIds.includes(lineId));
  }
  return true;
}

/** The next step on the way back of the money, asked for once until it is answered. */
function returnMoney(draft: OrderDocument, event: OrderEvent): Intent[] {
  const ledger = draft.payment;
  if (ledger.status === 'captured') {
    if (ledger.refunded >= ledger.captured || ledger.returning === 'refund') return [];
    draft.rounds += 1;
    ledger.returning = 'refund';
    return [payment(draft, event, { step: 'payment.refund' })];
  }
  // A payment under way cannot be voided: what becomes of it arrives as an event.
  if (ledger.status === 'voided' || ledger.status === 'processing' || ledger.returning === 'void') return [];
  draft.rounds += 1;
  ledger.returning = 'void';
  return [payment(draft, event, { step: 'payment.void' })];
}

function fetchPayment(draft: OrderDocument, event: OrderEvent): Intent[] {
  if (event.type !== 'payment.notified') return [];
  const paymentId = draft.payment.paymentId ?? event.paymentId;
  return [intentAs(`payment.fetch:${event.eventId}`, 'payment', { step: 'payment.fetch', paymentId })];
}

/** Asks again for what an order waits for; the key carries the time slot, so that many nudges ask once. */
function nudge(draft: OrderDocument, event: OrderEvent): Intent[] {
  const outstanding = NUDGED_LINES[draft.state];
  if (outstanding !== undefined) {
    const lineIds = draft.lines.filter((line) => line.state === outstanding.lines).map((line) => line.id);
    const slot = Math.floor(event.at / LINES_NUDGE_SLOT_MS);
    return lineIds.length === 0 || event.at - draft.stageSince < LINES_NUDGE_AFTER_MS
      ? []
      : [intentAs(`${outstanding.step}:nudge:${slot}`, 'lines', { step: outstanding.step, lineIds })];
  }
  const { paymentId } = draft.payment;
  if (paymentId === null) return [];
  const slot = Math.floor(event.at / PAYMENT_NUDGE_MS);
  return [intentAs(`payment.fetch:nudge:${slot}`, 'payment', { step: 'payment.fetch', paymentId })];
}

const NUDGED_LINES: Partial<
  Record<State, { step: 'lines.provision' | 'lines.activate' | 'lines.deprovision'; lines: string }>
> = {
  provisioning: { step: 'lines.provision', lines: 'provisioning' },
  activating: { step: 'lines.activate', lines: 'provisioned' },
  undoing_lines: { step: 'lines.deprovision', lines: 'undoing' },
};

function holdUntilDue(draft: OrderDocument): number {
  draft.holdsUntil = draft.dueAt + HOLD_GRACE_MS;
  return draft.holdsUntil;
}

const claims = (draft: OrderDocument, ...states: string[]): string[] =>
  draft.stock.filter((claim) => states.includes(claim.state)).map((claim) => claim.sku);
const lineIs = (draft: OrderDocument, lineId: string, state: string): boolean =>
  draft.lines.some((line) => line.id === lineId && line.state === state);

const intentAs = (key: string, lane: string, effect: EffectStep): Intent => ({ key, lane, effect });
/** A repeat of a step, after an operator's retry for instance, has a key of its own. */
const intent = (draft: OrderDocument, key: string, lane: string, effect: EffectStep): Intent =>
  intentAs(draft.rounds === 0 ? key : `${key}#${draft.rounds}`, lane, effect);
const stockIntent = (draft: OrderDocument, effect: Extract<EffectStep, { sku: string }>): Intent =>
  intent(draft, `${effect.step}:${effect.sku}`, `stock:${effect.sku}`, effect);
function payment(draft: OrderDocument, event: OrderEvent, effect: EffectStep): Intent {
  const asked = intent(draft, effect.step, 'payment', effect);
  const { refusals } = draft.payment;
  draft.payment.asking = asked.key;
  return refusals === 0 ? asked : { ...asked, notBefore: event.at + REFUSED_DELAY_MS * 2 ** (refusals - 1) };
}
const linesIntent = (
  draft: OrderDocument,
  step: 'lines.provision' | 'lines.activate' | 'lines.deprovision',
  lineIds: string[],
): Intent[] => (lineIds.length === 0 ? [] : [intent(draft, step, 'lines', { step, lineIds })]);
