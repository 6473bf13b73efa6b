import { paymentFactsMessageSchema } from '#shared/contracts/messages.ts';
import { meterWork } from '#shared/observability/work.ts';
import { consumeEach } from '#shared/queues/consume.ts';
import { isDeadLetterQueue, storeDeadLetters } from '#shared/queues/dead-letters.ts';
import { systemClock } from '#shared/time/time.ts';
import { BINDINGS, type Env } from './env.ts';
import { ledgerPorts, reconcilePorts } from './ports.ts';
import { bookPayment } from './usecases/ledger/book-payment.ts';
import { workOn } from './usecases/reconcile/reconcile.ts';

/** Queue consumers. Of several messages about one payment the first has the provider asked, the others wait for it. */
export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  if (isDeadLetterQueue(batch.queue)) return storeDeadLetters(env.PAYMENTS_DB, batch, systemClock.now());
  const metered = meterWork(env, BINDINGS);
  const booking = new Map<string, Promise<unknown>>();
  return consumeEach('payments', batch, paymentFactsMessageSchema, async (message) => {
    if (message.type === 'reconciliation.continue') return workOn(reconcilePorts(metered), message);
    const { paymentId, requestId } = message;
    const under = booking.get(paymentId) ?? bookPayment(ledgerPorts(metered), { paymentId, requestId });
    booking.set(paymentId, under);
    await under;
    return undefined;
  });
}
