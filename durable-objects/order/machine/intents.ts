import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import type { PaymentDispute } from '#shared/contracts/payments.ts';
import type { PublicEvent } from '#shared/contracts/order-events.ts';
import { assertNever } from '#shared/domain/result.ts';
import { claimAllowance, isAllowanceDropped, returnAllowance } from './allowance.ts';
import { effectiveState, type OrderDocument, type PromotionClaim, type State } from './document.ts';
import type { SuspensionReason } from '#shared/domain/suspension.ts';
import type { OrderEvent } from './events.ts';
import { isApplied } from './after-sale/edit.ts';
import type { CardStep } from './after-sale/sold-cards.ts';
import type { Phase } from '../../fraud/face.ts';
import { isSuspected } from './fraud/guards.ts';
import {
  holdForOperator,
  holdWhileVetting,
  openReview,
  remindReviewers,
  screen,
  vet,
} from './fraud/intents.ts';
import { HOLD_GRACE_MS, holdUntil } from './holds.ts';
import { intent, intentAs } from './keys.ts';
import {
  activateLines,
  activateMore,
  activateReleased,
  areLinesNudged,
  closeLines,
  deprovisionAgain,
  deprovisionLines,
  nudgeLines,
  provisionLines,
  provisionMore,
  undoFailed,
} from './line-intents.ts';
import { isAnyKept, unkeptLines } from './lines.ts';
import { capturePlansOf, cardsOf, isCollected, isUndone } from './money.ts';
import { settleByHand } from './resolution.ts';
import {
  askForRest,
  askRenewal,
  captureDue,
  closePayment,
  createPayment,
  dropRenewal,
  fetchPayment,
  holdCards,
  nudgePayments,
  nudgeTouched,
  refundExcess,
  refuseCard,
  releaseCards,
  replacePayment,
  voidFormer,
  voidPayments,
} from './money-intents.ts';
import { passOver, priceAnew, returnDropped } from './passing-over.ts';

/** One mail to the customer, see announcements.ts. The numbers and names are of the event; the rest is read from the order. */
export interface MailStep {
  step: 'mail';
  /** Unique in the order: the provider drops what it has under this name already. */
  id: string;
  /** `reserved`: what is paid is held and charged later; `paid`: it was charged at once. */
  mail: MailKind;
  /** Of `part_delivered`: what was handed over; of a return: what comes back. */
  lineIds?: string[];
  /** Of a return: how many units of each line. */
  units?: Record<string, number>;
  /** What somebody of the team wrote, in his words. */
  text?: string;
  /** Of `part_refunded` and `renew`: minor units. */
  amount?: number;
  /** Of `suspended`. */
  suspension?: SuspensionReason;
}

/** One mail to the shop's own staff, see announcements.ts. */
export interface NoticeStep {
  step: 'notice';
  /** Unique in the order. */
  id: string;
  about:
    | 'payment_inquiry'
    | 'dispute_opened'
    | 'dispute_appeal'
    | 'dispute_won'
    | 'dispute_lost'
    | 'refunded_outside'
    | 'refund_came_back'
    | 'evidence_due';
  /** Minor units. */
  amount: number;
  /** What the bank disputes, where it is not in the order's currency. */
  stated?: PaymentDispute['stated'];
  /** Until when evidence can be handed in, epoch milliseconds. */
  dueBy?: number;
  /** As the provider names them; null: of no dispute. */
  disputeId: string | null;
  reason: string | null;
}

export interface RestockStep {
  step: 'stock.restock';
  sku: string;
  lineId: string;
  quantity: number;
  reference: string;
  /** Absent: where the units were taken from. */
  location?: string;
}

