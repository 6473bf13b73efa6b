import type { CallContext } from '#shared/contracts/call.ts';
import type { OrderPorts } from './effects.ts';
import { type CardStep, takeName } from './machine/after-sale/sold-cards.ts';
import type { OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';

/** What a refund takes off the gift cards it gives back the price of, or gives back to them. Repeats are safe: it has a name. */
export async function cardEffect(
  { payments, clock }: Pick<OrderPorts, 'payments' | 'clock'>,
  { id: orderId, refunds }: OrderDocument,
  { step, refundId, round }: CardStep,
  call: CallContext,
): Promise<OrderEvent[]> {
  const takes = refunds.find(({ id }) => id === refundId)?.cards?.takes ?? [];
  if (takes.length === 0) return [];
  const wish = { orderId, key: takeName(refundId, round), takes };
  if (step === 'cards.give_back') {
    await payments.giveBackGiftCards(call, wish);
    return [];
  }
  const taken = await payments.takeBackGiftCards(call, wish);
  return [{ type: taken.ok ? 'cards.taken' : 'cards.spent', refundId, round, at: clock.now() }];
}
