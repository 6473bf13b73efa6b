import type { CallContext } from '#shared/contracts/call.ts';
import type { HoldGiftCard } from '#shared/contracts/gift-cards.ts';
import { type PaymentError, paymentError, type PaymentSnapshot } from '#shared/contracts/payments.ts';
import { giftCardPaymentOf } from '#shared/domain/gift-card.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { PaymentGateway } from '../ports.ts';
import type { GiftCardPorts } from './ports.ts';

type Outcome = Promise<Result<PaymentSnapshot, PaymentError>>;

/** Sets money aside on the card that the payment's name says. */
export async function holdCard(
  { card }: Pick<GiftCardPorts, 'card'>,
  call: CallContext,
  wish: HoldGiftCard,
): Outcome {
  const payment = giftCardPaymentOf(wish.paymentId);
  if (payment === null || payment.orderId !== wish.orderId || payment.attempt !== wish.attempt)
    return fail(paymentError('not_found', 'this names no payment of the order with a gift card'));
  return card(payment.cardId, (object) => object.hold(call, wish));
}

/** The steps of a payment with a gift card, as the provider has them: the card's object does them. */
export const giftCardGateway = (
  { card }: Pick<GiftCardPorts, 'card'>,
  call: CallContext,
  { cardId, orderId, attempt }: { cardId: string; orderId: string; attempt: number },
): Pick<PaymentGateway, 'get' | 'capture' | 'cancel' | 'refund'> => ({
  get: (paymentId) => card(cardId, (object) => object.payment(call, { paymentId })),
  capture: ({ paymentId, amount, final, idempotencyKey: key }) =>
    card(cardId, (object) => object.capture(call, { paymentId, key, amount, final })),
  cancel: ({ paymentId }) => card(cardId, (object) => object.release(call, { paymentId, orderId, attempt })),
  refund: ({ paymentId, reference, amount }) =>
    card(cardId, (object) => object.refund(call, { paymentId, reference, amount })),
});