/** What an effect does, as plain data. The shell delivers it at least once. */
export type EffectStep =
  | { step: 'price' }
  /** Looks at the risk; an answer to an older `round` counts no more. */
  | { step: 'fraud.assess'; phase: Phase; round: number }
  /** Tells operators that an order waits for them. */
  | { step: 'review.remind' }
  | { step: 'stock.hold'; sku: string; expiresAt: number }
  | { step: 'stock.commit'; sku: string }
  /** Of some lines only, while the others are kept; of all of them without `lineIds`. */
  | { step: 'stock.return'; sku: string; lineIds?: string[]; object?: string }
  /** The customer is to pay less than he was asked for. */
  | { step: 'payment.change'; attempt: number }
  | { step: 'promotion.claim'; promotionId: string }
  | { step: 'promotion.return'; promotionId: string; use?: string }
  | { step: 'allowance.claim'; use: string }
  | { step: 'allowance.return'; use: string }
  /** Gives back what was taken for a change of the order, unless the order has it: written down before it is asked for. */
  | {
      step: 'edit.undo';
      editId: string;
      added: { sku: string; object: string; lineIds: string[] }[];
      promotionIds: string[];
      /** An allowance was claimed under the id of the edit. */
      allowance?: boolean;
      /** The payment may ask for more. */
      raised: boolean;
    }
  /** Units that came back after the sale; `reference` names them for ever. */
  | RestockStep
  /** The order whose goods this one was to replace learns that nothing of it stays with the customer. */
  | { step: 'exchange.end' }
  /** Gift cards a refund gives back the price of, before its money goes, or again because it did not. */
  | CardStep
  /** The order that sends what replaces a return. */
  | { step: 'exchange.place'; returnId: string }
  | { step: 'payment.create'; attempt: number }
  /** Of a gift card: as much as is there of what the cards before it leave. */
  | { step: 'payment.hold'; attempt: number }
  /** `thorough`: also what only a search of its own finds at the provider. */
  | { step: 'payment.fetch'; paymentId: string; thorough?: boolean }
  | { step: 'payment.close'; attempt: number }
  /** Until `upTo` is captured of that payment; `final`: the rest is released; `first`: nothing was captured before. */
  | { step: 'payment.capture'; attempt: number; upTo: number; final: boolean; first: boolean }
  | { step: 'payment.void'; attempt: number }
  | { step: 'payment.refund'; refundId: string }
  | { step: 'lines.provision'; lineIds: string[] }
  | { step: 'lines.activate'; lineIds: string[] }
  | { step: 'lines.deprovision'; lineIds: string[] }
  /** Suspends or resumes them, as each is wanted when it goes out. */
  | { step: 'lines.access'; lineIds: string[] }
  | NoticeStep
  | MailStep
  /** Waits until deliveries have gathered for one mail. */
  | { step: 'mails.gather' }
  | { step: 'publish'; event: PublicEvent }
  | { step: 'project' }
  /** Writes the order down where every order is known. */
  | { step: 'register' };

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
  screen,
  vet,
  holdForOperator,
  holdWhileVetting,
  openReview,
  remindReviewers,
  holdStock: (draft) => {
    const expiresAt = draft.dueAt + HOLD_GRACE_MS;
    draft.holdsUntil = expiresAt;
    return claims(draft, 'wanted').map((sku) => stockIntent(draft, { step: 'stock.hold', sku, expiresAt }));
  },
  /** Holds last as long as the time to pay, when that became longer. What lasts too long goes back with the order. */
  retimeHolds: (draft) => holdUntil(draft, draft.dueAt + HOLD_GRACE_MS),
  commitStock: (draft) =>
    claims(draft, 'wanted', 'held').map((sku) => stockIntent(draft, { step: 'stock.commit', sku })),
  returnStock: (draft) => returnStock(draft),
  claimAllowance,
  returnAllowance,
  claimPromotions: (draft) => promotionIntents(draft, 'promotion.claim', 'wanted'),
  returnPromotions: (draft) =>
    isAnyKept(draft) ? [] : promotionIntents(draft, 'promotion.return', 'wanted', 'claimed', 'refused'),
  passOver,
  priceAnew,
  returnDropped,
  holdCards,
  refuseCard,
  askForRest,
  releaseCards,
  createPayment,
  fetchPayment,
  closePayment,
  captureDue,
  voidPayments,
  voidFormer,
  refundExcess,
  replacePayment,
  askRenewal,
  dropRenewal,
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
  provisionLines,
  provisionMore,
  activateLines,
  activateMore,
  activateReleased,
  deprovisionLines,
  undoFailed,
  deprovisionAgain,
  closeLines,
  settleByHand,
  nudgeTouched,
  nudgeLines,
  nudge: (draft, event) =>
    areLinesNudged(draft.state)
      ? [...nudgeLines(draft, event), ...(draft.state === 'delivering' ? nudgePayments(draft, event) : [])]
      : nudgePayments(draft, event),
} as const satisfies Record<string, IntentBuilder>;
export type IntentName = keyof typeof INTENTS;

