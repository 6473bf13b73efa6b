import type { Delivery } from '#shared/contracts/http/orders.ts';
import type { PaymentSnapshot } from '#shared/contracts/payments.ts';
import type { PricedTotals } from '#shared/domain/pricing/priced.ts';
import type { Assessed, Phase } from '../../fraud/face.ts';
import type { AfterSaleEvent } from './after-sale/events.ts';
import type { Actor, Bundle, Line, PositionIds, Refusal, Shortage } from './document.ts';

/** What is paid, as the provider sees it; the type of the event says in which state. */
export type PaymentFact = Omit<PaymentSnapshot, 'orderId' | 'state'>;

/** Which wish about an instance's use was heard, and the number of the news. */
export interface AccessTold {
  sequence: number;
  revision: number;
}

/** Steps that are asked for anew, under another key, when the provider refuses them and they are still wanted. */
export type RepeatedStep = 'payment.close' | 'payment.capture' | 'payment.void' | 'payment.refund';

/** A change of the world or a wish, as plain data. `at` is epoch milliseconds. */
export type OrderEvent = { at: number } & (
  | {
      type: 'order.priced';
      lines: Line[];
      /** Absent: none of the lines belongs to one. */
      bundles?: Bundle[];
      /** The names of the lines; absent: as the order has them. */
      lineIds?: PositionIds[];
      pricing: PricedTotals;
      delivery: Delivery;
      email: string | null;
      accountCreatedAt?: number | null;
    }
  | { type: 'order.refused'; refusals: Refusal[] }
  /** The client is about to be told of an order that is still being placed. */
  | { type: 'order.acknowledged' }
  | { type: 'stock.held'; sku: string; waiting?: string[]; expectedAt?: number | null }
  | { type: 'stock.refused'; shortage: Shortage }
  | { type: 'stock.committed'; sku: string; waiting?: string[]; expectedAt?: number | null }
  /** Units on backorder have arrived; ask which lines are complete. */
  | { type: 'stock.allocated'; sku: string }
  | { type: 'stock.commit_refused'; shortage: Shortage }
  | { type: 'stock.returned'; sku: string; lineIds?: string[] }
  | { type: 'promotion.claimed'; promotionId: string }
  | { type: 'promotion.refused'; promotionId: string; reason: 'used_up' | 'used_up_by_customer' }
  | { type: 'promotion.returned'; promotionId: string; use?: string }
  | { type: 'allowance.claimed'; use: string }
  | { type: 'allowance.refused'; use: string; reached: { scope: string; left: number } }
  | { type: 'allowance.returned'; use: string }
  /** Recorded before the first request for a payment leaves. */
  | { type: 'payment.asked'; attempt?: number }
  /** The provider refuses to open a payment at all. `methodUnknown`: the customer keeps no such method, or no more. */
  | { type: 'payment.refused'; attempt?: number; message: string; methodUnknown?: boolean }
  /** It is certain that no payment exists. */
  | { type: 'payment.none'; attempt?: number }
  /** Something changed at the provider; ask what. */
  | { type: 'payment.notified'; eventId: string; paymentId: string; thorough?: boolean }
  | { type: 'payment.open'; payment: PaymentFact }
  | { type: 'payment.processing'; payment: PaymentFact }
  | { type: 'payment.authorised'; payment: PaymentFact }
  | { type: 'payment.captured'; payment: PaymentFact }
  | { type: 'payment.voided'; payment: PaymentFact }
  | { type: 'payment.capture_refused'; message: string }
  /** A definite answer, remembered under `key`: the same key would only bring it again. */
  | { type: 'payment.step_refused'; key: string; step: RepeatedStep; refundId?: string; error: string }
  | { type: 'line.started'; lineId: string; detail: string }
  | { type: 'line.provisioned'; lineId: string; detail: string }
  | { type: 'line.failed'; lineId: string; code: string | null; detail: string }
  | {
      type: 'line.activated';
      lineId: string;
      detail: string;
      code?: string | null;
      params?: Record<string, string>;
    }
  | { type: 'line.deprovisioned'; lineId: string; detail: string }
  /** What was found about the risk, when it was asked for the `round`th time. */
  | { type: 'fraud.assessed'; phase: Phase; round: number; assessed: Assessed }
  /** Somebody decided about an order that waits for it. */
  | { type: 'review.decided'; decision: 'approve' | 'refuse'; by: Actor; text: string }
  /** Operators are to be reminded of it, or it has waited for as long as it may. */
  | { type: 'review.due' }
  | { type: 'line.stuck'; lineId: string; code: string | null; detail: string; access?: AccessTold }
  | { type: 'line.suspended' | 'line.resumed'; lineId: string; detail: string; access?: AccessTold }
  | { type: 'window.ended' }
  | { type: 'stage.overdue' }
  /** The hold on the customer's account lapses before long: he is asked to pay anew. */
  | { type: 'authorisation.expiring' }
  /** It lapses so soon that undoing must begin. */
  | { type: 'authorisation.ending' }
  | { type: 'order.nudged' }
  /** The time to gather deliveries for one mail is over. */
  | { type: 'mails.gathered' }
  /** The provider will never take this mail. */
  | { type: 'mail.refused'; reason: string }
  | { type: 'effect.parked'; step: string; error: string }
  | {
      type: 'cancel.requested';
      by: 'customer' | 'operator';
      actorId?: string | null;
      text: string | null;
      /** What undoing spares; a customer keeps what he has. */
      keep?: 'nothing' | 'delivered';
    }
  /** Everything outstanding once more; or, with `key`, one effect that was given up. */
  | { type: 'operator.retried'; actorId?: string | null }
  | { type: 'operator.step_retried'; key: string; actorId: string | null }
  /** Settled by hand; `confirm` names the difference between money and deliveries that was seen. */
  | {
      type: 'operator.resolved';
      as: 'completed' | 'cancelled' | 'refunded';
      actorId: string | null;
      text: string;
      confirm: string | null;
    }
  | AfterSaleEvent
);
export type EventType = OrderEvent['type'];
export type EventOf<Type extends EventType> = Extract<OrderEvent, { type: Type }>;

/** Wishes: refused when the table has no row for them. Everything else is a fact and always recorded. */
export const COMMANDS: ReadonlySet<EventType> = new Set([
  'cancel.requested',
  'operator.retried',
  'operator.step_retried',
  'operator.resolved',
  'review.decided',
]);

const PAYMENT_EVENTS = {
  requires_payment: 'payment.open',
  requires_action: 'payment.open',
  processing: 'payment.processing',
  authorised: 'payment.authorised',
  captured: 'payment.captured',
  cancelled: 'payment.voided',
} as const satisfies Record<PaymentSnapshot['state'], EventType>;

export function paymentEvent(snapshot: PaymentSnapshot, at: number): OrderEvent {
  const { orderId: _, state, ...payment } = snapshot;
  return { type: PAYMENT_EVENTS[state], payment, at };
}
