import type { AfterSaleWish } from '#objects/order/after-sale.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { lookAfterSale } from './after-sale.ts';
import { askToPutBack, type PutBack } from './put-back.ts';
import type { Asker } from './read-order.ts';

/** What is given back, before anybody looked at gift cards it gives back the price of. */
export type Refunding = Omit<Extract<AfterSaleWish, { type: 'refund.requested' }>, 'cards'>;

/**
 * Gives money back. Of gift cards that the order brought at most what is left on them, as it is known now: the cards
 * themselves are asked by the order before the money goes.
 */
export async function refundOrder(
  ports: Pick<Ports, 'order' | 'stock' | 'giftCards'>,
  call: CallContext,
  asker: Asker,
  asked: {
    orderId: string;
    key: string;
    wish: Refunding;
    units: readonly PutBack[];
    leaveGiftCards: boolean;
  },
): Promise<Result<{ order: Order; replayed: boolean }, PurchaseError>> {
  const { wish, leaveGiftCards, ...of } = asked;
  if (leaveGiftCards) {
    const fingerprinted = { ...wish, giftCards: 'leave' };
    return askToPutBack(ports, call, asker, { ...of, wish: { ...wish, cards: null }, fingerprinted });
  }
  const known = await lookAfterSale(ports, call, asker, { ...of, fingerprinted: wish });
  if (!known.ok || known.value.replayed) return known;
  const { id: orderId, lines } = known.value.order;
  const brought = lines.some(({ kind, state }) => kind === 'gift_card' && state === 'delivered');
  const cards = brought ? await ports.giftCards.soldGiftCards(call, { orderId }).catch(() => null) : [];
  if (cards === null) return fail({ code: 'unavailable' });
  return askToPutBack(ports, call, asker, { ...of, wish: { ...wish, cards }, fingerprinted: wish });
}