/** Is the effect still what the order wants? Asked just before acting: an effect is a wake-up call, the document the truth. */
export function isWanted(document: OrderDocument, effect: EffectStep): boolean {
  const state = effectiveState(document);
  switch (effect.step) {
    case 'price':
      return state === 'pricing' || state === 'repricing';
    case 'stock.hold':
      return HOLDING.has(state);
    case 'fraud.assess':
      return effect.round === document.fraud?.round;
    case 'review.remind':
      return document.fraud?.review?.decision === null;
    case 'stock.commit':
      // Whoever ends an order as completed by hand has handed over what was only held for it.
      return SELLING.has(state) || isCompletedByHand(document);
    case 'stock.return':
      return state === 'returning_stock' || effect.lineIds !== undefined;
    case 'promotion.claim':
    case 'allowance.claim':
      return state === 'holding' || state === 'repricing' || isCompletedByHand(document);
    case 'promotion.return':
      return RETURNING.has(state) || !isUsed(document, effect.promotionId, effect.use);
    case 'allowance.return':
      return RETURNING.has(state) || isAllowanceDropped(document, effect);
    case 'payment.create':
      return state === 'requesting_payment' || document.renewal?.attempt === effect.attempt;
    case 'payment.hold':
      return (
        state === 'holding_cards' &&
        cardsOf(document).some(({ attempt, status }) => attempt === effect.attempt && status === 'none')
      );
    case 'payment.change':
      return state === 'awaiting_payment' && document.payment.status === 'open';
    case 'payment.close':
      return state === 'closing';
    case 'payment.capture':
      return isCaptureDue(document, effect) && !isSuspected(document);
    case 'payment.void':
      return (
        state === 'returning_money' ||
        document.formerPayments.some(({ attempt }) => attempt === effect.attempt) ||
        ((isCollected(document) || document.resolution !== null) &&
          cardsOf(document).some(({ attempt }) => attempt === effect.attempt))
      );
    case 'cards.take':
      return document.refunds.some(
        ({ id, cards }) => id === effect.refundId && cards?.state === 'asked' && cards.round === effect.round,
      );
    case 'payment.refund':
      return document.refunds.some(({ id, state: told }) => id === effect.refundId && told === 'asked');
    case 'lines.provision':
      return (state === 'provisioning' || state === 'delivering') && !isSuspected(document);
    case 'lines.activate':
      return (
        (state === 'activating' ||
          state === 'delivering' ||
          (state === 'undoing_lines' && document.keep === 'released')) &&
        !isSuspected(document)
      );
    case 'exchange.place':
      return document.returns.some(({ id, state: told }) => id === effect.returnId && told === 'exchanging');
    case 'edit.undo':
    case 'stock.restock':
    case 'exchange.end':
    case 'cards.give_back':
    case 'lines.deprovision':
    case 'lines.access':
    case 'notice':
    case 'payment.fetch':
    case 'mails.gather':
    case 'publish':
    case 'project':
    case 'register':
      return true;
    case 'mail':
      return isMailWanted(document, effect);
    default:
      return assertNever(effect);
  }
}

const isCompletedByHand = (document: OrderDocument): boolean =>
  effectiveState(document) === 'completed' && document.resolution?.as === 'completed';

const SELLING: ReadonlySet<State> = new Set<State>(['authorised', 'provisioning', 'delivering']);

const HOLDING: ReadonlySet<State> = new Set<State>([
  'holding',
  'repricing',
  'awaiting_payment',
  'vetting',
  'in_review',
]);

/** What asks the customer for something is not sent once it was done, or is of no use any more. */
function isMailWanted(document: OrderDocument, { mail }: MailStep): boolean {
  if (document.erased?.part === 'customer') return false;
  if (mail === 'renew') return document.renewal?.status === 'open' && !isUndone(document);
  if (mail === 'verify_account' && (document.payment.verification ?? null) === null) return false;
  if (mail !== 'pay_again' && mail !== 'confirm_payment' && mail !== 'verify_account') return true;
  return document.state === 'awaiting_payment' && document.payment.status === 'open';
}

