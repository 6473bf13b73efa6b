import { STATES } from '#objects/order/machine/table.ts';
import type { EventType } from '#objects/order/machine/events.ts';

/** What can happen to an order, and none of it left out. */
const EVENTS = Object.keys({
  'order.priced': 1,
  'order.refused': 1,
  'order.acknowledged': 1,
  'stock.held': 1,
  'stock.refused': 1,
  'stock.committed': 1,
  'stock.allocated': 1,
  'stock.commit_refused': 1,
  'stock.returned': 1,
  'promotion.claimed': 1,
  'promotion.refused': 1,
  'promotion.returned': 1,
  'allowance.claimed': 1,
  'allowance.refused': 1,
  'allowance.returned': 1,
  'payment.asked': 1,
  'payment.refused': 1,
  'payment.none': 1,
  'payment.notified': 1,
  'payment.open': 1,
  'payment.processing': 1,
  'payment.authorised': 1,
  'payment.captured': 1,
  'payment.voided': 1,
  'payment.capture_refused': 1,
  'payment.step_refused': 1,
  'line.started': 1,
  'line.provisioned': 1,
  'line.failed': 1,
  'line.activated': 1,
  'line.deprovisioned': 1,
  'fraud.assessed': 1,
  'review.decided': 1,
  'review.due': 1,
  'line.stuck': 1,
  'line.suspended': 1,
  'line.resumed': 1,
  'window.ended': 1,
  'stage.overdue': 1,
  'authorisation.expiring': 1,
  'authorisation.ending': 1,
  'order.nudged': 1,
  'mails.gathered': 1,
  'mail.refused': 1,
  'effect.parked': 1,
  'cancel.requested': 1,
  'operator.retried': 1,
  'operator.step_retried': 1,
  'operator.resolved': 1,
  'refund.requested': 1,
  'note.added': 1,
  'return.requested': 1,
  'lines.cancelled': 1,
  'access.decided': 1,
  'return.approved': 1,
  'return.rejected': 1,
  'return.withdrawn': 1,
  'return.received': 1,
  'return.refunded': 1,
  'return.exchanged': 1,
  'order.edited': 1,
  'exchange.placed': 1,
  'exchange.refused': 1,
  'exchange.ended': 1,
  'stock.restocked': 1,
} satisfies Record<Exclude<EventType, OfSoldCards>, 1>);

/** Nobody sells gift cards in this world: they are there when a history begins. */
type OfSoldCards = 'cards.taken' | 'cards.spent';

export interface Unseen {
  states: string[];
  events: string[];
}
/** What no history came through: a hole in the simulated world. */
export const unseenOf = (seen: {
  states: Record<string, number>;
  types: Record<string, number>;
}): Unseen => ({
  states: STATES.filter((state) => seen.states[state] === undefined),
  events: EVENTS.filter((type) => seen.types[type] === undefined),
});
