import { z } from 'zod';
import type { SettleEventsInput } from '#shared/contracts/payments.ts';
import { paymentEventMessageSchema } from '#shared/contracts/messages.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { log } from '#shared/observability/log.ts';
import { consumeEach } from '#shared/queues/consume.ts';
import type { Env } from './env.ts';
import type { Ports } from './ports.ts';

/** Wakes the orders, then tells the inbox of payment events in one call a batch what became of them. */
export async function consumePaymentEvents(
  env: Env,
  batch: MessageBatch,
  order: Ports['order'],
): Promise<void> {
  const handled: string[] = [];
  const unknown: string[] = [];
  await consumeEach('purchase', batch, paymentEventMessageSchema, async (message) => {
    const { requestId, orderId, eventId } = message;
    const known = await order(orderId, (object) => object.paymentChanged({ requestId }, message));
    if (!known) log.warn('payment of an unknown order', { requestId, orderId, eventId });
    (known ? handled : unknown).push(eventId);
  });
  await tell(env, handled, 'handled', null);
  await tell(env, unknown, 'failed', 'there is no such order');
}

const deadLetterSchema = z.looseObject({ eventId: z.string().min(1) });

export async function tellPaymentsOfDeadLetters(env: Env, batch: MessageBatch): Promise<void> {
  const ids = batch.messages.map(({ body }) => deadLetterSchema.safeParse(body).data?.eventId ?? '');
  await tell(
    env,
    ids.filter((id) => id !== ''),
    'failed',
    'the order could not take it in: it waits among the dead letters of purchase',
  );
}

/** The messages are done with, whatever comes of this: the inbox asks again for events it never hears of. */
async function tell(
  env: Env,
  eventIds: readonly string[],
  outcome: SettleEventsInput['outcome'],
  detail: string | null,
): Promise<void> {
  if (eventIds.length === 0) return;
  const requestId = newRequestId();
  try {
    await env.PAYMENTS.settleEvents({ requestId }, { eventIds: [...new Set(eventIds)], outcome, detail });
  } catch (error) {
    log.warn('the inbox was not told of payment events', { requestId, eventIds, outcome, error });
  }
}