/** Nothing of the order stays with the customer: of one that ends by hand the uses of promotions go back then. */
const RETURNING: ReadonlySet<State> = new Set<State>(['returning_stock', 'cancelled', 'refunded']);

/** A promotion that a change of the order took away is given back at once; a use that another one replaced as well. */
const isUsed = (document: OrderDocument, promotionId: string, use: string | undefined): boolean =>
  isApplied(document, promotionId) &&
  document.promotions.some((claim) => claim.promotionId === promotionId && claim.use === use);

/** Does the newer effect stand for the older one as well, so that the older need not be tried any more? */
export function supersedes(newer: EffectStep, older: EffectStep): boolean {
  if (newer.step !== older.step) return false;
  // Asked for under the same key at every step: the older is tried again, or nothing would be.
  if (newer.step === 'cards.take' || newer.step === 'cards.give_back') return false;
  if (newer.step === 'promotion.return' && older.step === 'promotion.return')
    return newer.promotionId === older.promotionId && newer.use === older.use;
  if ('promotionId' in newer && 'promotionId' in older) return newer.promotionId === older.promotionId;
  if (newer.step === 'allowance.claim' || newer.step === 'allowance.return')
    return 'use' in older && newer.use === older.use;
  if ('editId' in newer && 'editId' in older) return newer.editId === older.editId;
  if (newer.step === 'mail' || newer.step === 'notice' || newer.step === 'publish')
    return JSON.stringify(newer) === JSON.stringify(older);
  if ('reference' in newer && 'reference' in older) return newer.reference === older.reference;
  if ('returnId' in newer && 'returnId' in older) return newer.returnId === older.returnId;
  if ('sku' in newer && 'sku' in older) {
    return newer.sku === older.sku && (newer.step !== 'stock.return' || newer.lineIds === undefined);
  }
  if ('attempt' in newer && 'attempt' in older) return newer.attempt === older.attempt;
  if ('refundId' in newer && 'refundId' in older)
    return newer.refundId === older.refundId && roundOf(newer) === roundOf(older);
  if ('lineIds' in newer && 'lineIds' in older) return includesAll(newer.lineIds, older.lineIds);
  return true;
}

const roundOf = (step: EffectStep): number => ('round' in step ? step.round : 0);

const includesAll = (all: readonly string[] = [], some: readonly string[] = []): boolean =>
  some.every((one) => all.includes(one));

const isCaptureDue = (
  document: OrderDocument,
  { attempt, upTo }: Extract<EffectStep, { step: 'payment.capture' }>,
): boolean => capturePlansOf(document).some((plan) => plan.attempt === attempt && upTo <= plan.upTo);

/** Of a refused claim too: what was refused at the end may have been held before. Of kept lines nothing. */
function returnStock(draft: OrderDocument): Intent[] {
  return draft.stock.flatMap((claim) => {
    if (claim.state === 'returned') return [];
    const back = unkeptLines(draft, claim);
    if (back.length === claim.lines.length)
      return [stockIntent(draft, { step: 'stock.return', sku: claim.sku })];
    const lineIds = back.filter((lineId) => !claim.returnedLines.includes(lineId));
    return lineIds.length === 0
      ? []
      : [
          intent(
            draft,
            `stock.return:${claim.sku}:after:${claim.returnedLines.length}`,
            `stock:${claim.sku}`,
            {
              step: 'stock.return',
              sku: claim.sku,
              lineIds,
            },
          ),
        ];
  });
}

const claims = (draft: OrderDocument, ...states: string[]): string[] =>
  draft.stock.filter((claim) => states.includes(claim.state)).map((claim) => claim.sku);
const promotionIntents = (
  draft: OrderDocument,
  step: 'promotion.claim' | 'promotion.return',
  ...states: PromotionClaim['state'][]
): Intent[] =>
  draft.promotions
    .filter((claim) => states.includes(claim.state))
    .map(({ promotionId, use }) =>
      intent(draft, `${step}:${promotionId}`, `promotion:${promotionId}`, {
        step,
        promotionId,
        ...(use === undefined ? {} : { use }),
      }),
    );
const stockIntent = (draft: OrderDocument, effect: Extract<EffectStep, { sku: string }>): Intent =>
  intent(draft, `${effect.step}:${effect.sku}`, `stock:${effect.sku}`, effect);
