import type { PaymentEventMessage } from '#shared/contracts/messages.ts';
import type { EventQueue } from '../usecases/ports.ts';

/** The queue `payment-events`. At most 100 messages a call, the platform's limit of a batch. */
export const eventQueue = (queue: Queue<PaymentEventMessage>): EventQueue => ({
  async send(messages) {
    const [only] = messages;
    if (messages.length === 1 && only !== undefined) await queue.send(only);
    else await queue.sendBatch(messages.map((body) => ({ body })));
  },
});
