import type { PaymentEventMessage } from '#shared/contracts/messages.ts';

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
  };
}
