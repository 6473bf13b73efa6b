import { type ClientOrigin, UNKNOWN_ORIGIN } from '../../fraud/face.ts';
import type { ChangeOrigin } from '#shared/contracts/instance-changes.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { FrozenPrice } from '#shared/domain/pricing/frozen.ts';
import type { ExchangeOrigin } from './after-sale/records.ts';
import { giftCardPaymentId } from '#shared/domain/gift-card.ts';
import type { Currency } from '#shared/money/money.ts';
import type { CardLedger, Ledger, OrderDocument } from './document.ts';
import { newFraudRecord } from './fraud/record.ts';

/** A gift card as whoever looked its code up found it. */
export type NamedCard = Pick<CardLedger, 'cardId' | 'ending' | 'refusal'> & { currency: Currency };

export interface Placement {
  id: string;
  number: string;
  customerId: string;
  placedBy?: string | undefined;
  request: PlaceOrder;
  quote?: FrozenPrice | null;
  exchangeOf?: ExchangeOrigin | null;
  changeOf?: ChangeOrigin | null;
  origin?: ClientOrigin;
  giftCards?: readonly NamedCard[];
  lineIds: OrderDocument['lineIds'];
  at: number;
}

export const newLedger = (attempt: number, amount: number): Ledger => ({
  attempt,
  amount,
  asked: false,
  captureMode: 'where_possible',
  paymentId: null,
  clientSecret: null,
  status: 'none',
  authorised: 0,
  captured: 0,
  voided: 0,
  refunded: 0,
  refundedOutside: 0,
  authorisedAt: null,
  captureBefore: null,
  multicapture: false,
  method: null,
  refundAccepted: 0,
  lastError: null,
  asking: null,
  refusals: 0,
  round: 0,
  firstCapture: null,
});

/** Cards are counted from here, so that no other payment of an order has the number of one. */
const FIRST_CARD = 1_001;

function newCard(
  { id, request }: Pick<Placement, 'id' | 'request'>,
  { currency, ...card }: NamedCard,
  index: number,
): CardLedger {
  const attempt = FIRST_CARD + index;
  const foreign = `is worth ${currency}, and this order is in ${request.currency}`;
  return {
    ...newLedger(attempt, 0),
    captureMode: 'manual',
    paymentId: giftCardPaymentId(card.cardId, id, attempt),
    ...card,
    ...(currency === request.currency ? {} : { refusal: foreign }),
  };
}

export function newDocument(placement: Placement): OrderDocument {
  const { giftCards = [] } = placement;
  return {
    schema: 2,
    id: placement.id,
    number: placement.number,
    customerId: placement.customerId,
    placedBy: placement.placedBy ?? placement.customerId,
    email: null,
    version: 1,
    state: 'pricing',
    resume: null,
    attention: null,
    reason: null,
    acknowledged: false,
    refusals: [],
    shortage: null,
    request: placement.request,
    quote: placement.quote ?? null,
    lineIds: placement.lineIds,
    currency: placement.request.currency,
    total: 0,
    pricing: null,
    lines: [],
    delivery: placement.request.delivery,
    keep: 'nothing',
    stock: [],
    promotions: [],
    payment: newLedger(1, 0),
    renewal: null,
    formerPayments: [],
    ...(giftCards.length === 0
      ? {}
      : { giftCards: giftCards.map((card, index) => newCard(placement, card, index)) }),
    refunds: [],
    returns: [],
    exchangeOf: placement.exchangeOf ?? null,
    changeOf: placement.changeOf ?? null,
    settledByHand: 0,
    resolution: null,
    notes: [],
    dueAt: placement.at + placement.request.paymentWindowSeconds * 1000,
    retryUntil: null,
    holdsUntil: null,
    stageSince: placement.at,
    rounds: 0,
    fraud: newFraudRecord(placement.origin ?? UNKNOWN_ORIGIN),
    announced: { events: 0, once: [], lines: [] },
    createdAt: placement.at,
    updatedAt: placement.at,
  };
}
