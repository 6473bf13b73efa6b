import { GiftCardEngine } from '#objects/gift-card/engine.ts';
import type { GiftCardFace } from '#objects/gift-card/face.ts';
import type { NamedCardInput } from '#objects/order/face.ts';
import type { GiftCardPayments } from '#shared/contracts/gift-cards.ts';
import type { PaymentsService } from '#shared/contracts/payments.ts';
import { giftCardPaymentOf } from '#shared/domain/gift-card.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Caller, type Network, person } from '../kernel/network.ts';
import type { Objects, SimulatedNamespace } from '../kernel/objects.ts';
import type { CardPlan } from './plan.ts';

const CALL = { requestId: 'simulation' };
const STAFF = `usr_${'5'.repeat(32)}`;
export const cardIdOf = (index: number): string => `gft_${String(index + 1).padStart(32, '0')}`;

/** What an object keeps of a payment with its card. */
export interface CardPayment {
  paymentId: string;
  orderId: string;
  amount: number;
  captured: number;
  released: number;
  refunded: number;
}
/** What is durable of a card. */
export interface KeptCard {
  index: number;
  value: number;
  balance: number;
  held: number;
  /** What happened to its money, whatever was only held aside. */
  entries: { key: string; kind: string; amount: number; paymentId: string | null }[];
  payments: CardPayment[];
}

/** Gift cards that customers pay with: their real engines. Several orders may want the same one. */
export class GiftCards {
  readonly objects: SimulatedNamespace<GiftCardFace>;
  readonly #plans: readonly CardPlan[];
  readonly #kernel: Kernel;

  constructor(options: { kernel: Kernel; objects: Objects; network: Network; plans: readonly CardPlan[] }) {
    this.#kernel = options.kernel;
    this.#plans = options.plans;
    this.objects = options.objects.namespace<GiftCardFace>(
      'card',
      options.network,
      (_, host) => new GiftCardEngine(host, { tell: () => Promise.resolve(), send: () => Promise.resolve() }),
    );
  }

  /** They were sold before the history begins; some are shut while it lasts. */
  open(): void {
    const cards = this.objects.seenBy(person('merchant'));
    for (const [index, { value, shutAfterMs }] of this.#plans.entries()) {
      const cardId = cardIdOf(index);
      const card = cards.getByName(cardId);
      const about = { codeKey: 'k', validDays: null, orderId: null, recipient: null, byId: null, reason: '' };
      void card
        .open(CALL, { cardId, currency: 'EUR', value, ...about })
        .then(() => card.activate(CALL, { cardId }));
      if (shutAfterMs === null) continue;
      const shut = { cardId, key: 'shut', byId: STAFF, reason: 'Lost', disabled: true };
      this.#kernel.after(shutAfterMs, `card ${index} is shut`, () => {
        card.disable(CALL, shut).catch(() => {});
      });
    }
  }

  /** Whoever placed an order had their codes looked up. */
  named(indexes: readonly number[]): NamedCardInput[] {
    return indexes.map((index) => ({ cardId: cardIdOf(index), ending: 'K3M9', currency: 'EUR' }));
  }

  kept(index: number): KeptCard | null {
    const { disk } = this.objects.of(cardIdOf(index));
    const [card] = disk.rows<{ balance: number; held: number }>('card', 'balance, held') ?? [];
    if (card === undefined) return null;
    const entries =
      disk.rows<KeptCard['entries'][number]>('entries', 'key, kind, amount, payment_id AS paymentId') ?? [];
    const payments =
      disk.rows<CardPayment>(
        'payments',
        'payment_id AS paymentId, order_id AS orderId, amount, captured, released, refunded',
      ) ?? [];
    return { index, value: this.#plans[index]?.value ?? 0, ...card, entries, payments };
  }
  get all(): KeptCard[] {
    return this.#plans.flatMap((_, index) => this.kept(index) ?? []);
  }
  /** What orders pay with cards. */
  of(orderId: string): (CardPayment & { card: KeptCard })[] {
    return this.all.flatMap((card) =>
      card.payments.filter((payment) => payment.orderId === orderId).map((payment) => ({ ...payment, card })),
    );
  }

  /** As the payments worker does: a payment's name says whether a card or the provider has it. */
  beside(provider: PaymentsService, caller: Caller): PaymentsService & GiftCardPayments {
    const cards = this.objects.seenBy(caller);
    return {
      ...provider,
      holdGiftCard: (call, input) => {
        const { cardId = '' } = giftCardPaymentOf(input.paymentId) ?? {};
        return cards.getByName(cardId).hold(call, input);
      },
      soldGiftCards: () => Promise.resolve([]),
      takeBackGiftCards: () => Promise.reject(new Error('no order has brought gift cards')),
      giveBackGiftCards: () => Promise.reject(new Error('no order has brought gift cards')),
      getPayment: (call, input) => {
        const card = giftCardPaymentOf(input.paymentId);
        return card === null
          ? provider.getPayment(call, input)
          : cards.getByName(card.cardId).payment(call, { paymentId: input.paymentId });
      },
      capturePayment: (call, input) => {
        const card = giftCardPaymentOf(input.paymentId);
        const { paymentId, idempotencyKey: key, amount, final } = input;
        return card === null
          ? provider.capturePayment(call, input)
          : cards.getByName(card.cardId).capture(call, { paymentId, key, amount, final });
      },
      cancelPayment: (call, input) => {
        const card = giftCardPaymentOf(input.paymentId);
        if (card === null) return provider.cancelPayment(call, input);
        const { cardId, ...of } = card;
        return cards.getByName(cardId).release(call, { paymentId: input.paymentId, ...of });
      },
      refundPayment: (call, input) => {
        const card = giftCardPaymentOf(input.paymentId);
        const { paymentId, reference, amount } = input;
        return card === null
          ? provider.refundPayment(call, input)
          : cards.getByName(card.cardId).refund(call, { paymentId, reference, amount });
      },
    };
  }
}
