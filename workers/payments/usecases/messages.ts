import type { PaymentEventMessage } from '#shared/contracts/messages.ts';

/** News that the payment itself tells only when it is looked at with everything that belongs to it. */
const THOROUGH = /^(radar|customer_cash_balance_transaction)\./;

/** The wake-up call about one event; null when it concerns no order. */
export function wakeUpCall(
  event: { eventId: string; type: string; orderId: string | null; paymentId: string | null },
  messageId: string,
  requestId: string,
): PaymentEventMessage | null {
  if (event.orderId === null || event.paymentId === null) return null;
  return {
    type: 'payment.changed',
    requestId,
    messageId,
    eventId: event.eventId,
    eventType: event.type,
    orderId: event.orderId,
    paymentId: event.paymentId,
    ...(THOROUGH.test(event.type) ? { thorough: true } : {}),
  };
}
