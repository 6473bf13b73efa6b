import { workerEnv } from '#shared/testing/runtime.ts';
import type { GiftCardRecipient } from '#shared/contracts/gift-cards.ts';

export interface KeptGiftCard {
  cardId: string;
  code: string;
  isActive: boolean;
  isShut: boolean;
  isWithdrawn: boolean;
  wish: {
    value: { amount: number; currency: string };
    customerId: string | null;
    recipient: GiftCardRecipient | null;
  };
}

/** The gift cards that were made for an instance, as the payments worker of tests keeps them. */
export const giftCardsOf = (instanceId: string): Promise<KeptGiftCard[]> =>
  workerEnv<{ GIFT_CARDS: { cardsOf(instanceId: string): Promise<KeptGiftCard[]> } }>().GIFT_CARDS.cardsOf(
    instanceId,
  );
