import { catalogueEventMessageSchema, provisioningResultMessageSchema } from '#shared/contracts/messages.ts';
import { log } from '#shared/observability/log.ts';
import { meterWork } from '#shared/observability/work.ts';
import { consumeEach } from '#shared/queues/consume.ts';
import { isDeadLetterQueue, storeDeadLetters } from '#shared/queues/dead-letters.ts';
import { systemClock } from '#shared/time/time.ts';
import { BINDINGS, type Env } from './env.ts';
import { consumePaymentEvents, tellPaymentsOfDeadLetters } from './payment-events.ts';
import { ports } from './ports.ts';
import { catalogueEvent, fanOut, publisher } from './usecases/fan-out.ts';

/**
 * Queue consumers: each message goes to the object it is about, which knows repeats. A message about an order that does
 * not exist is acknowledged: no repeat can mend it.
 */
export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  if (isDeadLetterQueue(batch.queue)) {
    await storeDeadLetters(env.ORDERS_DB, batch, systemClock.now());
    if (batch.queue === 'payment-events-dlq') await tellPaymentsOfDeadLetters(env, batch);
    return;
  }
  const all = ports(meterWork(env, BINDINGS));
  const { order, stock } = all;
  switch (batch.queue) {
    case 'payment-events':
      return consumePaymentEvents(env, batch, order);
    case 'provisioning-results':
      return consumeEach('purchase', batch, provisioningResultMessageSchema, async (message) => {
        const { requestId, orderId } = message;
        const known = await order(orderId, (object) => object.lineChanged({ requestId }, message));
        if (!known) log.warn('result of an unknown line', { requestId, orderId, lineId: message.lineId });
      });
    case 'catalogue-events': {
      const publish = publisher(all);
      return consumeEach('purchase', batch, catalogueEventMessageSchema, async (message) => {
        const { requestId } = message;
        if (message.type !== 'stock.declared')
          return publish(requestId, catalogueEvent(message, env.PUBLIC_ORIGIN));
        const { sku, onHand, sequence } = message;
        await stock(sku, (object) => object.declare({ requestId }, { sku, onHand, sequence }));
      });
    }
    case 'order-events':
      return fanOut(all, batch);
    default:
      throw new Error(`no consumer for queue ${batch.queue}`);
  }
}
