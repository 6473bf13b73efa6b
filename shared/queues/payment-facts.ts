import type { PaymentFactsMessage } from '#shared/contracts/messages.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { sendingTo } from './sending.ts';

/** The ledger's own queue. At most 100 messages a call. */
export interface FactsQueue {
  send(messages: readonly PaymentFactsMessage[]): Promise<void>;
}

/** A purchase brings several events within a few seconds: the provider is asked once for all of them. The queue waits another second. */
const FACTS_DELAY_SECONDS = 3;
export const factsQueueOf = (queue: Queue<PaymentFactsMessage>): FactsQueue =>
  sendingTo(queue, FACTS_DELAY_SECONDS);

/** Has payments booked, or gift cards, whose promise the database made with what told of them. At most 100. */
export const wakeLedger = (
  { factsQueue }: { factsQueue: FactsQueue },
  paymentIds: readonly string[],
  requestId: string,
): Promise<void> =>
  factsQueue.send(
    paymentIds.map((paymentId) => ({
      type: 'payment.facts' as const,
      requestId,
      messageId: `${paymentId}:${newRequestId()}`,
      paymentId,
    })),
  );
